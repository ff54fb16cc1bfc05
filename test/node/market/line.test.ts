// The line before a provider's units: who the rule expects has one at once, others wait for a quarter of a block and go by
// rank, new jobs take what is spare.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Line, type Place } from '../../../node/market/line.ts'
import { Matches } from '../../../node/market/match.ts'
import type { Clock } from '../../../node/market/ports.ts'
import { Supply } from '../../../node/market/supply.ts'
import { dealOfPair } from '../../../protocols/deal/terms.ts'
import { dealId } from '../../../protocols/deal/typed-data.ts'
import type { JobOffer, Offer } from '../../../protocols/offer/offer.ts'
import { DEPLOYMENT } from '../../fakes/chain.ts'
import { Bus } from '../../fakes/network.ts'
import { fakeNode, JOB_TERMS, quiet, TERMS } from '../../fakes/node.ts'
import { until } from '../../support.ts'

/** A clock that stands until it is moved. */
class HandClock implements Clock {
  #nowMs = 0
  readonly #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }

  sleep(ms: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((wake, fail) => {
      this.#sleepers.push({ untilMs: this.#nowMs + ms, wake })
      signal?.addEventListener('abort', () => fail(signal.reason), { once: true })
    })
  }

  pass(ms: number): void {
    this.#nowMs += ms
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.#nowMs) wake()
  }
}

async function seller(slices = 1) {
  const bus = new Bus()
  const [creator, node] = [fakeNode(bus, 'creator'), fakeNode(bus, 'provider')]
  for (const { facts, offers } of [creator, node]) {
    await facts.start()
    await offers.start()
  }
  const { chain, facts, offers, parts } = node
  const supply = new Supply(parts, offers, facts, { ...TERMS, slices })
  await supply.renew()
  const clock = new HandClock()
  const line = new Line({ chain, clock, facts, supply, matches: new Matches(chain, offers, facts), log: quiet })
  line.start()
  const mine = () => {
    for (const each of [creator, node]) each.chain.mine()
  }
  const want = (slot: number, tipTick: number) =>
    creator.offers.jobs.publish({ ...JOB_TERMS, tipTick, slot, expiry: chain.head().number + 50 })
  const ask = (job: Offer<JobOffer>): { readonly answer: Promise<Place>; readonly said: Place[] } => {
    const resource = supply.current
    if (resource === undefined) throw new Error('there is an offer')
    const pair = { job, resource, priceTick: resource.body.askTick + job.body.tipTick }
    const deal = dealOfPair(pair, chain.head().number, 1n)
    const said: Place[] = []
    const answer = line.admit({ id: dealId(DEPLOYMENT, deal), deal, job, resource }, {})
    answer.then(place => said.push(place)).catch(() => {})
    return { answer, said }
  }
  mine()
  return { creator, clock, line, supply, mine, want, ask }
}

const settle = () => new Promise(resolve => setTimeout(resolve, 5))

const line = suite('Line')

line('the job that the rule expects has its unit at once; who is held for it goes on at once', async () => {
  const { want, ask, mine } = await seller()
  const [low, high] = [await want(0, 0), await want(1, 2)]
  mine()
  const held = ask(low)
  await settle()
  assert.equal(held.said, [], 'held')
  assert.is(await ask(high).answer, 'taken')
  assert.is(await held.answer, 'better')
  assert.is(await ask(await want(2, 0)).answer, 'full')
})

line('when the expected one does not come, the best in rank has the unit after a quarter of a block', async () => {
  const { want, ask, mine, clock } = await seller()
  const [low, middle] = [await want(0, 0), await want(1, 1)]
  await want(2, 2)
  mine()
  const [first, second] = [ask(low), ask(middle)]
  await settle()
  clock.pass(249)
  await settle()
  assert.equal([...first.said, ...second.said], [])
  clock.pass(1)
  assert.equal([await first.answer, await second.answer], ['better', 'taken'])
})

line('after that quarter it is first come, first served', async () => {
  const { want, ask, mine, clock } = await seller()
  const low = await want(0, 0)
  await want(1, 2)
  mine()
  clock.pass(250)
  assert.is(await ask(low).answer, 'taken')
})

line('what is spare beside the expected is for anybody at once, and for new jobs', async () => {
  const { want, ask, mine } = await seller(3)
  const low = await want(0, 0)
  await want(1, 2)
  mine()
  const early = await want(2, 16)
  assert.is(await ask(early).answer, 'taken', 'three units, two jobs that wait')
  assert.is(await ask(await want(3, 16)).answer, 'better', 'a tip does not bring a new job before those that waited')
  assert.is(await ask(low).answer, 'taken')
})

line('in another block everybody is looked at again', async () => {
  const { creator, want, ask, mine } = await seller()
  const low = await want(0, 0)
  await want(1, 2)
  mine()
  const held = ask(low)
  await settle()
  await creator.offers.jobs.withdraw(1)
  mine()
  assert.is(await held.answer, 'taken')
})

line('nobody waits for a provider that stops', async () => {
  const { want, ask, mine, line: stopping } = await seller()
  const low = await want(0, 0)
  await want(1, 2)
  mine()
  const held = ask(low)
  await settle()
  stopping.stop()
  assert.is(await held.answer, 'full')
  await until(() => held.said.length === 1)
})

line.run()
