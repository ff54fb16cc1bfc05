/** Other ways to match, to be measured beside ours on the same markets. */
import { askTickFor, incompatibility } from '../../protocols/match/compatible.ts'
import { comparePairs, pairHash, pairOf, type RankedPair, slotHasher } from '../../protocols/match/rank.ts'
import { freeUnits, isWaiting, type Matcher, priorityOf } from '../../protocols/match/view.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'

/** Our ranks by textbook deferred acceptance: each job asks all resources for the best that would take it now. */
export const deferredAcceptance: Matcher = (view, block, seed, chain) => {
  const hashOf = slotHasher(seed)
  const places = [...view.resources]
    .map(offer => ({
      offer,
      units: freeUnits(offer, block, chain),
      hash: hashOf(offer.account, offer.body.slot),
      held: [] as RankedPair[]
    }))
    .filter(({ units }) => units > 0)
  const waiting = [...view.jobs].filter(job => isWaiting(job, block, chain))
  for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
    const priority = priorityOf(job, block)
    const own = hashOf(job.account, job.body.slot)
    let best: { readonly place: (typeof places)[number]; readonly pair: RankedPair } | undefined
    for (const place of places) {
      const askTick = askTickFor(place.offer.body, job.body.module)
      if (askTick > (best?.pair.askTick ?? job.body.maxTick)) continue
      const pair = { job, resource: place.offer, priority, askTick, hash: pairHash(own, place.hash) }
      if (best !== undefined && comparePairs(best.pair, pair) < 0) continue
      const worst = place.held.at(-1)
      if (place.held.length === place.units && worst !== undefined && comparePairs(worst, pair) < 0) continue
      if (incompatibility(job, place.offer) === undefined) best = { place, pair }
    }
    if (best === undefined) continue
    best.place.held.push(best.pair)
    best.place.held.sort(comparePairs)
    const loser = best.place.held.length > best.place.units ? best.place.held.pop() : undefined
    if (loser !== undefined) waiting.push(loser.job)
  }
  return places
    .flatMap(({ held }) => held)
    .sort(comparePairs)
    .map(pairOf)
}

/**
 * Lilypad's rule (matching.md 1.1): jobs oldest first, each to the cheapest compatible offer, the older one where two cost
 * the same. Theirs may give one offer to two jobs of a pass; here it is gone once given.
 */
export const lilypadRule: Matcher = (view, block, _seed, chain) => {
  const jobs = [...view.jobs].filter(job => isWaiting(job, block, chain)).sort(byArrival)
  const units = new Map([...view.resources].map(resource => [resource, freeUnits(resource, block, chain)]))
  const cheapest = [...units.keys()].sort((a, b) => a.body.askTick - b.body.askTick || byArrival(a, b))
  return jobs.flatMap(job => {
    const resource = cheapest.find(r => (units.get(r) ?? 0) > 0 && incompatibility(job, r) === undefined)
    if (resource === undefined) return []
    units.set(resource, (units.get(resource) ?? 0) - 1)
    return [{ job, resource, priceTick: resource.body.askTick + job.body.tipTick }]
  })
}

/** Arrival within a block is as good as chance. */
function byArrival(a: Offer<JobOffer | ResourceOffer>, b: Offer<JobOffer | ResourceOffer>): number {
  return a.body.refBlock - b.body.refBlock || (a.id < b.id ? -1 : 1)
}
