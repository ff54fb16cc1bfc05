// The door of gossip: what each kind of message is answered, and what is counted.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Counts } from '../../../node/market/counts.ts'
import { Gossip, type GossipReceiver } from '../../../node/market/gossip.ts'
import { codec, integer, struct, type Value } from '../../../protocols/core/codec.ts'
import { accept, ignore, reject } from '../../../protocols/core/verdict.ts'
import type { GossipMessage } from '../../../protocols/wire.ts'
import { Bus } from '../../fakes/network.ts'
import { throws } from '../../support.ts'

const FIELDS = struct({ number: integer(0, 100) })
type Numbered = Value<typeof FIELDS>
const MESSAGE: GossipMessage<Numbered> = {
  codec: codec('Numbered', FIELDS, 64),
  perSecond: 5,
  ownPerSecond: 5,
  ownBurst: 5
}
const TOPIC = '/numbers'

const RULE: GossipReceiver<Numbered, number>['rule'] = ({ number }) => {
  if (number === 1) return ignore('NUMBER_LATE', 'too late')
  if (number === 2) return reject('NUMBER_BAD', 'not a good number')
  if (number === 3) throw new Error('a bug')
  return accept(number * 10)
}

/** A sender, and a receiver behind its door. */
function setup() {
  let nowMs = 0
  const bus = new Bus()
  const sender = bus.join('sender')
  const network = bus.join('receiver')
  const errors: unknown[] = []
  const log = Object.assign(() => {}, { error: (...args: unknown[]) => errors.push(args) })
  const clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() }
  const counts = new Counts()
  const gossip = new Gossip({ network, clock, log, counts })
  const accepted: number[] = []
  const leave = gossip.join(TOPIC, MESSAGE, { rule: RULE, accepted: value => accepted.push(value) })
  const send = (number: number) => sender.publish(TOPIC, MESSAGE.codec.encode({ number }))
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { sender, network, gossip, counts, accepted, errors, leave, send, pass }
}

const test = suite('Gossip')

test('passes on what the rule accepts, with the value that the rule gave', async () => {
  const { send, network, accepted } = setup()
  await send(7)
  assert.equal(network.answers, ['accept'])
  assert.equal(accepted, [70])
})

test('answers as the rule says, and counts why', async () => {
  const { send, network, accepted, counts } = setup()
  for (const number of [1, 2, 2, 9]) await send(number)
  assert.equal(network.answers, ['ignore', 'reject', 'reject', 'accept'])
  assert.equal(accepted, [90])
  assert.equal(counts.of('gossip'), [
    { topic: TOPIC, answer: 'ignore', code: 'NUMBER_LATE', count: 1 },
    { topic: TOPIC, answer: 'reject', code: 'NUMBER_BAD', count: 2 },
    { topic: TOPIC, answer: 'accept', code: '', count: 1 }
  ])
})

test('rejects what is not a message before the rule sees it', async () => {
  const { sender, network, counts } = setup()
  await sender.publish(TOPIC, Uint8Array.of(0xff))
  await sender.publish(TOPIC, Uint8Array.of(0xa0))
  await sender.publish(TOPIC, new Uint8Array(65))
  assert.equal(network.answers, ['reject', 'reject', 'reject'])
  assert.equal(
    counts.of('gossip').map(({ code }) => code),
    ['CODEC_MALFORMED', 'CODEC_FIELD', 'CODEC_TOO_LARGE']
  )
})

test('never blames a sender for our own failure', async () => {
  const { send, network, errors, counts } = setup()
  await send(3)
  assert.equal(network.answers, ['ignore'])
  assert.is(counts.of('gossip')[0]?.code, 'GOSSIP_RULE_FAILED')
  assert.is(errors.length, 1)
})

test('ignores a neighbour beyond its rate, until time has passed', async () => {
  const { send, network, pass, counts } = setup()
  for (let i = 0; i < 12; i++) await send(50)
  assert.is(network.answers.filter(answer => answer === 'accept').length, 10)
  assert.is(counts.of('gossip').find(({ code }) => code === 'GOSSIP_TOO_FAST')?.count, 2)
  pass(1_000)
  for (let i = 0; i < 12; i++) await send(50)
  assert.is(network.answers.filter(answer => answer === 'accept').length, 15)
})

test('publishes a message within its limits, and no other', async () => {
  const { gossip, sender } = setup()
  const heard: Uint8Array[] = []
  sender.subscribe(TOPIC, async bytes => {
    heard.push(bytes)
    return 'accept'
  })
  assert.is(await gossip.publish(TOPIC, MESSAGE, { number: 4 }), 1)
  assert.equal(heard, [MESSAGE.codec.encode({ number: 4 })])
  throws(() => gossip.publish(TOPIC, MESSAGE, { number: 101 }), 'CODEC_FIELD')
})

test('hears nothing after it has left', async () => {
  const { send, leave, network } = setup()
  leave()
  await send(7)
  assert.equal(network.answers, [])
})

test.run()
