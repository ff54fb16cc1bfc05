/** The rule as its definition, in a few lines and slow: what every faster way must equal. */
import { incompatibility } from './compatible.ts'
import { comparePairs, pairOf, rankedPair, slotHasher } from './rank.ts'
import { freeUnits, isWaiting, type Matcher } from './view.ts'

/** All compatible pairs, best rank first, each taken while its job is unmatched and its resource has a unit. */
export const matchBySpec: Matcher = (view, block, seed, chain) => {
  const hashOf = slotHasher(seed)
  const jobs = [...view.jobs].filter(job => isWaiting(job, block, chain))
  const units = new Map([...view.resources].map(resource => [resource, freeUnits(resource, block, chain)]))
  const ranked = jobs.flatMap(job =>
    [...units.keys()]
      .filter(resource => incompatibility(job, resource) === undefined)
      .map(resource => rankedPair(job, resource, block, hashOf))
  )
  const unmatched = new Set(jobs)
  return ranked
    .sort(comparePairs)
    .filter(({ job, resource }) => {
      const free = units.get(resource) ?? 0
      if (free <= 0 || !unmatched.delete(job)) return false
      units.set(resource, free - 1)
      return true
    })
    .map(pairOf)
}
