/**
 * The matching rule: pairs ranked by (priority of the job, price tick, a hash over identities and the block's seed), matched
 * greedily. Ranks are common to both sides, so this is the unique stable matching, the same on every node that has heard
 * the same offers. Pure, integers only (matching.md section 2).
 */
import type { Address } from '../core/account.ts'
import type { Bytes32 } from '../core/bytes.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { AGING_BLOCKS, MAX_TIP_TICKS, OFFER_MATURITY_BLOCKS } from '../params.ts'
import { askTickFor, incompatibility } from './compatible.ts'
import { pairHash, type SlotHash, slotHash } from './rank.ts'

/** The facts of the chain that the rule needs, all as of one block. */
export interface ChainFacts {
  /** Units of a provider's slot that are at work: deals that are committed and have no result yet. */
  unitsInUse(provider: Address, slot: number): number
  /** Slots that the account's free collateral (provider) or escrow (creator) carries. */
  resourceSlots(provider: Address): number
  jobSlots(creator: Address): number
  /** Job offers that already became a deal. */
  isTaken(jobOffer: Bytes32): boolean
}

/** What a node has heard. */
export interface View {
  readonly jobs: Iterable<Offer<JobOffer>>
  readonly resources: Iterable<Offer<ResourceOffer>>
}

/** A job and the resource that the rule gives it, with the tick that it pays. */
export interface Pair {
  readonly job: Offer<JobOffer>
  readonly resource: Offer<ResourceOffer>
  /** Ask and tip. */
  readonly priceTick: number
}

/** A pair's rank: lower is matched first. */
export interface Rank {
  readonly priority: number
  readonly askTick: number
  readonly hash: number
}

/**
 * The matching at block `block`, in order of rank: what taking the best-ranked pair again and again gives. Computed as
 * deferred acceptance, which needs no list of all pairs: each job goes to the best resource that would take it now, and a
 * job that loses its place looks again.
 *
 * @param seed the block's hash
 */
export function match(view: View, block: number, seed: Bytes32, chain: ChainFacts): readonly Pair[] {
  const places = freeResources(view.resources, block, seed, chain).map(resource => new Places(resource))
  const waiting = eligibleJobs(view.jobs, block, chain).map(offer => jobAt(offer, block, seed))
  // Jobs that nobody can push out go first, so that few have to look twice.
  waiting.sort((a, b) => a.priority - b.priority)
  for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
    const loser = bestPlace(job, places)
    if (loser !== undefined) waiting.push(loser)
  }
  return places
    .flatMap(place => place.held)
    .sort(compareRanked)
    .map(pairOf)
}

/** Every resource that a job could go to at `block`, best first: where it turns when the first is busy. */
export function ranking(
  job: Offer<JobOffer>,
  view: View,
  block: number,
  seed: Bytes32,
  chain: ChainFacts
): readonly Pair[] {
  const asking = jobAt(job, block, seed)
  return freeResources(view.resources, block, seed, chain)
    .filter(({ offer }) => incompatibility(job, offer) === undefined)
    .map(resource => rankedPair(asking, resource))
    .sort(compareRanked)
    .map(pairOf)
}

/** A job's priority: what it tips, and a level for each {@link AGING_BLOCKS} that it has waited. */
export function priorityOf(job: JobOffer, block: number): number {
  return Math.min(job.tipTick + Math.floor((block - job.refBlock) / AGING_BLOCKS), MAX_TIP_TICKS + 1)
}

/** A resource with free units; its hash is made once for all jobs. */
interface FreeResource {
  readonly offer: Offer<ResourceOffer>
  readonly units: number
  readonly hash: SlotHash
}

/** A job with what of its rank does not depend on the resource. */
interface AskingJob {
  readonly offer: Offer<JobOffer>
  readonly priority: number
  readonly hash: SlotHash
}

interface RankedPair extends Rank {
  readonly job: AskingJob
  readonly resource: Offer<ResourceOffer>
}

/** The units of one resource and the pairs that hold them so far, best first. */
class Places {
  readonly resource: FreeResource
  readonly held: RankedPair[] = []

  constructor(resource: FreeResource) {
    this.resource = resource
  }

  /** Whether there is a free unit, or a worse pair to push out. */
  wouldTake(pair: RankedPair): boolean {
    const worst = this.held.at(-1)
    return worst === undefined || this.held.length < this.resource.units || compareRanked(pair, worst) < 0
  }

  /** Holds the pair; returns the job that lost its unit. */
  take(pair: RankedPair): AskingJob | undefined {
    this.held.push(pair)
    this.held.sort(compareRanked)
    return this.held.length > this.resource.units ? this.held.pop()?.job : undefined
  }
}

/** Gives a job the best place that would take it, if any; returns the job that it pushed out. */
function bestPlace(job: AskingJob, places: readonly Places[]): AskingJob | undefined {
  let best: { readonly place: Places; readonly pair: RankedPair } | undefined
  for (const place of places) {
    const pair = rankedPair(job, place.resource)
    if (best !== undefined && compareRanked(best.pair, pair) < 0) continue
    if (place.wouldTake(pair) && incompatibility(job.offer, place.resource.offer) === undefined) best = { place, pair }
  }
  return best?.place.take(best.pair)
}

function jobAt(offer: Offer<JobOffer>, block: number, seed: Bytes32): AskingJob {
  const { body, account } = offer
  return { offer, priority: priorityOf(body, block), hash: slotHash(seed, account, body.slot) }
}

function rankedPair(job: AskingJob, { offer, hash }: FreeResource): RankedPair {
  const askTick = askTickFor(offer.body, job.offer.body.module)
  return { job, resource: offer, priority: job.priority, askTick, hash: pairHash(job.hash, hash) }
}

function pairOf({ job, resource, askTick }: RankedPair): Pair {
  return { job: job.offer, resource, priceTick: askTick + job.offer.body.tipTick }
}

function eligibleJobs(jobs: Iterable<Offer<JobOffer>>, block: number, chain: ChainFacts): Offer<JobOffer>[] {
  return [...jobs].filter(
    job =>
      isMature(job.body, block) &&
      !job.body.isCancel &&
      job.body.slot < chain.jobSlots(job.account) &&
      !chain.isTaken(job.id)
  )
}

function freeResources(
  resources: Iterable<Offer<ResourceOffer>>,
  block: number,
  seed: Bytes32,
  chain: ChainFacts
): FreeResource[] {
  const free: FreeResource[] = []
  for (const offer of resources) {
    const { body, account } = offer
    if (!isMature(body, block) || body.isCancel || body.slot >= chain.resourceSlots(account)) continue
    const units = body.slices - chain.unitsInUse(account, body.slot)
    if (units > 0) free.push({ offer, units, hash: slotHash(seed, account, body.slot) })
  }
  return free
}

function isMature(body: { readonly refBlock: number; readonly expiry: number }, block: number): boolean {
  return body.refBlock <= block - OFFER_MATURITY_BLOCKS && block <= body.expiry
}

/** Order of ranks: high priority, then low ask, then low hash. */
export function compareRanks(a: Rank, b: Rank): number {
  return b.priority - a.priority || a.askTick - b.askTick || a.hash - b.hash
}

/** Hashes of 53 bits may collide; ids do not. */
function compareRanked(a: RankedPair, b: RankedPair): number {
  return compareRanks(a, b) || compareText(a.job.offer.id, b.job.offer.id) || compareText(a.resource.id, b.resource.id)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
