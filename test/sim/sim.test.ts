// The simulator: its optimum is the optimum, its runs repeat, and what it simulates keeps to the rules of the market.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { match } from '../../protocols/match/match.ts'
import { matchBySpec } from '../../protocols/match/spec.ts'
import { Dice } from '../../testnet/sim/dice.ts'
import { bestTotal } from '../../testnet/sim/hungarian.ts'
import { IDLE_CHAIN, idOf } from '../../testnet/sim/offers.ts'
import { deferredAcceptance, lilypadRule } from '../../testnet/sim/rivals.ts'
import { runWorld } from '../../testnet/sim/run.ts'
import { simulate } from '../../testnet/sim/sim.ts'
import { stillMarket, welfareShare } from '../../testnet/sim/still.ts'
import { cumulativeSvg } from '../../testnet/sim/svg.ts'
import { testSeed } from '../support.ts'

const seed = testSeed()
const TINY = { views: 2, samples: 4, markets: 1, nodes: 4, resources: 24, blocks: 12 }
const CALM = {
  nodes: 6,
  resources: 40,
  jobsPerBlock: 2,
  runBlocks: 6,
  delay: 0.1,
  loss: 0.01,
  late: 0,
  ghosts: 0,
  churn: 0,
  isFast: false,
  isChallenged: false,
  isRemembered: true,
  style: { tipLevels: 0 }
}

const optimum = suite('bestTotal')

/** By trying everything. */
function tryAll(worth: readonly (readonly number[])[], row = 0, used: readonly number[] = []): number {
  const values = worth[row]
  if (values === undefined) return 0
  const options = values.map((value, column) =>
    used.includes(column) || value < 0 ? 0 : value + tryAll(worth, row + 1, [...used, column])
  )
  return Math.max(tryAll(worth, row + 1, used), ...options)
}

optimum('is what trying everything finds', () => {
  const matrix = fc.tuple(fc.nat(4), fc.nat(5)).chain(([rows, columns]) => {
    const line = fc.array(fc.integer({ min: -3, max: 9 }), { minLength: columns, maxLength: columns })
    return fc.array(line, { minLength: rows, maxLength: rows })
  })
  const isBest = fc.property(matrix, worth => {
    const columns = worth[0]?.length ?? 0
    assert.is(
      bestTotal(worth.length, columns, (row, column) => worth[row]?.[column] ?? Number.NaN),
      tryAll(worth)
    )
  })
  fc.assert(isBest, { seed, numRuns: 200 })
})

// ---

const rivals = suite('rivals')
const market = stillMarket(new Dice('rivals'), { jobs: 60, resources: 60 }, 16)
const view = { jobs: market.jobs.map(one => one.offer), resources: market.resources.map(one => one.offer) }

rivals('naive deferred acceptance gives the pairs of the rule', () => {
  const ids = (matcher: typeof match) =>
    matcher(view, 1000, idOf('s'), IDLE_CHAIN).map(({ job, resource }) => `${job.id} ${resource.id}`)
  assert.equal(ids(deferredAcceptance), ids(matchBySpec))
  assert.equal(ids(match), ids(matchBySpec))
})

rivals('no rule is better than the best', () => {
  for (const matcher of [match, lilypadRule]) {
    const share = welfareShare(market, matcher)
    assert.ok(share > 0.3 && share <= 1 + 1e-9, `${share}`)
  }
})

// ---

const runs = suite('runWorld')

runs('in calm weather every job that can be matched has its deal, in a block or two, without a reverted commit', () => {
  const { jobs, matchable, dealt, reverts, waits, delays } = runWorld('calm', new Dice('calm'), CALM, 30)
  assert.ok(jobs > 20 && matchable <= jobs)
  assert.is(dealt, matchable)
  assert.is(reverts, 0)
  assert.ok(
    waits.every(wait => wait > 1),
    'an offer matures for a block'
  )
  assert.ok((delays[Math.floor(delays.length / 2)] ?? 9) <= 1)
})

runs('the fast path is faster', () => {
  const medianOf = (isFast: boolean) => {
    const { waits } = runWorld('fast', new Dice('fast'), { ...CALM, isFast }, 30)
    return waits[Math.floor(waits.length / 2)] ?? Number.NaN
  }
  assert.ok(medianOf(true) < medianOf(false))
})

runs('providers that stay silent are asked less where nodes remember them, or a demand suspends them', () => {
  const proposals = (isChallenged: boolean, isRemembered: boolean) =>
    runWorld('ghosts', new Dice('ghosts'), { ...CALM, ghosts: 0.3, isChallenged, isRemembered }, 30).proposals
  const plain = proposals(false, false)
  assert.ok(proposals(true, false) < plain)
  assert.ok(proposals(false, true) < plain)
})

// ---

const whole = suite('simulate')

whole('gives the same figures for the same seed, and others for another', () => {
  const [a, again, b] = [simulate('a', TINY), simulate('a', TINY), simulate('b', TINY)]
  assert.equal(a, again)
  assert.not.equal(a.rows, b.rows)
  for (const { name, value } of a.rows) assert.ok(Number.isFinite(value), name)
})

whole('draws its curves within the frame', () => {
  const svg = cumulativeSvg('title', 'blocks', [{ name: 'a', values: [1, 2, 99] }], 8)
  assert.match(svg, /^<svg .*<\/svg>\n$/s)
  assert.not.match(svg, /NaN|Infinity/)
})

for (const each of [optimum, rivals, runs, whole]) each.run()
