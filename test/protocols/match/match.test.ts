// The rule at its edges: which offers count, who comes first, how it goes with many. Its properties: properties.test.ts.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { incompatibility } from '../../../protocols/match/compatible.ts'
import { type ChainFacts, match, priorityOf, ranking } from '../../../protocols/match/match.ts'
import type { JobOffer, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { AGING_BLOCKS, MAX_TIP_TICKS } from '../../../protocols/params.ts'
import { testSeed } from '../../support.ts'
import { BLOCK, chainOf, digestOf, jobOf, linesOf, type Market, market, resourceOf } from './market.ts'

const seed = testSeed()
const run = (m: Market, chain: ChainFacts = chainOf()) => match(m, BLOCK, m.seed, chain)

const rule = suite('match')

rule('a job that has waited long enough outranks every newer one', () => {
  const old = jobOf('old', { refBlock: BLOCK - AGING_BLOCKS * (MAX_TIP_TICKS + 1) })
  const rich = jobOf('rich', { tipTick: MAX_TIP_TICKS })
  assert.is(priorityOf(old, BLOCK), MAX_TIP_TICKS + 1)
  const [pair, ...none] = run({ jobs: [rich, old], resources: [resourceOf('r')], seed: digestOf('s') })
  assert.is(pair?.job, old)
  assert.equal(none, [])
})

rule('a job that came late has the age that this node lets it have, not the one it claims', () => {
  const backdated = { ...jobOf('late', { refBlock: BLOCK - 400 }), ageFrom: BLOCK + 8 }
  const honest = jobOf('honest', { refBlock: BLOCK - AGING_BLOCKS })
  assert.is(priorityOf(backdated, BLOCK), 0)
  assert.is(priorityOf(backdated, BLOCK + 8 + AGING_BLOCKS), 1)
  const [pair] = run({ jobs: [backdated, honest], resources: [resourceOf('r')], seed: digestOf('s') })
  assert.is(pair?.job, honest)
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
    { seed, numRuns: 50 }
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
