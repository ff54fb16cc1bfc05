/**
 * The matching rule: pairs ranked by (priority of the job, price tick, a hash over identities and the block's seed), matched
 * greedily. Ranks are common to both sides, so this is the unique stable matching, the same on every node that has heard
 * the same offers. Pure, integers only (matching.md section 2). This is the plain form, which is the specification.
 */
import type { Address } from '../core/account.ts'
import type { Bytes32 } from '../core/bytes.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { AGING_BLOCKS, MAX_TIP_TICKS, OFFER_MATURITY_BLOCKS } from '../params.ts'
import { askTickFor, incompatibility } from './compatible.ts'
import { pairHash, slotHash } from './rank.ts'

/** The facts of the chain that the rule needs, all as of one block. */
export interface ChainFacts {
  /** Units of a provider's slot that open deals hold. */
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
 * The matching at block `block`, in order of rank.
 *
 * @param seed the block's hash
 */
export function match(view: View, block: number, seed: Bytes32, chain: ChainFacts): readonly Pair[] {
  const jobs = eligibleJobs(view.jobs, block, chain)
  const free = eligibleResources(view.resources, block, chain)
  const pairs = jobs.flatMap(job => rankedPairs(job, free.keys(), block, seed))
  pairs.sort((a, b) => compareRanks(a.rank, b.rank) || compareIds(a, b))
  const taken = new Set<Bytes32>()
  const matched: Pair[] = []
  for (const { job, resource, rank } of pairs) {
    const units = free.get(resource) ?? 0
    if (units === 0 || taken.has(job.id)) continue
    taken.add(job.id)
    free.set(resource, units - 1)
    matched.push({ job, resource, priceTick: rank.askTick + job.body.tipTick })
  }
  return matched
}

/** Every resource that a job could go to at `block`, best first: where it turns when the first is busy. */
export function ranking(
  job: Offer<JobOffer>,
  view: View,
  block: number,
  seed: Bytes32,
  chain: ChainFacts
): readonly Pair[] {
  const free = eligibleResources(view.resources, block, chain)
  return rankedPairs(job, free.keys(), block, seed)
    .sort((a, b) => compareRanks(a.rank, b.rank) || compareIds(a, b))
    .map(({ resource, rank }) => ({ job, resource, priceTick: rank.askTick + job.body.tipTick }))
}

/** A job's priority: what it tips, and a level for each {@link AGING_BLOCKS} that it has waited. */
export function priorityOf(job: JobOffer, block: number): number {
  return Math.min(job.tipTick + Math.floor((block - job.refBlock) / AGING_BLOCKS), MAX_TIP_TICKS + 1)
}

interface RankedPair {
  readonly job: Offer<JobOffer>
  readonly resource: Offer<ResourceOffer>
  readonly rank: Rank
}

function rankedPairs(
  job: Offer<JobOffer>,
  resources: Iterable<Offer<ResourceOffer>>,
  block: number,
  seed: Bytes32
): RankedPair[] {
  const priority = priorityOf(job.body, block)
  const jobHash = slotHash(seed, job.account, job.body.slot)
  const out: RankedPair[] = []
  for (const resource of resources) {
    if (incompatibility(job, resource) !== undefined) continue
    const askTick = askTickFor(resource.body, job.body.module)
    const hash = pairHash(jobHash, slotHash(seed, resource.account, resource.body.slot))
    out.push({ job, resource, rank: { priority, askTick, hash } })
  }
  return out
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

function eligibleResources(resources: Iterable<Offer<ResourceOffer>>, block: number, chain: ChainFacts) {
  const free = new Map<Offer<ResourceOffer>, number>()
  for (const resource of resources) {
    const { body, account } = resource
    if (!isMature(body, block) || body.isCancel || body.slot >= chain.resourceSlots(account)) continue
    const units = body.slices - chain.unitsInUse(account, body.slot)
    if (units > 0) free.set(resource, units)
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
function compareIds(a: RankedPair, b: RankedPair): number {
  return compareText(a.job.id, b.job.id) || compareText(a.resource.id, b.resource.id)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
