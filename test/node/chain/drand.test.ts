// Rounds of drand: the published ones are proved, everything else is not; endpoints are believed in nothing.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DrandProver, type DrandSource } from '../../../node/chain/drand.ts'
import { drandKey, drandProof, isDrandKey, quicknet, signRound } from '../../../node/chain/drand-scheme.ts'
import { DevBeacon } from '../../../node/host/dev-beacon.ts'
import { fromHex, type Hex, toHex } from '../../../protocols/core/bytes.ts'
import { drandVectors } from '../../contracts/vectors/drand.ts'
import { testLogger } from './support.ts'

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i)
const NETWORK = { key: drandKey(SECRET), genesisSec: 1_000, periodSec: 3 }

/** Signatures as the quicknet published them. */
const PUBLISHED: readonly (readonly [bigint, Hex])[] = [
  [1000n, '0xb44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39'],
  [1001n, '0xb33bf3667cbd5a82de3a24b4e0e9fe5513cc1a0e840368c6e31f5fcfa79bea03f73896b25883abf2853d10337fb8fa41']
]

const scheme = suite('drandProof')

scheme('proves the published rounds of the quicknet, as its contract takes them', () => {
  const { key, rounds } = drandVectors().quicknet
  assert.is(quicknet().key, key)
  const proofs = PUBLISHED.map(([round, signature]) => drandProof(quicknet().key, round, fromHex(signature)))
  assert.equal(
    proofs,
    rounds.map(({ signature }) => signature)
  )
})

scheme('proves rounds of a key of our own', () => {
  const { local } = drandVectors()
  assert.ok(drandProof(NETWORK.key, 7n, signRound(SECRET, 7n)) !== undefined)
  assert.is(isDrandKey(NETWORK.key), true)
  assert.is(local.key.length, NETWORK.key.length)
})

scheme('refuses another round, another key, the point at infinity, and what is no point', () => {
  const [[round, published] = [0n, '0x'] as const] = PUBLISHED
  const signature = fromHex(published)
  const infinity = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0xc0 : 0))
  assert.is(drandProof(quicknet().key, round + 1n, signature), undefined)
  assert.is(drandProof(NETWORK.key, round, signature), undefined)
  assert.is(drandProof(quicknet().key, round, infinity), undefined)
  assert.is(drandProof(quicknet().key, round, new Uint8Array(48).fill(0xff)), undefined)
})

scheme('refuses a signature with its sign turned round', () => {
  const [[round, published] = [0n, '0x'] as const] = PUBLISHED
  const negated = fromHex(published)
  negated[0] = (negated[0] ?? 0) ^ 0x20
  assert.is(drandProof(quicknet().key, round, negated), undefined)
})

scheme('knows a key from what is none', () => {
  assert.is(isDrandKey(`0x${'00'.repeat(256)}`), false)
  assert.is(isDrandKey(`0x${'01'.repeat(256)}`), false)
})

// ---

interface Bench {
  beacon: DevBeacon
  liar: DevBeacon
}

const prover = suite<Bench>('DrandProver')

prover.before.each(async bench => {
  bench.beacon = new DevBeacon({ secret: SECRET, port: 0 })
  bench.liar = new DevBeacon({ secret: new Uint8Array(32).fill(7), port: 0 })
  await bench.beacon.start()
  await bench.liar.start()
})

prover.after.each(async ({ beacon, liar }) => {
  await beacon.stop()
  await liar.stop()
})

/** A prover on a chain whose clock and process clock are set by the test. */
function proverAt(urls: DrandSource['urls']) {
  const head = { number: 100, timestampSec: 1_030 }
  const clock = { nowMs: 0 }
  const logger = testLogger()
  const init = {
    network: { ...NETWORK, urls },
    clock: { nowMs: () => clock.nowMs, sleep: async () => {} },
    logger,
    head: () => head
  }
  return { head, clock, logger, prover: new DrandProver(init) }
}

prover('has a proof of a round whose time has come', async ({ beacon }) => {
  const { prover } = proverAt([beacon.url ?? ''])
  assert.is(await prover.proof(11n), drandProof(NETWORK.key, 11n, signRound(SECRET, 11n)))
})

prover('asks for no round before its time', async ({ beacon }) => {
  const { prover, head } = proverAt([beacon.url ?? ''])
  assert.is(await prover.proof(12n), undefined)
  head.timestampSec += 3
  assert.ok((await prover.proof(12n)) !== undefined)
})

prover('goes on to the next endpoint when one lies or is down, and says which', async ({ beacon, liar }) => {
  const { prover, logger } = proverAt(['http://127.0.0.1:1', liar.url ?? '', beacon.url ?? ''])
  assert.ok((await prover.proof(5n)) !== undefined)
  assert.is(logger.errors.length, 1)
})

prover('has nothing without an endpoint that tells the truth', async ({ liar }) => {
  assert.is(await proverAt([]).prover.proof(5n), undefined)
  assert.is(await proverAt([liar.url ?? '']).prover.proof(5n), undefined)
})

prover('asks again for a round that was late, after a pause', async ({ beacon }) => {
  const url = beacon.url ?? ''
  await beacon.stop()
  const { prover, clock } = proverAt([url])
  assert.is(await prover.proof(5n), undefined)
  const again = new DevBeacon({ secret: SECRET, port: Number(new URL(url).port) })
  await again.start()
  try {
    assert.is(await prover.proof(5n), undefined, 'too soon')
    clock.nowMs += 1_001
    assert.ok((await prover.proof(5n)) !== undefined)
  } finally {
    await again.stop()
  }
})

prover('tells for how many blocks it has had a round, so that parties take turns', async ({ beacon }) => {
  const { prover, head } = proverAt([beacon.url ?? ''])
  assert.is(prover.ageBlocks(5n), 0)
  await prover.proof(5n)
  head.number += 3
  await prover.proof(5n)
  assert.is(prover.ageBlocks(5n), 3)
})

// ---

const server = suite<Bench>('DevBeacon')

server.before.each(async bench => {
  bench.beacon = new DevBeacon({ secret: SECRET, port: 0 })
  await bench.beacon.start()
})
server.after.each(({ beacon }) => beacon.stop())

server('says that there is no round 0, none beyond 64 bits, and nothing else', async ({ beacon }) => {
  for (const path of ['/public/0', `/public/${2n ** 64n}`, '/public/x', '/public/1/2', '/'])
    assert.is((await fetch(`${beacon.url}${path}`)).status, 404)
})

server('tells its key', async ({ beacon }) => {
  const info: unknown = await (await fetch(`${beacon.url}/info`)).json()
  assert.equal(info, { public_key_uncompressed: toHex(fromHex(NETWORK.key)).slice(2) })
})

for (const each of [scheme, prover, server]) each.run()
