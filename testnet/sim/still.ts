/** What can be measured on one block of a market that stands still: agreement, cascades, welfare. */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { incompatibility } from '../../protocols/match/compatible.ts'
import type { Pair } from '../../protocols/match/match.ts'
import type { Matcher } from '../../protocols/match/view.ts'
import type { Dice } from './dice.ts'
import { bestTotal } from './hungarian.ts'
import { drawMarket, IDLE_CHAIN, idOf } from './offers.ts'

const BLOCK = 1000

/** A drawn market. */
export type StillMarket = ReturnType<typeof drawMarket>

/** Jobs and resources of a market, by number. */
export interface Size {
  readonly jobs: number
  readonly resources: number
}

/** A market of a size, from dice of its own. */
export function stillMarket(dice: Dice, { jobs, resources }: Size, tipLevels: number): StillMarket {
  return drawMarket(dice, jobs, resources, { tipLevels }, BLOCK - 1)
}

/** Share of jobs that get the same resource in a view that misses each offer with probability `missing`. */
export function agreement(dice: Dice, market: StillMarket, matcher: Matcher, missing: number, views: number): number {
  const whole = resourcesByJob(pairsOf(market, matcher))
  let [same, all] = [0, 0]
  for (let view = 0; view < views; view++) {
    const isHeard = () => !dice.chance(missing)
    const part = { jobs: market.jobs.filter(isHeard), resources: market.resources.filter(isHeard) }
    const got = resourcesByJob(pairsOf(part, matcher))
    for (const { offer } of part.jobs) {
      if (!whole.has(offer.id) && !got.has(offer.id)) continue
      all += 1
      if (whole.get(offer.id) === got.get(offer.id)) same += 1
    }
  }
  return same / all
}

/** How many other jobs change their resource when one offer is missing, for some offers of both sides; sorted. */
export function cascades(dice: Dice, market: StillMarket, matcher: Matcher, samples: number): readonly number[] {
  const whole = resourcesByJob(pairsOf(market, matcher))
  const changes = Array.from({ length: samples }, (_, i) => {
    const gone = i % 2 === 0 ? dice.pick(market.jobs) : dice.pick(market.resources)
    const isLeft = (one: unknown) => one !== gone
    const part = { jobs: market.jobs.filter(isLeft), resources: market.resources.filter(isLeft) }
    const got = resourcesByJob(pairsOf(part, matcher))
    return part.jobs.filter(({ offer }) => whole.get(offer.id) !== got.get(offer.id)).length
  })
  return changes.sort((a, b) => a - b)
}

/** What the pairs are worth to creators beyond what they cost providers, as a share of the most that is possible. */
export function welfareShare(market: StillMarket, matcher: Matcher): number {
  const { jobs, resources } = market
  const worth = new Map([...jobs, ...resources].map(one => [one.offer.id, one.worth]))
  const surplusOf = ({ job, resource }: Pair) => (worth.get(job.id) ?? 0) - (worth.get(resource.id) ?? 0)
  const got = pairsOf(market, matcher).reduce((sum, pair) => sum + surplusOf(pair), 0)
  const best = bestTotal(jobs.length, resources.length, (row, column) => {
    const [job, resource] = [jobs[row], resources[column]]
    if (job === undefined || resource === undefined) return Number.NaN
    // The best may match who does not come together at these asks; terms still have to fit.
    const clash = incompatibility(job.offer, resource.offer)
    return clash === undefined || clash.code === 'MATCH_PRICE' ? job.worth - resource.worth : Number.NaN
  })
  return got / best
}

function pairsOf({ jobs, resources }: StillMarket, matcher: Matcher): readonly Pair[] {
  const view = { jobs: jobs.map(({ offer }) => offer), resources: resources.map(({ offer }) => offer) }
  return matcher(view, BLOCK, idOf('still'), IDLE_CHAIN)
}

function resourcesByJob(pairs: readonly Pair[]): ReadonlyMap<Bytes32, Bytes32> {
  return new Map(pairs.map(({ job, resource }) => [job.id, resource.id]))
}
