/** From a matched pair to the deal's terms, and the provider's check that a proposed deal is what it offered. */
import { ZERO_ADDRESS } from '../core/account.ts'
import { ZERO_BYTES32 } from '../core/bytes.ts'
import { digestOfCid } from '../core/cid.ts'
import { accept, reject, type Verdict } from '../core/verdict.ts'
import { askTickFor, incompatibility } from '../match/compatible.ts'
import type { Pair } from '../match/match.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { priceOfTick } from '../offer/price.ts'
import { DEAL_VALID_BLOCKS } from '../params.ts'
import type { Deal } from './deal.ts'

/** Why a provider does not commit a proposed deal. */
export type DealCode = 'DEAL_TERMS' | 'DEAL_INCOMPATIBLE' | 'DEAL_EXPIRED' | 'DEAL_NOT_YOURS'

/**
 * The deal that the rule's pair stands for, matched at `block`.
 *
 * @param nonce tells apart deals that are otherwise the same; the creator's choice
 */
export function dealOfPair(pair: Pair, block: number, nonce: bigint): Deal {
  const { job, resource } = pair
  const price = priceOfTick(pair.priceTick)
  return {
    creator: job.account,
    provider: resource.account,
    token: ZERO_ADDRESS,
    price,
    unitPrice: 0n,
    collateral: price * BigInt(job.body.collateralTimes),
    seatFee: job.body.seatFeeWei,
    jobs: 1,
    runTime: job.body.runTimeSec,
    window: job.body.windowSec,
    seats: job.body.seats,
    rounds: job.body.rounds,
    auditBps: 0,
    jobOffer: job.id,
    resourceOffer: resource.id,
    spec: digestOfCid(job.body.job),
    // The Market takes the name of a module only when the registry knows its author.
    module: job.body.isPublished ? digestOfCid(job.body.module) : ZERO_BYTES32,
    validUntil: block + DEAL_VALID_BLOCKS,
    nonce
  }
}

/** Whether a proposed deal is worth committing for the provider of `resource`, at `block`. */
export function checkProposal(
  deal: Deal,
  job: Offer<JobOffer>,
  resource: Offer<ResourceOffer>,
  block: number
): Verdict<Deal, DealCode> {
  if (deal.provider !== resource.account) return reject('DEAL_NOT_YOURS', `is for ${deal.provider}`)
  if (deal.validUntil < block + 1)
    return reject('DEAL_EXPIRED', `valid until block ${deal.validUntil}, the next is ${block + 1}`)
  const clash = incompatibility(job, resource)
  if (clash !== undefined) return reject('DEAL_INCOMPATIBLE', `${clash.code}: ${clash.detail}`)
  const askTick = askTickFor(resource.body, job.body.module)
  const expected = dealOfPair({ job, resource, priceTick: askTick + job.body.tipTick }, block, deal.nonce)
  for (const name of Object.keys(expected) as (keyof Deal)[]) {
    if (name === 'validUntil' || expected[name] === deal[name]) continue
    return reject('DEAL_TERMS', `${name} is ${deal[name]}, the offers say ${expected[name]}`)
  }
  return accept(deal)
}
