// Chain facts: what blocks say is folded in, what a reorg takes back is folded out again.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Facts } from '../../../node/market/facts.ts'
import type { ChainEvent } from '../../../node/market/ports.ts'
import type { Address } from '../../../protocols/core/account.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { WEI_PER_COIN } from '../../../protocols/core/units.ts'
import type { Deal } from '../../../protocols/deal/deal.ts'
import { MAX_RESOURCE_SLOTS, RESOURCE_SLOT_WEI } from '../../../protocols/params.ts'
import { FakeChain } from '../../fakes/chain.ts'
import { sampleDeal } from '../../fakes/deal.ts'

const id = (n: number): Bytes32 => `0x${n.toString(16).padStart(64, '0')}`
const PROVIDER: Address = `0x${'0b'.repeat(20)}`

function dealOf(n: number): Deal {
  return { ...sampleDeal(), provider: PROVIDER, jobOffer: id(1000 + n), resourceOffer: id(2000), nonce: BigInt(n) }
}

const committed = (n: number): ChainEvent => ({ type: 'deal:committed', id: id(n), deal: dealOf(n) })
const submitted = (n: number): ChainEvent => ({ type: 'deal:submitted', id: id(n) })
const closed = (n: number): ChainEvent => ({ type: 'deal:closed', id: id(n) })

async function started(chain = new FakeChain(PROVIDER)) {
  const facts = new Facts(chain, offer => (offer === id(2000) ? { account: PROVIDER, slot: 3 } : undefined))
  await facts.start()
  return { chain, facts }
}

const busy = suite('Facts.unitsInUse')

busy('a unit is busy from the commit to the result', async () => {
  const { chain, facts } = await started()
  assert.is(facts.unitsInUse(PROVIDER, 3), 0)
  chain.mine([committed(1), committed(2)])
  assert.is(facts.unitsInUse(PROVIDER, 3), 2)
  assert.is(facts.unitsInUse(PROVIDER, 4), 0)
  chain.mine([submitted(1)])
  assert.is(facts.unitsInUse(PROVIDER, 3), 1)
  chain.mine([closed(2)])
  assert.is(facts.unitsInUse(PROVIDER, 3), 0)
})

busy('a deal over an offer that was never heard counts against every slot', async () => {
  const chain = new FakeChain(PROVIDER)
  const facts = new Facts(chain, () => undefined)
  await facts.start()
  chain.mine([committed(1)])
  assert.is(facts.unitsInUse(PROVIDER, 0), 1)
  assert.is(facts.unitsInUse(PROVIDER, 7), 1)
})

busy('a node that starts late hears of every block before', async () => {
  const chain = new FakeChain(PROVIDER)
  chain.mine([committed(1)])
  const { facts } = await started(chain)
  assert.is(facts.unitsInUse(PROVIDER, 3), 1)
})

const taken = suite('Facts.isTaken')

taken('a job offer stays taken after its deal has ended', async () => {
  const { chain, facts } = await started()
  chain.mine([committed(1)])
  chain.mine([closed(1)])
  assert.ok(facts.isTaken(id(1001)))
  assert.is(facts.dealOfOffer(id(1001)), id(1))
  assert.equal(facts.dealOf(id(1)), dealOf(1))
})

const reorg = suite('Facts and reorgs')

reorg('what is reverted was never there, whatever the order of events', async () => {
  const step = fc.record({
    deal: fc.integer({ min: 1, max: 6 }),
    kind: fc.constantFrom('commit', 'submit', 'close', 'draw')
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(30), async (steps, depth) => {
      const state = new Map<number, number>()
      const rounds = new Map<number, number>()
      const events: ChainEvent[] = []
      for (const { deal, kind } of steps) {
        const at = state.get(deal) ?? 0
        if (kind === 'commit' && at === 0) events.push(committed(deal))
        else if (kind === 'submit' && at === 1) events.push(submitted(deal))
        else if (kind === 'close' && at > 0 && at < 3) events.push(closed(deal))
        else if (kind === 'draw' && at === 2) {
          // The Court draws each round once.
          const round = rounds.get(deal) ?? 0
          rounds.set(deal, round + 1)
          events.push({ type: 'committee:drawn', id: id(deal), round, members: [PROVIDER] })
        } else continue
        if (kind !== 'draw') state.set(deal, kind === 'commit' ? 1 : kind === 'submit' ? 2 : 3)
      }
      const kept = events.slice(0, Math.max(0, events.length - depth))
      const { chain, facts } = await started()
      for (const event of events) chain.mine([event])
      for (let i = kept.length; i < events.length; i++) chain.revert()
      const { chain: straightChain, facts: straight } = await started()
      for (const event of kept) straightChain.mine([event])
      assert.equal(snapshot(facts), snapshot(straight))
    }),
    { numRuns: 300 }
  )
})

function snapshot(facts: Facts) {
  const deals = [1, 2, 3, 4, 5, 6]
  return {
    open: [...facts.openDeals()].map(([each]) => each).sort(),
    units: facts.unitsInUse(PROVIDER, 3),
    taken: deals.map(n => facts.isTaken(id(1000 + n))),
    rounds: deals.map(n => facts.roundsOf(id(n)))
  }
}

const slots = suite('Facts slots')

slots('free money carries slots, up to the most', async () => {
  const { chain, facts } = await started()
  assert.is(facts.resourceSlots(PROVIDER), 0, 'unknown until it is read')
  chain.balances.set(PROVIDER, { coinWei: 0n, freeWei: RESOURCE_SLOT_WEI * 3n - 1n })
  await facts.refresh([PROVIDER])
  assert.is(facts.resourceSlots(PROVIDER), 2)
  chain.balances.set(PROVIDER, { coinWei: 0n, freeWei: WEI_PER_COIN * 1000n })
  await facts.refresh([PROVIDER])
  assert.is(facts.resourceSlots(PROVIDER), 2, 'believed for some blocks')
  chain.mine([committed(1)])
  await facts.refresh([PROVIDER])
  assert.is(facts.resourceSlots(PROVIDER), MAX_RESOURCE_SLOTS, 'a deal of the account has it read again')
})

for (const each of [busy, taken, reorg, slots]) each.run()
