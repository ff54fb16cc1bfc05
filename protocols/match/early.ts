/**
 * The fast path: a job that is too new for the rule may go at once to a unit that the rule gives nobody. Whoever waited comes
 * first, and the next block's round finds the unit taken (matching.md 2.5).
 */
import type { Bytes32 } from '../core/bytes.ts'
import type { JobOffer, Offer } from '../offer/offer.ts'
import { OFFER_MATURITY_BLOCKS } from '../params.ts'
import { ranking } from './match.ts'
import { type ChainFacts, freeUnits, type Pair, type View } from './view.ts'

/** Whether a job is not matched by the rule yet at `block`. */
export function isEarly({ refBlock }: Pick<JobOffer, 'refBlock'>, block: number): boolean {
  return block < refBlock + OFFER_MATURITY_BLOCKS
}

/**
 * The resources of which a unit is spare at `block`, best first.
 *
 * @param pairs what the rule gives in that block
 */
export function spare(
  job: Offer<JobOffer>,
  view: View,
  block: number,
  seed: Bytes32,
  chain: ChainFacts,
  pairs: Iterable<Pair>
): readonly Pair[] {
  const given = new Map<Bytes32, number>()
  for (const { resource } of pairs) given.set(resource.id, (given.get(resource.id) ?? 0) + 1)
  return ranking(job, view, block, seed, chain).filter(
    ({ resource }) => freeUnits(resource, block, chain) > (given.get(resource.id) ?? 0)
  )
}
