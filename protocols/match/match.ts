/**
 * The matching rule: pairs ranked by (priority of the job, price tick, a hash over identities and the block's seed), matched
 * greedily. Ranks are common to both sides, so this is the unique stable matching, the same on every node that has heard
 * the same offers. Pure, integers only (matching.md section 2). This is the plain form, which is the specification.
 */
import type { Address } from '../core/account.ts'
import type { Bytes32 } from '../core/bytes.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { MAX_PRICE_TICK } from '../offer/price.ts'
import { AGING_BLOCKS, MAX_TIP_TICKS, OFFER_MATURITY_BLOCKS } from '../params.ts'
import { askTickFor, incompatibility } from './compatible.ts'
import { pairHash, type SlotHash, slotHash } from './rank.ts'

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
  const free = freeResources(view.resources, block, seed, chain)
  const pairs = eligibleJobs(view.jobs, block, chain).flatMap(job => rankedPairs(job, free, block, seed))
  const unitsLeft = new Map(free.map(resource => [resource.offer, resource.units]))
  const taken = new Set<Bytes32>()
  const matched: Pair[] = []
  for (const stage of stagesOf(pairs)) {
    // Most pairs of a late stage are out already: only the others are sorted.
    const open = stage.filter(pair => !taken.has(pair.job.id) && unitsLeft.get(pair.resource) !== 0)
    for (const pair of open.sort(compareRanked)) {
      const units = unitsLeft.get(pair.resource) ?? 0
      if (units === 0 || taken.has(pair.job.id)) continue
      taken.add(pair.job.id)
      unitsLeft.set(pair.resource, units - 1)
      matched.push(pairOf(pair))
    }
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
  const free = freeResources(view.resources, block, seed, chain)
  return rankedPairs(job, free, block, seed).sort(compareRanked).map(pairOf)
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

interface RankedPair extends Rank {
  readonly job: Offer<JobOffer>
  readonly resource: Offer<ResourceOffer>
}

function rankedPairs(
  job: Offer<JobOffer>,
  resources: readonly FreeResource[],
  block: number,
  seed: Bytes32
): RankedPair[] {
  const priority = priorityOf(job.body, block)
  const jobHash = slotHash(seed, job.account, job.body.slot)
  const out: RankedPair[] = []
  for (const { offer, hash } of resources) {
    if (incompatibility(job, offer) !== undefined) continue
    const askTick = askTickFor(offer.body, job.body.module)
    out.push({ job, resource: offer, priority, askTick, hash: pairHash(jobHash, hash) })
  }
  return out
}

/** Pairs of one priority and one ask, the best stage first. */
function stagesOf(pairs: readonly RankedPair[]): readonly RankedPair[][] {
  const stages = Map.groupBy(pairs, ({ priority, askTick }) => askTick - priority * (MAX_PRICE_TICK + 1))
  return [...stages].sort(([a], [b]) => a - b).map(([, stage]) => stage)
}

function pairOf({ job, resource, askTick }: RankedPair): Pair {
  return { job, resource, priceTick: askTick + job.body.tipTick }
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
  return compareRanks(a, b) || compareText(a.job.id, b.job.id) || compareText(a.resource.id, b.resource.id)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
