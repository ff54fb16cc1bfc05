/** The amounts that follow from a deal's terms, in wei, as the Market's DealLib computes them. */
import { GAS_PER_UNIT, minWei } from '../core/units.ts'
import { MAX_SEATS } from '../params.ts'
import type { Deal } from './deal.ts'

/** As `unitPrice`: the whole price, but only for a result that the creator accepts or a committee upholds. */
export const IF_ACCEPTED = 2n ** 96n - 1n

/** P: the price of all jobs; what the creator locks. */
export function totalPriceWei(deal: Deal): bigint {
  return deal.price * BigInt(deal.jobs)
}

/** C: the collateral of all jobs; what the provider locks. */
export function totalCollateralWei(deal: Deal): bigint {
  return deal.collateral * BigInt(deal.jobs)
}

/**
 * What the provider of an accepted or upheld result earns before fees: P, or for a metered deal the gas used at its price,
 * rounded down, at most P.
 *
 * @param used gas units of the result
 */
export function earnedWei(deal: Deal, used: bigint): bigint {
  const capWei = totalPriceWei(deal)
  if (deal.unitPrice === 0n || deal.unitPrice === IF_ACCEPTED) return capWei
  return minWei((deal.unitPrice * used) / GAS_PER_UNIT, capWei)
}

/** Seats of the committee of a round (0 is the first): each is twice the one before and one more, at most seven. */
export function seatsOfRound(deal: Pick<Deal, 'seats'>, round: number): number {
  let seats = deal.seats
  for (let i = 0; i < round; i++) seats = Math.min(MAX_SEATS, 2 * seats + 1)
  return seats
}

/** B: the fees of all seats of all rounds; what a challenger locks, so that no escalation lacks money. */
export function budgetWei(deal: Pick<Deal, 'seats' | 'rounds' | 'seatFee'>): bigint {
  let seats = 0
  for (let round = 0; round < deal.rounds; round++) seats += seatsOfRound(deal, round)
  return BigInt(seats) * deal.seatFee
}
