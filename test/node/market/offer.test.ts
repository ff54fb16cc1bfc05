// Offers between nodes: gossip carries them, sync repairs what was missed, and nothing forged, stale or foreign gets in.
import { setImmediate } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Clock } from '../../../node/market/ports.ts'
import { concat, toHex, uintBytes, ZERO_BYTES32 } from '../../../protocols/core/bytes.ts'
import { CodecError } from '../../../protocols/core/codec.ts'
import type { Offer, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { OFFER_MATURITY_BLOCKS } from '../../../protocols/params.ts'
import { GOSSIP, topicOf } from '../../../protocols/wire.ts'
import { DEPLOYMENT } from '../../fakes/chain.ts'
import { sampleDeal } from '../../fakes/deal.ts'
import { Bus } from '../../fakes/network.ts'
import { type FakeNode, fakeNode, hastyClock, nappingClock, TERMS } from '../../fakes/node.ts'
import { until } from '../../support.ts'

async function pair(bus = new Bus(), clocks: readonly Clock[] = []): Promise<readonly [FakeNode, FakeNode]> {
  const nodes = [fakeNode(bus, 'a', clocks[0]), fakeNode(bus, 'b', clocks[1])] as const
  for (const { facts, offers } of nodes) {
    await facts.start()
    await offers.start()
  }
  return nodes
}

async function stopAll(...nodes: readonly FakeNode[]): Promise<void> {
  for (const { offers, facts } of nodes) {
    await offers.stop()
    await facts.stop()
  }
}

/** Offers of one slot that are passed on at once. */
const SLOT_BURST = 5

const draft = (node: FakeNode, askTick = 200) => ({ ...TERMS, askTick, slot: 0, expiry: node.chain.head().number + 50 })
const heldBy = (node: FakeNode) => [...node.offers.resources.live(node.chain.head().number)]

const gossip = suite('Offers over gossip')

gossip('a published offer is in the other book, and replacing it replaces it there', async () => {
  const [a, b] = await pair()
  const first = await a.offers.resources.publish(draft(a))
  assert.equal(
    heldBy(b).map(({ id }) => id),
    [first.id]
  )
  const second = await a.offers.resources.publish(draft(a, 180))
  assert.equal(
    heldBy(b).map(({ id }) => id),
    [second.id]
  )
  assert.ok(second.body.seq > first.body.seq)
  assert.equal(b.offers.slotOf(first.id)?.slot, 0, 'deals may still name the old one')
  await stopAll(a, b)
})

gossip('two offers that are published at once bear two numbers: one is no proof that the account lies', async () => {
  const [a, b] = await pair()
  await Promise.all([a.offers.resources.publish(draft(a)), a.offers.resources.publish(draft(a, 190))])
  assert.equal(
    heldBy(b).map(({ body }) => body.askTick),
    [190]
  )
  assert.is(b.offers.resources.book.equivocations().length, 0)
  await stopAll(a, b)
})

gossip('a withdrawn offer is gone everywhere, and its number is never used again', async () => {
  const [a, b] = await pair()
  const first = await a.offers.resources.publish(draft(a))
  await a.offers.resources.withdraw(0)
  assert.is(heldBy(a).length + heldBy(b).length, 0)
  const again = await a.offers.resources.publish(draft(a))
  assert.ok(again.body.seq > first.body.seq + 1)
  assert.is(heldBy(b).length, 1)
  await stopAll(a, b)
})

gossip(
  'garbage, a forged signature and a changed field are rejected; an expired or foreign one is ignored',
  async () => {
    const [a, b] = await pair()
    const offer = await a.offers.resources.publish(draft(a))
    const bytes = a.offers.resources.encode(offer)
    const topic = topicOf('resource', DEPLOYMENT)
    const answerTo = async (message: Uint8Array) => {
      await b.network.hear(topic, message, a.network.peerId)
      return b.network.answers.at(-1)
    }
    assert.is(await answerTo(new Uint8Array([1, 2, 3])), 'reject')
    const forged = Uint8Array.from(bytes)
    const last = forged.length - 1
    forged[last] = (forged[last] ?? 0) ^ 1
    assert.is(await answerTo(forged), 'reject')
    assert.is(await answerTo(bytes), 'ignore', 'a duplicate is nobody’s fault')
    const cheaper: ResourceOffer = { ...offer.body, seq: offer.body.seq + 1, askTick: 1 }
    assert.is(
      await answerTo(a.offers.resources.encode({ ...offer, body: cheaper })),
      'reject',
      'signed for another price'
    )
    const onFork = await a.offers.resources.publish({ ...draft(a), slot: 1 })
    const otherFork = { ...onFork, body: { ...onFork.body, refHash: '0xffffffff' as const } }
    assert.is(await answerTo(a.offers.resources.encode(otherFork)), 'ignore')
    for (let i = 0; i < 60; i++) b.chain.mine()
    const late = await a.offers.resources.publish({ ...draft(a), slot: 2 })
    assert.is(late.body.expiry < b.chain.head().number, true)
    assert.is(b.network.answers.at(-1), 'ignore', 'expired on our chain')
    await stopAll(a, b)
  }
)

gossip(
  'an account that replaces its offers too often is not passed on, and blamed where it is the sender',
  async () => {
    const [a, b] = await pair(new Bus(), [hastyClock()])
    for (let i = 0; i < SLOT_BURST; i++) await a.offers.resources.publish(draft(a))
    assert.is(b.network.blamed.size, 0)
    assert.equal([...new Set(b.network.answers)], ['accept'])
    const last = await a.offers.resources.publish(draft(a, 150))
    assert.is(b.network.answers.at(-1), 'ignore')
    assert.is(b.network.blamed.get(a.network.peerId), 1, 'a second of what the slot may send')
    await b.network.hear(topicOf('resource', DEPLOYMENT), a.offers.resources.encode(last), 'a relay')
    assert.is(b.network.blamed.get('a relay'), undefined, 'who passes it on does not know the rate')
    b.network.greet(a.network.peerId)
    await until(() => heldBy(b)[0]?.id === last.id, { what: 'sync, which is not bounded by rates' })
    await stopAll(a, b)
  }
)

gossip('an account that fills its slots again and again is stopped by what all of them may send together', async () => {
  const [a, b] = await pair(new Bus(), [hastyClock()])
  const { ownBurst } = GOSSIP.resource
  for (let i = 0; i < ownBurst; i++) await a.offers.resources.publish({ ...draft(a), slot: i % 16 })
  assert.equal([...new Set(b.network.answers)], ['accept'])
  await a.offers.resources.publish({ ...draft(a), slot: 3 })
  assert.is(b.network.answers.at(-1), 'ignore')
  assert.is(b.network.blamed.get(a.network.peerId), 4 / GOSSIP.resource.ownPerSecond, 'four times its weight')
  await stopAll(a, b)
})

gossip('terms that are renewed are matched without a gap, also by who is two blocks behind', async () => {
  const [a, b] = await pair()
  for (const { chain } of [a, b]) for (let i = 0; i < 5; i++) chain.mine()
  const first = await a.offers.resources.publish(draft(a))
  const head = a.chain.head().number
  const isMatchedAt = (offer: Offer, block: number) => offer.body.refBlock + OFFER_MATURITY_BLOCKS <= block
  assert.not(isMatchedAt(first, head), 'nobody can know it yet')
  const again = await a.offers.resources.renew(draft(a))
  assert.equal(
    heldBy(b).map(({ id }) => id),
    [again.id]
  )
  assert.ok(isMatchedAt(again, head - 2))
  await stopAll(a, b)
})

gossip('an author keeps to what its neighbours will take: offers wait, none is lost, nobody is blamed', async () => {
  const clock = nappingClock()
  const [a, b] = await pair(new Bus(), [clock, clock])
  const { ownBurst, ownPerSecond } = GOSSIP.resource
  const count = 3 * ownBurst
  for (let i = 0; i < count; i++) await a.offers.resources.publish({ ...draft(a), slot: i % 16 })
  await a.offers.resources.withdraw(3)
  assert.equal([...new Set(b.network.answers)], ['accept'])
  assert.is(b.network.answers.length, count + 1)
  assert.is(b.network.blamed.size, 0)
  const paced = clock.nowMs()
  assert.ok(paced >= (1000 * (count - ownBurst)) / ownPerSecond && paced <= (1000 * count) / ownPerSecond, `${paced}`)
  await stopAll(a, b)
})

gossip('one slot is replaced as often as its own quota has it, at most', async () => {
  const clock = nappingClock()
  const [a, b] = await pair(new Bus(), [clock, clock])
  for (let i = 0; i < 3 * SLOT_BURST; i++) await a.offers.resources.publish(draft(a, 200 + i))
  assert.equal([...new Set(b.network.answers)], ['accept'])
  assert.is(heldBy(b)[0]?.body.askTick, 200 + 3 * SLOT_BURST - 1)
  await stopAll(a, b)
})

const sync = suite('Offers over sync')

sync('a node that joins late has the whole book, beyond one page', async () => {
  const bus = new Bus()
  const many = Array.from({ length: 130 }, (_, i) => fakeNode(bus, `provider ${i}`))
  const first = fakeNode(bus, 'first')
  await first.facts.start()
  await first.offers.start()
  for (const node of many) {
    await node.facts.start()
    for (const slot of [0, 1]) await node.offers.resources.publish({ ...draft(node), slot })
  }
  assert.is(heldBy(first).length, 260)
  const late = fakeNode(bus, 'late')
  await late.facts.start()
  await late.offers.start()
  await until(() => heldBy(late).length === 260, { what: 'the whole book' })
  await stopAll(first, late)
})

sync('an offer that gossip lost arrives when its sender connects', async () => {
  const bus = new Bus()
  const [a, b] = await pair(bus)
  b.network.isDown = true
  const lost = await a.offers.resources.publish(draft(a))
  assert.is(heldBy(b).length, 0)
  b.network.isDown = false
  b.network.greet(a.network.peerId)
  await until(() => heldBy(b).length === 1)
  assert.is(heldBy(b)[0]?.id, lost.id)
  await stopAll(a, b)
})

sync('what either side lacks moves, in one comparison', async () => {
  const bus = new Bus()
  const [a, b] = [fakeNode(bus, 'a'), fakeNode(bus, 'b')]
  for (const { facts, offers } of [a, b]) {
    await facts.start()
    await offers.resources.publish(draft(a))
    await offers.start()
  }
  await until(() => heldBy(a).length === 2 && heldBy(b).length === 2)
  await stopAll(a, b)
})

sync('an old offer is not carried by gossip, is taken by sync, and is as old as its first listener says', async () => {
  const bus = new Bus()
  const [a, b] = await pair(bus)
  // Three whole comparisons, and b has joined.
  for (let i = 0; i < 3; i++) {
    b.network.greet(a.network.peerId)
    await setImmediate()
  }
  b.network.isDown = true
  const late = await a.offers.resources.publish({ ...draft(a), slot: 3 })
  for (const { chain } of [a, b]) for (let i = 0; i < 30; i++) chain.mine()
  b.network.isDown = false
  await a.offers.resources.repeat(late)
  assert.is(b.network.answers.at(-1), 'ignore')
  assert.is(b.offers.resources.book.at(late.account, 3), undefined)
  b.network.greet(a.network.peerId)
  await until(() => b.offers.resources.book.at(late.account, 3) !== undefined)
  const { ageFrom = 0 } = b.offers.resources.book.at(late.account, 3) ?? {}
  assert.ok(ageFrom >= b.chain.head().number, `${ageFrom}`)
  await a.offers.resources.withdraw(3)
  assert.is(b.network.answers.at(-1), 'accept', 'a withdrawal has no age to gain')
  await stopAll(a, b)
})

sync('an offer that is known is not verified again, and a forged one of a new body still is', async () => {
  const [a, b] = await pair()
  const offer = await a.offers.resources.publish(draft(a))
  const { signer } = b.parts
  const verify = signer.verifyBytes.bind(signer)
  let verified = 0
  Object.assign(signer, {
    verifyBytes: (...args: Parameters<typeof verify>) => {
      verified++
      return verify(...args)
    }
  })
  const held = a.offers.resources.encode(offer)
  const again = await b.offers.resources.admitBytes(held, 'sync')
  assert.equal([again.kind, verified], ['ignore', 0])
  const body = { ...offer.body, seq: offer.body.seq + 1 }
  const unsigned = a.offers.resources.encode({ ...offer, body, signature: toHex(new Uint8Array(64)) })
  const forged = await b.offers.resources.admitBytes(unsigned, 'sync')
  assert.equal([forged.kind, verified], ['reject', 1])
  // The id is looked up before anything is decoded: no length may break that.
  for (const bytes of [new Uint8Array(), held.subarray(0, 40), held.subarray(0, -1), concat(held, Uint8Array.of(0))]) {
    const thrown = await b.offers.resources.admitBytes(bytes, 'sync').catch((error: unknown) => error)
    assert.instance(thrown, CodecError, `${bytes.length} bytes`)
  }
  await stopAll(a, b)
})

/** Until whatever needs no clock has been done. */
async function settled() {
  for (let i = 0; i < 50; i++) await setImmediate()
}

/** Whose clock says when `b`'s greeting is over, and to whom `b` did not dial. */
function greeted(b: FakeNode) {
  const greeting = Promise.withResolvers<void>()
  const { network, parts } = b
  Object.assign(parts, {
    clock: { ...parts.clock, sleep: (ms: number) => (ms === 1_500 ? greeting.promise : new Promise(() => {})) }
  })
  const peers = network.peers.bind(network)
  Object.assign(network, { peers: () => peers().map(peer => ({ ...peer, isDialled: false })) })
  return greeting
}

sync('who was dialled looks at the new neighbour’s book after a while, who dialled at once', async () => {
  const bus = new Bus()
  const [a, b] = await pair(bus)
  b.network.isDown = true
  await a.offers.resources.publish(draft(a))
  b.network.isDown = false
  const greeting = greeted(b)
  b.network.greet(a.network.peerId)
  await settled()
  assert.is(heldBy(b).length, 0)
  greeting.resolve()
  await until(() => heldBy(b).length === 1)
  await stopAll(a, b)
})

sync('who was dialled does not compare again with a neighbour that has just done so', async () => {
  const bus = new Bus()
  const [a, b] = await pair(bus)
  // Three whole comparisons, and b has joined.
  for (let i = 0; i < 3; i++) {
    b.network.greet(a.network.peerId)
    await settled()
  }
  const greeting = greeted(b)
  const asked = () =>
    b.parts.counts.of('requests').reduce((sum, { side, count }) => sum + (side === 'asked' ? count : 0), 0)
  const before = asked()
  b.network.greet(a.network.peerId)
  a.network.greet(b.network.peerId)
  await settled()
  greeting.resolve()
  await settled()
  assert.is(asked(), before)
  await stopAll(a, b)
})

for (const count of [7, 8])
  sync(
    `${count} offers that come at once are ${count < 8 ? 'no news' : 'news: the next round comes at once'}`,
    async () => {
      const bus = new Bus()
      const [a, b, c] = [fakeNode(bus, 'a'), fakeNode(bus, 'b'), fakeNode(bus, 'c')]
      // Of b's clock only what is shorter than a round comes to its end.
      const sleep = (ms: number, { signal }: { readonly signal?: AbortSignal } = {}) =>
        ms < 5_000
          ? Promise.resolve()
          : new Promise<void>(resolve => signal?.addEventListener('abort', () => resolve()))
      Object.assign(b.parts, { clock: { ...b.parts.clock, sleep } })
      for (const { facts, offers } of [a, c, b]) {
        await facts.start()
        await offers.start()
        await settled()
      }
      // Three whole comparisons, and b has joined.
      for (let i = 0; i < 3; i++) {
        b.network.greet(a.network.peerId)
        await settled()
      }
      for (const node of [b, c]) node.network.isDown = true
      for (let slot = 0; slot < count; slot++) await a.offers.resources.publish({ ...draft(a), slot })
      for (const node of [b, c]) node.network.isDown = false
      const others = b.network.peers().filter(({ peerId }) => peerId === c.network.peerId)
      Object.assign(b.network, { peers: () => others })
      // Gives b what it lacks.
      a.network.greet(b.network.peerId)
      await until(() => heldBy(b).length === count)
      if (count >= 8) await until(() => heldBy(c).length === count)
      await settled()
      assert.is(heldBy(c).length, count < 8 ? 0 : count)
      await stopAll(a, b, c)
    }
  )

const alarm = suite('EclipseAlarm')

alarm('is raised once when more than a twentieth of the deals name offers that were never heard', async () => {
  const [a] = await pair()
  const heard = await a.offers.resources.publish(draft(a))
  const told = () => a.heard.filter(({ name }) => name === 'offer:eclipsed')
  const commit = (n: number) => {
    const deal = { ...sampleDeal(), resourceOffer: heard.id, jobOffer: ZERO_BYTES32, nonce: BigInt(n) }
    a.chain.mine([{ type: 'deal:committed', id: toHex(uintBytes(BigInt(n), 32)), deal }])
  }
  for (let n = 0; n < 30; n++) commit(n)
  assert.equal(told(), [], 'too early: these offers may be older than our ears')
  for (let i = 0; i < 64; i++) a.chain.mine()
  for (let n = 30; n < 80; n++) commit(n)
  assert.is(told().length, 1)
  await stopAll(a)
})

for (const each of [gossip, sync, alarm]) each.run()
