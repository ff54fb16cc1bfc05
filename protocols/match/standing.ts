/**
 * How every resource stood for a job in one round of the rule: in which order they came, whom the rule gave the units of
 * each, and why the others were out of the question. What `explain` shows; it decides nothing.
 */
import type { Bytes32 } from '../core/bytes.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { OFFER_MATURITY_BLOCKS } from '../params.ts'
import { type Incompatibility, incompatibility } from './compatible.ts'
import { isEarly } from './early.ts'
import { match, ranking } from './match.ts'
import { type ChainFacts, freeUnits, isWaiting, type Pair, type View } from './view.ts'

/** A resource that the job could have gone to. */
export interface Standing {
  readonly pair: Pair
  /** Units that were free. */
  readonly units: number
  /** Jobs that the rule gave its units to. */
  readonly givenTo: readonly Bytes32[]
}

/** Why a resource was out of the question. */
export interface Unfit {
  readonly resource: Offer<ResourceOffer>
  readonly code:
    | Incompatibility['code']
    | 'MATCH_WITHDRAWN'
    | 'MATCH_EXPIRED'
    | 'MATCH_TOO_NEW'
    | 'MATCH_NO_COLLATERAL'
    | 'MATCH_NO_UNIT'
  readonly detail: string
}

/** One round, seen from one job. */
export interface Round {
  /** Whether the job itself could be matched at all: it was mature, not taken, and its creator had the escrow. */
  readonly isWaiting: boolean
  /** Whether it was too new for the rule, and could have had a spare unit only (early.ts). */
  readonly isEarly: boolean
  /** The rule's choice; of a job that is too new, the first that has a spare unit. */
  readonly partner: Pair | undefined
  /** Best first, as the creator asks them after the rule's choice. */
  readonly standings: readonly Standing[]
  readonly unfit: readonly Unfit[]
}

/**
 * Applies the rule to a view and looks at it from one job.
 *
 * @param pairs the rule's answer, for whoever looks from several jobs
 */
export function roundOf(
  job: Offer<JobOffer>,
  view: View,
  block: number,
  seed: Bytes32,
  chain: ChainFacts,
  pairs: readonly Pair[] = match(view, block, seed, chain)
): Round {
  const givenTo = Map.groupBy(pairs, pair => pair.resource.id)
  const standings = ranking(job, view, block, seed, chain).map(pair => ({
    pair,
    units: freeUnits(pair.resource, block, chain),
    givenTo: (givenTo.get(pair.resource.id) ?? []).map(given => given.job.id)
  }))
  const isNew = isEarly(job.body, block)
  const partner = isNew ? standings.find(isSpare)?.pair : pairs.find(pair => pair.job.id === job.id)
  return {
    isWaiting: isWaiting(job, block, chain),
    isEarly: isNew,
    partner,
    standings,
    unfit: [...view.resources].flatMap(resource => unfitness(job, resource, block, chain) ?? [])
  }
}

/** Whether the rule leaves a unit of a resource over. */
export function isSpare({ units, givenTo }: Standing): boolean {
  return units > givenTo.length
}

/** Why a resource is out of the question for a job at `block`; undefined when it is not. */
export function unfitness(
  job: Offer<JobOffer>,
  resource: Offer<ResourceOffer>,
  block: number,
  chain: ChainFacts
): Unfit | undefined {
  const clash = incompatibility(job, resource)
  if (clash !== undefined) return { resource, code: clash.code, detail: clash.detail }
  if (freeUnits(resource, block, chain) > 0) return undefined
  const { account, body } = resource
  if (body.isCancel) return { resource, code: 'MATCH_WITHDRAWN', detail: 'its provider has withdrawn it' }
  if (body.expiry < block) return { resource, code: 'MATCH_EXPIRED', detail: `stood until block ${body.expiry}` }
  if (body.refBlock > block - OFFER_MATURITY_BLOCKS)
    return { resource, code: 'MATCH_TOO_NEW', detail: `is matched from block ${body.refBlock + OFFER_MATURITY_BLOCKS}` }
  const slots = chain.resourceSlots(account)
  if (body.slot >= slots)
    return { resource, code: 'MATCH_NO_COLLATERAL', detail: `its free collateral carries ${slots} offers` }
  const inUse = chain.unitsInUse(account, body.slot)
  return { resource, code: 'MATCH_NO_UNIT', detail: `${inUse} of ${body.slices} units are at work` }
}
