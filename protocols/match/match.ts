/**
 * The matching rule: pairs ranked by (priority of the job, price tick, a hash over identities and the block's seed), matched
 * greedily. Ranks are common to both sides, so this is the unique stable matching, the same on every node that has heard
 * the same offers. Pure, integers only (matching.md section 2). Its definition is spec.ts.
 */
import type { Bytes32 } from '../core/bytes.ts'
import type { JobOffer, Offer } from '../offer/offer.ts'
import { incompatibility } from './compatible.ts'
import { IncrementalMatch } from './incremental.ts'
import { comparePairs, pairOf, rankedPair, slotHasher } from './rank.ts'
import { type ChainFacts, freeUnits, type Matcher, type Pair, type View } from './view.ts'

export { type ChainFacts, type Pair, priorityOf, type View } from './view.ts'

/** The matching at `block`, in order of rank, from nothing; whoever matches every block keeps an {@link IncrementalMatch}. */
export const match: Matcher = (view, block, seed, chain) => new IncrementalMatch().match(view, block, seed, chain)

/** Every resource that a job could go to at `block`, best first: where it turns when the first is busy. */
export function ranking(
  job: Offer<JobOffer>,
  view: View,
  block: number,
  seed: Bytes32,
  chain: ChainFacts
): readonly Pair[] {
  const hashOf = slotHasher(seed)
  return [...view.resources]
    .filter(resource => incompatibility(job, resource) === undefined && freeUnits(resource, block, chain) > 0)
    .map(resource => rankedPair(job, resource, block, hashOf))
    .sort(comparePairs)
    .map(pairOf)
}
