// The thirteen properties of the rule (matching.md section 7), each on LILY_RUNS random markets (1000), and on each of them
// the fast way, the incremental one and the definition give the same pairs.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { askTickFor, incompatibility } from '../../../protocols/match/compatible.ts'
import { IncrementalMatch } from '../../../protocols/match/incremental.ts'
import { type ChainFacts, match, type Pair, priorityOf, type View } from '../../../protocols/match/match.ts'
import { compareRanks, type Rank, rankedPair, slotHasher } from '../../../protocols/match/rank.ts'
import { matchBySpec } from '../../../protocols/match/spec.ts'
import { Book } from '../../../protocols/offer/book.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { AGING_BLOCKS, MAX_TIP_TICKS } from '../../../protocols/params.ts'
import { testSeed } from '../../support.ts'
import { BLOCK, chainOf, digestOf, gotBy, jobOf, linesOf, type Market, market, resourceOf } from './market.ts'

const seed = testSeed()
const RUNS = { seed, numRuns: Number(process.env.LILY_RUNS ?? 1000) }

/** The matching by all three ways, which must agree. The incremental one has seen every second offer a block before. */
function run(m: Market, chain: ChainFacts = chainOf(), block = BLOCK): readonly Pair[] {
  const pairs = matchBySpec(m, block, m.seed, chain)
  assert.equal(linesOf(match(m, block, m.seed, chain)), linesOf(pairs), 'fast is by definition')
  const memory = new IncrementalMatch()
  const isEven = (_: unknown, i: number) => i % 2 === 0
  memory.match({ jobs: m.jobs.filter(isEven), resources: m.resources.filter(isEven) }, block, digestOf('before'), chain)
  assert.equal(linesOf(memory.match(m, block, m.seed, chain)), linesOf(pairs), 'incremental is by definition')
  return pairs
}

const rankOf = (job: Offer<JobOffer>, resource: Offer<ResourceOffer>, seedOfBlock: Bytes32): Rank =>
  rankedPair(job, resource, BLOCK, slotHasher(seedOfBlock))

/** Not worse for the job: the same, a lower ask, or an equal ask with a lower hash; or matched at last. */
function isAsGood(job: Offer<JobOffer>, now: Pair | undefined, before: Pair | undefined, s: Bytes32): boolean {
  if (before === undefined) return true
  if (now === undefined) return false
  const [a, b] = [rankOf(job, now.resource, s), rankOf(job, before.resource, s)]
  return a.askTick < b.askTick || (a.askTick === b.askTick && a.hash <= b.hash)
}

const at = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(list.length, 1)]
const replaced = <T>(list: readonly T[], old: T, now: T): T[] => list.map(item => (item === old ? now : item))

const rule = suite('the rule')

rule('1: is the same for every order in which the offers came', () => {
  const shuffled = market.chain(m =>
    fc.record({
      m: fc.constant(m),
      jobs: fc.shuffledSubarray([...m.jobs], { minLength: m.jobs.length }),
      resources: fc.shuffledSubarray([...m.resources], { minLength: m.resources.length })
    })
  )
  const isSame = fc.property(shuffled, ({ m, jobs, resources }) =>
    assert.equal(linesOf(run({ ...m, jobs, resources })), linesOf(run(m)))
  )
  fc.assert(isSame, RUNS)
})

rule('2: gives each job once, each unit once, only to compatible pairs, at ask and tip', () => {
  const isFeasible = fc.property(market, fc.nat(2), (m, inUse) => {
    const pairs = run(m, chainOf({ unitsInUse: () => inUse }))
    assert.is(new Set(pairs.map(({ job }) => job.id)).size, pairs.length)
    for (const { body, id } of m.resources)
      assert.ok(pairs.filter(({ resource }) => resource.id === id).length <= Math.max(0, body.slices - inUse))
    for (const { job, resource, priceTick } of pairs) {
      assert.is(incompatibility(job, resource), undefined)
      assert.is(priceTick, askTickFor(resource.body, job.body.module) + job.body.tipTick)
      assert.ok(priceTick <= job.body.maxTick)
    }
  })
  fc.assert(isFeasible, RUNS)
})

rule('3: leaves no pair that both would rather have', () => {
  const isStable = fc.property(market, m => {
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
  })
  fc.assert(isStable, RUNS)
})

rule('4: one more resource never hurts a job', () => {
  const helps = fc.property(market, fc.nat(), (m, n) => {
    const without = m.resources.filter(resource => resource !== at(m.resources, n))
    const [less, more] = [run({ ...m, resources: without }), run(m)]
    for (const job of m.jobs) assert.ok(isAsGood(job, gotBy(more, job.id), gotBy(less, job.id), m.seed))
  })
  fc.assert(helps, RUNS)
})

rule('5: one job less never hurts another job', () => {
  const helps = fc.property(market, fc.nat(), (m, n) => {
    const fewer = m.jobs.filter(job => job !== at(m.jobs, n))
    const [all, less] = [run(m), run({ ...m, jobs: fewer })]
    for (const job of fewer) assert.ok(isAsGood(job, gotBy(less, job.id), gotBy(all, job.id), m.seed))
  })
  fc.assert(helps, RUNS)
})

rule('6: a higher tip, with the money for it, never hurts the job', () => {
  const helps = fc.property(market, fc.nat(), fc.integer({ min: 1, max: 5 }), (m, n, more) => {
    const job = at(m.jobs, n)
    if (job === undefined) return
    const { tipTick, maxTick } = job.body
    const raised = { ...job, body: { ...job.body, tipTick: tipTick + more, maxTick: maxTick + more } }
    const after = run({ ...m, jobs: replaced(m.jobs, job, raised) })
    assert.ok(isAsGood(job, gotBy(after, job.id), gotBy(run(m), job.id), m.seed))
  })
  fc.assert(helps, RUNS)
})

rule('7: a lower ask never sells less, nor to worse jobs', () => {
  const helps = fc.property(market, fc.nat(), (m, n) => {
    const resource = at(m.resources, n)
    if (resource === undefined || resource.body.askTick === 0) return
    const cheaper = { ...resource, body: { ...resource.body, askTick: resource.body.askTick - 1, moduleAsks: [] } }
    const before = { ...resource, body: { ...resource.body, moduleAsks: [] } }
    const sold = (offer: Offer<ResourceOffer>) =>
      run({ ...m, resources: replaced(m.resources, resource, offer) })
        .filter(pair => pair.resource.id === resource.id)
        .map(({ job }) => rankOf(job, before, m.seed))
        .sort(compareRanks)
    const [now, then] = [sold(cheaper), sold(before)]
    assert.ok(now.length >= then.length)
    then.forEach((rank, i) => {
      assert.ok(compareRanks(now[i] ?? rank, rank) <= 0)
    })
  })
  fc.assert(helps, RUNS)
})

rule('8: one unit less moves jobs along one path, each to a worse pair', () => {
  const isPath = fc.property(market, fc.nat(), (m, n) => {
    const resource = at(m.resources, n)
    if (resource === undefined) return
    const used = { unitsInUse: (a: string, s: number) => Number(a === resource.account && s === resource.body.slot) }
    const [before, after] = [run(m), run(m, chainOf(used))]
    const moved = m.jobs
      .map(job => ({ job, old: gotBy(before, job.id), now: gotBy(after, job.id) }))
      .filter(({ old, now }) => old?.resource !== now?.resource)
      .sort((a, b) =>
        compareRanks(
          rankOf(a.job, a.old?.resource ?? resource, m.seed),
          rankOf(b.job, b.old?.resource ?? resource, m.seed)
        )
      )
    let left: Offer<ResourceOffer> | undefined = resource
    let last: Rank | undefined
    for (const { job, old, now } of moved) {
      // Whoever moves was pushed out by the one before, and pushes out the next.
      assert.is(old?.resource, left)
      if (old === undefined) throw new Error('nobody gains by a unit less')
      const rank = rankOf(job, old.resource, m.seed)
      assert.ok(last === undefined || compareRanks(last, rank) < 0)
      last = now && rankOf(job, now.resource, m.seed)
      assert.ok(last === undefined || compareRanks(rank, last) < 0)
      left = now?.resource
    }
  })
  fc.assert(isPath, RUNS)
})

rule('9: a pair that becomes a deal changes nothing for the others', () => {
  const isConsistent = fc.property(market, fc.nat(), (m, n) => {
    const pairs = run(m)
    const done = at(pairs, n)
    if (done === undefined) return
    const { account, body } = done.resource
    const chain = chainOf({
      isTaken: id => id === done.job.id,
      unitsInUse: (a, slot) => Number(a === account && slot === body.slot)
    })
    assert.equal(linesOf(run(m, chain)), linesOf(pairs.filter(pair => pair !== done)))
  })
  fc.assert(isConsistent, RUNS)
})

rule('10: once all pairs are deals nothing is left to match, whatever the later seed and block', () => {
  const isMaximal = fc.property(market, fc.nat(), fc.nat(60), (m, n, later) => {
    const first = run(m)
    const taken = new Set(first.map(({ job }) => job.id))
    const used = (a: string, slot: number) =>
      first.filter(({ resource }) => resource.account === a && resource.body.slot === slot).length
    const chain = chainOf({ unitsInUse: used, isTaken: id => taken.has(id) })
    assert.equal(run({ ...m, seed: digestOf(`later ${n}`) }, chain, BLOCK + later), [])
  })
  fc.assert(isMaximal, RUNS)
})

rule('11: block after block, what is remembered changes no answer', () => {
  // Each block brings and takes offers, one pair in ten fails to become a deal, and units come free again.
  const isSame = fc.property(
    market,
    market,
    fc.array(fc.nat(99), { minLength: 30, maxLength: 30 }),
    (m, more, dice) => {
      const memory = new IncrementalMatch()
      const named = { jobs: renamed(more.jobs, 'k'), resources: renamed(more.resources, 's') }
      const [taken, used] = [new Set<Bytes32>(), new Map<string, number>()]
      const slot = (account: string, n: number) => `${account}/${n}`
      const chain = chainOf({ isTaken: id => taken.has(id), unitsInUse: (a, n) => used.get(slot(a, n)) ?? 0 })
      for (let round = 0; round < 6; round++) {
        const isThere = (_: unknown, i: number) => ((dice[i] ?? 0) + 17 * round) % 10 < 7
        const view: View = {
          jobs: [...m.jobs, ...named.jobs].filter(isThere),
          resources: [...m.resources, ...named.resources].filter(isThere)
        }
        const nowSeed = digestOf(`${m.seed} ${round}`)
        const pairs = memory.match(view, BLOCK + round, nowSeed, chain)
        assert.equal(linesOf(pairs), linesOf(matchBySpec(view, BLOCK + round, nowSeed, chain)))
        if (round === 3) used.clear()
        pairs.forEach(({ job, resource }, i) => {
          if (((dice[i] ?? 0) + round) % 10 === 0) return
          taken.add(job.id)
          const key = slot(resource.account, resource.body.slot)
          used.set(key, (used.get(key) ?? 0) + 1)
        })
      }
    }
  )
  fc.assert(isSame, RUNS)
})

rule('12: what was heard twice, in another order or from other peers makes the same view', () => {
  const isMerge = fc.property(market, market, fc.array(fc.nat()), (m, newer, order) => {
    const all = [...m.jobs, ...renamed(newer.jobs, 'newer').map(job => ({ ...job, body: { ...job.body, seq: 1 } }))]
    const bookOf = (offers: readonly Offer<JobOffer>[]) => {
      const book = new Book<JobOffer>()
      for (const offer of offers) book.add(offer)
      return book
    }
    const [once, twice] = [bookOf(all), bookOf([...order.flatMap(n => at(all, n) ?? []), ...all.toReversed(), ...all])]
    const matched = (book: Book<JobOffer>) => linesOf(run({ ...m, jobs: [...book.live(BLOCK)] }))
    assert.equal(matched(twice), matched(once))
  })
  fc.assert(isMerge, RUNS)
})

rule(
  '13: a job that has waited AGING_BLOCKS * (MAX_TIP_TICKS + 1) comes before all newer ones, and is served in its turn',
  () => {
    const patience = AGING_BLOCKS * (MAX_TIP_TICKS + 1)
    const tips = fc.array(fc.integer({ min: 0, max: MAX_TIP_TICKS }), { minLength: 1, maxLength: 4 })
    const isServed = fc.property(tips, fc.nat(3), fc.integer({ min: 1, max: 2 }), (coming, rivals, units) => {
      const poor = jobOf('poor', { refBlock: BLOCK - patience, tipTick: 0, expiry: BLOCK + 400 })
      // Those that are there already may come first; those that come from now on may not, though more come than are served.
      const older = Array.from({ length: rivals }, (_, i) =>
        jobOf(`old ${i}`, { tipTick: MAX_TIP_TICKS, expiry: BLOCK + 400 })
      )
      const newer = (block: number) =>
        coming.map((tipTick, i) => jobOf(`new ${block} ${i}`, { tipTick, refBlock: block, expiry: block + 400 }))
      let jobs = [poor, ...older]
      for (let block = BLOCK; block <= BLOCK + Math.floor(rivals / units); block++) {
        jobs = [...jobs, ...newer(block)]
        for (const job of newer(block)) assert.ok(priorityOf(job, block + 40) < priorityOf(poor, block + 40))
        const pairs = match(
          { jobs, resources: [resourceOf('r', { slices: units })] },
          block,
          digestOf(`${block}`),
          chainOf()
        )
        jobs = jobs.filter(job => gotBy(pairs, job.id) === undefined)
      }
      assert.not.ok(jobs.includes(poor))
    })
    fc.assert(isServed, RUNS)
  }
)

rule.run()

/** The same offers as other ones. */
function renamed<O extends Offer>(offers: readonly O[], prefix: string): O[] {
  return offers.map(offer => ({
    ...offer,
    id: digestOf(`${prefix} ${offer.id}`),
    account: digestOf(`${prefix} ${offer.account}`).slice(0, 42) as O['account']
  }))
}
