// Every decoder and the rules behind it on LILY_FUZZ mutated messages (200,000; 1,000,000 where CI is set): nothing but a
// CodecError is thrown, nothing hangs, and what is accepted is the one spelling of its value.
// timeout: 900
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equalBytes, toHex } from '../../protocols/core/bytes.ts'
import { type Codec, CodecError } from '../../protocols/core/codec.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { type Random, seededRandom } from '../../protocols/core/random.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { SIGNED_JOB_OFFER, SIGNED_RESOURCE_OFFER } from '../../protocols/offer/offer.ts'
import { checkLag, checkOffer } from '../../protocols/offer/rule.ts'
import { answerSync, differenceOf } from '../../protocols/sync/answer.ts'
import { OFFERS_REQUEST, SYNC_ANSWER, SYNC_REQUEST } from '../../protocols/sync/message.ts'
import { SyncSession } from '../../protocols/sync/session.ts'
import { Snapshot } from '../../protocols/sync/snapshot.ts'
import { testSeed } from '../support.ts'
import { anyOf, CODECS } from './arbitrary.ts'

const seed = testSeed()
const MESSAGES = Number(process.env.LILY_FUZZ ?? (process.env.CI ? 1_000_000 : 200_000))
/** Unmutated messages of each kind; longer ones are seldom sent and would only be slow to mutate. */
const SAMPLES = 40
const MAX_BYTES = 1500

const SALT = new Uint8Array(8)
const set = new Snapshot(Array.from({ length: 200 }, (_, i) => ({ block: i % 9, id: toHex(sha256(utf8(`${i}`))) })))

/** What a node does with a decoded message before it trusts it; by codec. */
const RULES = new Map<unknown, (message: never) => unknown>([
  [
    SIGNED_RESOURCE_OFFER,
    ({ offer }: ReturnType<typeof SIGNED_RESOURCE_OFFER.decode>) => checkOffer(offer, 1) ?? checkLag(offer, 1)
  ],
  [
    SIGNED_JOB_OFFER,
    ({ offer }: ReturnType<typeof SIGNED_JOB_OFFER.decode>) => checkOffer(offer, 1) ?? checkLag(offer, 1)
  ],
  [SYNC_REQUEST, (message: ReturnType<typeof SYNC_REQUEST.decode>) => SYNC_ANSWER.encode(answerSync(set, message))],
  [OFFERS_REQUEST, (message: ReturnType<typeof OFFERS_REQUEST.decode>) => differenceOf(set, message)],
  [
    SYNC_ANSWER,
    (message: ReturnType<typeof SYNC_ANSWER.decode>) => {
      const session = new SyncSession(set, 'job', SALT, 0)
      session.ask()
      session.take(message)
    }
  ]
])

const fuzz = suite('mutated messages')
const each = Math.ceil(MESSAGES / CODECS.length)

for (const codec of CODECS) {
  fuzz(`${codec.name}: ${each} of them`, () => {
    const random = seededRandom(sha256(utf8(`${seed} ${codec.name}`)))
    const samples = fc
      .sample(anyOf(codec.shape), { seed, numRuns: SAMPLES })
      .map(message => codec.encode(message))
      .filter(({ length }) => length <= MAX_BYTES)
    let accepted = 0
    for (let i = 0; i < each; i++) {
      let bytes = pick(samples, random)
      for (let times = 1 + (random() % 3); times > 0; times--) bytes = mutated(bytes, samples, random)
      if (isAccepted(codec, bytes)) accepted += 1
    }
    assert.ok(accepted < each, 'a codec that takes everything checks nothing')
  })
}

fuzz.run()

/** Decodes and follows the rule; anything but a refusal or a canonical message is a failure of the test. */
function isAccepted(codec: Codec<unknown>, bytes: Uint8Array): boolean {
  let message: unknown
  try {
    message = codec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) return false
    throw new Error(`${codec.name} ${toHex(bytes)}`, { cause: error })
  }
  if (!equalBytes(codec.encode(message), bytes)) throw new Error(`${codec.name}: ${toHex(bytes)} is not canonical`)
  try {
    RULES.get(codec)?.(message as never)
  } catch (error) {
    if (!isLilyError(error)) throw new Error(`${codec.name} ${toHex(bytes)}`, { cause: error })
  }
  return true
}

/** Heads of cbor items that announce more, or other, than follows. */
const HEADS = [
  0x00, 0x1b, 0x3b, 0x40, 0x5b, 0x5f, 0x60, 0x7b, 0x80, 0x9b, 0x9f, 0xa0, 0xbb, 0xbf, 0xd8, 0xf6, 0xf7, 0xfb, 0xff
]

function mutated(bytes: Uint8Array, samples: readonly Uint8Array[], random: Random): Uint8Array {
  const at = bytes.length === 0 ? 0 : random() % bytes.length
  const out = Uint8Array.from(bytes)
  switch (random() % 8) {
    case 0:
      out[at] = random()
      return out
    case 1:
      out[at] = (out[at] ?? 0) ^ (1 << (random() & 7))
      return out
    case 2:
      out[at] = pick(HEADS, random)
      return out
    case 3:
      out[at] = (out[at] ?? 0) + (random() % 2 === 0 ? 1 : -1)
      return out
    case 4:
      return bytes.subarray(0, at)
    case 5:
      return spliced(bytes, at, at + 1 + (random() % 4), new Uint8Array())
    case 6: {
      const other = pick(samples, random)
      const from = other.length === 0 ? 0 : random() % other.length
      return spliced(bytes, at, at + (random() % 32), other.subarray(from, from + (random() % 64)))
    }
    default:
      return spliced(bytes, at, at, Uint8Array.of(random(), random()))
  }
}

function spliced(bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array {
  const tail = bytes.subarray(to)
  const out = new Uint8Array(from + middle.length + tail.length)
  out.set(bytes.subarray(0, from))
  out.set(middle, from)
  out.set(tail, from + middle.length)
  return out
}

function pick<T>(list: readonly T[], random: Random): T {
  const one = list[random() % list.length]
  if (one === undefined) throw new Error('nothing to pick from')
  return one
}
