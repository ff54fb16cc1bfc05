/** What the rule is applied to: what a node has heard, what the chain says of it, and what comes out. */
import type { Address } from '../core/account.ts'
import type { Bytes32 } from '../core/bytes.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { AGING_BLOCKS, OFFER_MATURITY_BLOCKS } from '../params.ts'

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

/** A way to apply the rule: all of them give the same pairs, in order of rank. */
export type Matcher = (view: View, block: number, seed: Bytes32, chain: ChainFacts) => readonly Pair[]

/**
 * A job's priority: what it tips, and a level for each {@link AGING_BLOCKS} that it has waited, without end: so that after
 * enough of them no newer job comes before it, whatever it tips. Age counts from where this node lets it begin when the job
 * came late, not from where the job says (docs/decisions/0013).
 */
export function priorityOf({ body, ageFrom = body.refBlock }: Offer<JobOffer>, block: number): number {
  return body.tipTick + Math.floor(Math.max(0, block - ageFrom) / AGING_BLOCKS)
}

/** Whether a job may be matched at `block`. */
export function isWaiting({ id, account, body }: Offer<JobOffer>, block: number, chain: ChainFacts): boolean {
  return isMature(body, block) && body.slot < chain.jobSlots(account) && !chain.isTaken(id)
}

/** Units of a resource that may be matched at `block`; 0 or less is none. */
export function freeUnits({ account, body }: Offer<ResourceOffer>, block: number, chain: ChainFacts): number {
  if (!isMature(body, block) || body.slot >= chain.resourceSlots(account)) return 0
  return body.slices - chain.unitsInUse(account, body.slot)
}

/** The highest ask that a job can pay beside its tip. */
export function limitOf(job: JobOffer): number {
  return job.maxTick - job.tipTick
}

function isMature(body: JobOffer | ResourceOffer, block: number): boolean {
  return !body.isCancel && body.refBlock <= block - OFFER_MATURITY_BLOCKS && block <= body.expiry
}
