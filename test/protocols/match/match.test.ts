// The rule: equal to its definition, and the properties of matching.md section 7 on random markets.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { askTickFor, incompatibility } from '../../../protocols/match/compatible.ts'
import {
  type ChainFacts,
  compareRanks,
  match,
  type Pair,
  priorityOf,
  type Rank,
  ranking
} from '../../../protocols/match/match.ts'
import { pairHash, slotHash } from '../../../protocols/match/rank.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { AGING_BLOCKS, MAX_TIP_TICKS } from '../../../protocols/params.ts'
import { testSeed } from '../../support.ts'
import { BLOCK, chainOf, digestOf, gotBy, jobOf, linesOf, type Market, market, resourceOf } from './market.ts'

const seed = testSeed()
const RUNS = { seed, numRuns: 200 }
const run = (m: Market, chain: ChainFacts = chainOf()) => match(m, BLOCK, m.seed, chain)

function rankOf(job: Offer<JobOffer>, resource: Offer<ResourceOffer>, seedOfBlock: Bytes32): Rank {
  const hashOf = ({ account, body }: Offer) => slotHash(seedOfBlock, account, body.slot)
  return {
    priority: priorityOf(job, BLOCK),
    askTick: askTickFor(resource.body, job.body.module),
    hash: pairHash(hashOf(job), hashOf(resource))
  }
}

/** The rule by its definition: every pair that could be, best rank first, taken while both have room. */
function byDefinition({ jobs, resources, seed: seedOfBlock }: Market): readonly Pair[] {
  const pairs = jobs.flatMap(job =>
    resources.flatMap(resource =>
      incompatibility(job, resource) === undefined ? [{ job, resource, rank: rankOf(job, resource, seedOfBlock) }] : []
    )
  )
  pairs.sort((a, b) => compareRanks(a.rank, b.rank))
  const out: Pair[] = []
  for (const { job, resource, rank } of pairs) {
    const used = out.filter(pair => pair.resource === resource).length
    if (used === resource.body.slices || out.some(pair => pair.job === job)) continue
    out.push({ job, resource, priceTick: rank.askTick + job.body.tipTick })
  }
  return out
}

/** Not worse for the job: the same, a lower ask, or an equal ask with a lower hash; or matched at last. */
function isAsGood(
  job: Offer<JobOffer>,
  now: Pair | undefined,
  before: Pair | undefined,
  seedOfBlock: Bytes32
): boolean {
  if (before === undefined) return true
  if (now === undefined) return false
  const [a, b] = [rankOf(job, now.resource, seedOfBlock), rankOf(job, before.resource, seedOfBlock)]
  return a.askTick < b.askTick || (a.askTick === b.askTick && a.hash <= b.hash)
}

const rule = suite('match')

rule('is what taking the best-ranked pair again and again gives', () => {
  fc.assert(
    fc.property(market, m => assert.equal(linesOf(run(m)), linesOf(byDefinition(m)))),
    { ...RUNS, numRuns: 500 }
  )
})

rule('is the same for every order in which the offers came', () => {
  const shuffled = market.chain(m =>
    fc.record({
      m: fc.constant(m),
      jobs: fc.shuffledSubarray([...m.jobs], { minLength: m.jobs.length }),
      resources: fc.shuffledSubarray([...m.resources], { minLength: m.resources.length })
    })
  )
  fc.assert(
    fc.property(shuffled, ({ m, jobs, resources }) =>
      assert.equal(linesOf(run({ ...m, jobs, resources })), linesOf(run(m)))
    ),
    RUNS
  )
})

rule('gives each job once, each unit once, only to compatible pairs, at ask and tip', () => {
  fc.assert(
    fc.property(market, m => {
      const pairs = run(m)
      assert.is(new Set(pairs.map(({ job }) => job.id)).size, pairs.length)
      for (const { body, id } of m.resources)
        assert.ok(pairs.filter(({ resource }) => resource.id === id).length <= body.slices)
      for (const { job, resource, priceTick } of pairs) {
        assert.is(incompatibility(job, resource), undefined)
        assert.is(priceTick, askTickFor(resource.body, job.body.module) + job.body.tipTick)
        assert.ok(priceTick <= job.body.maxTick)
      }
    }),
    RUNS
  )
})

rule('leaves no pair that both would rather have, and no free unit that a waiting job could use', () => {
  fc.assert(
    fc.property(market, m => {
      const pairs = run(m)
      for (const job of m.jobs)
        for (const resource of m.resources) {
          if (incompatibility(job, resource) !== undefined) continue
          const rank = rankOf(job, resource, m.seed)
          const got = gotBy(pairs, job.id)
          const isContent = got !== undefined && compareRanks(rankOf(job, got.resource, m.seed), rank) <= 0
          const held = pairs.filter(pair => pair.resource === resource)
          const isFull = held.length === resource.body.slices
          const isPreferred = isFull && held.every(pair => compareRanks(rankOf(pair.job, resource, m.seed), rank) < 0)
          assert.ok(isContent || isPreferred)
        }
    }),
    RUNS
  )
})

rule('one more resource never hurts a job', () => {
  fc.assert(
    fc.property(market, fc.nat(), (m, n) => {
      if (m.resources.length === 0) return
      const without = m.resources.filter((_, i) => i !== n % m.resources.length)
      const [less, more] = [run({ ...m, resources: without }), run(m)]
      for (const job of m.jobs) assert.ok(isAsGood(job, gotBy(more, job.id), gotBy(less, job.id), m.seed))
    }),
    RUNS
  )
})

rule('one job less never hurts another job', () => {
  fc.assert(
    fc.property(market, fc.nat(), (m, n) => {
      const fewer = m.jobs.filter((_, i) => i !== n % m.jobs.length)
      const [all, less] = [run(m), run({ ...m, jobs: fewer })]
      for (const job of fewer) assert.ok(isAsGood(job, gotBy(less, job.id), gotBy(all, job.id), m.seed))
    }),
    RUNS
  )
})

rule('a higher tip, with the money for it, never hurts the job', () => {
  fc.assert(
    fc.property(market, fc.nat(), fc.integer({ min: 1, max: 5 }), (m, n, more) => {
      const job = m.jobs[n % m.jobs.length]
      if (job === undefined) return
      const { tipTick, maxTick } = job.body
      const raised = { ...job, body: { ...job.body, tipTick: tipTick + more, maxTick: maxTick + more } }
      const jobs = m.jobs.map(other => (other === job ? raised : other))
      assert.ok(isAsGood(job, gotBy(run({ ...m, jobs }), job.id), gotBy(run(m), job.id), m.seed))
    }),
    RUNS
  )
})

rule('a lower ask never sells less', () => {
  fc.assert(
    fc.property(market, fc.nat(), (m, n) => {
      const resource = m.resources[n % m.resources.length]
      if (resource === undefined || resource.body.askTick === 0) return
      const cheaper = { ...resource, body: { ...resource.body, askTick: resource.body.askTick - 1 } }
      const resources = m.resources.map(other => (other === resource ? cheaper : other))
      const sold = (pairs: readonly Pair[]) => pairs.filter(pair => pair.resource.id === resource.id).length
      assert.ok(sold(run({ ...m, resources })) >= sold(run(m)))
    }),
    RUNS
  )
})

rule('committing a pair changes nothing for the others', () => {
  fc.assert(
    fc.property(market, fc.nat(), (m, n) => {
      const before = run(m)
      const done = before[n % before.length]
      if (done === undefined) return
      const { account, body } = done.resource
      const chain = chainOf({
        unitsInUse: (provider, slot) => Number(provider === account && slot === body.slot),
        isTaken: id => id === done.job.id
      })
      assert.equal(linesOf(run(m, chain)), linesOf(before.filter(pair => pair !== done)))
    }),
    RUNS
  )
})

rule('what waits after a round cannot be served whatever the next seed', () => {
  fc.assert(
    fc.property(market, fc.nat(), (m, n) => {
      const first = run(m)
      const taken = new Set(first.map(({ job }) => job.id))
      const used = (provider: string, slot: number) =>
        first.filter(({ resource: r }) => r.account === provider && r.body.slot === slot).length
      const chain = chainOf({ unitsInUse: used, isTaken: id => taken.has(id) })
      assert.equal(run({ ...m, seed: digestOf(`next ${n}`) }, chain), [])
    }),
    RUNS
  )
})

rule('a job that has waited long enough outranks every newer one', () => {
  const old = jobOf('old', { refBlock: BLOCK - AGING_BLOCKS * (MAX_TIP_TICKS + 1) })
  const rich = jobOf('rich', { tipTick: MAX_TIP_TICKS })
  assert.is(priorityOf(old, BLOCK), MAX_TIP_TICKS + 1)
  assert.is(priorityOf(jobOf("older", { refBlock: 0 }), BLOCK), MAX_TIP_TICKS + 1)
  const [pair, ...none] = run({ jobs: [rich, old], resources: [resourceOf('r')], seed: digestOf('s') })
  assert.is(pair?.job, old)
  assert.equal(none, [])
})

rule('ranking lists every resource that would do, best first, and begins with what an empty market gives', () => {
  fc.assert(
    fc.property(market, m => {
      for (const job of m.jobs) {
        const list = ranking(job, m, BLOCK, m.seed, chainOf())
        assert.is(list.length, m.resources.filter(resource => incompatibility(job, resource) === undefined).length)
        assert.equal(linesOf(list.slice(0, 1)), linesOf(run({ ...m, jobs: [job] })))
      }
    }),
    { ...RUNS, numRuns: 50 }
  )
})

rule.run()

// ---

const eligible = suite('which offers are looked at')
const pairsOf = (job: Partial<JobOffer>, resource: Partial<ResourceOffer>, chain: Partial<ChainFacts> = {}) =>
  run({ jobs: [jobOf('j', job)], resources: [resourceOf('r', resource)], seed: digestOf('s') }, chainOf(chain)).length

eligible('an offer matures in one block and lives through its last', () => {
  assert.is(pairsOf({}, {}), 1)
  for (const changes of [{ refBlock: BLOCK }, { expiry: BLOCK - 1 }, { isCancel: true }]) {
    assert.is(pairsOf(changes, {}), 0)
    assert.is(pairsOf({}, changes), 0)
  }
  assert.is(pairsOf({ refBlock: BLOCK - 1, expiry: BLOCK }, {}), 1)
  assert.is(pairsOf({}, { refBlock: BLOCK - 1, expiry: BLOCK }), 1)
})

eligible('slots are carried by what the account has free', () => {
  assert.is(pairsOf({ slot: 2 }, {}, { jobSlots: () => 3 }), 1)
  assert.is(pairsOf({ slot: 2 }, {}, { jobSlots: () => 2 }), 0)
  assert.is(pairsOf({}, { slot: 1 }, { resourceSlots: () => 2 }), 1)
  assert.is(pairsOf({}, { slot: 1 }, { resourceSlots: () => 1 }), 0)
})

eligible('units that open deals hold are not sold again, nor are jobs that have a deal', () => {
  assert.is(pairsOf({}, { slices: 3 }, { unitsInUse: () => 2 }), 1)
  assert.is(pairsOf({}, { slices: 3 }, { unitsInUse: () => 3 }), 0)
  assert.is(pairsOf({}, { slices: 3 }, { unitsInUse: () => 4 }), 0)
  assert.is(pairsOf({}, {}, { isTaken: () => true }), 0)
})

eligible('an empty market has an empty matching', () => {
  assert.equal(run({ jobs: [], resources: [], seed: digestOf('s') }), [])
})

eligible.run()

// ---

const size = suite('size')

size('a thousand jobs on a thousand resources, all compatible, are all matched', () => {
  const many = Array.from({ length: 1000 }, (_, i) => i)
  const jobs = many.map(i => jobOf(`j${i}`, { tipTick: i % 4 }))
  const resources = many.map(i => resourceOf(`r${i}`, { askTick: i % 7 }))
  assert.is(run({ jobs, resources, seed: digestOf('s') }).length, 1000)
})

size.run()
