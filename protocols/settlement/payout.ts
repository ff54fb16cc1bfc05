/**
 * Who gets what when a deal ends, to the wei: the Market's arithmetic, so that parties know before they sign and check
 * afterwards. What is paid adds up to what was locked. Divisions round down; the remainder stays with the last part.
 */
import type { Verdict } from '../committee/dispute.ts'
import type { Address } from '../core/account.ts'
import { BPS, minWei } from '../core/units.ts'
import type { Deal } from '../deal/deal.ts'
import type { FinalStatus } from '../deal/state.ts'
import { budgetWei, earnedWei, totalCollateralWei, totalPriceWei } from '../deal/totals.ts'

/** As whom an account is paid, in the order of the numbers of the Market's `Payee`; a test holds the two equal. */
export const PAYEES = ['creator', 'provider', 'mediator', 'pool', 'author', 'challenger'] as const

/** As whom an account is paid. */
export type Payee = (typeof PAYEES)[number]

/** One credit of the Market's ledger; never 0. Escrow that comes back is part of the amount. */
export interface Payout {
  readonly account: Address
  readonly payee: Payee
  readonly amountWei: bigint
}

/** Of minWei(P, C), in basis points: what a provider loses that hands in nothing in time; half of it is the creator's. */
export const PENALTY_BPS = 1_000n

/** Of what is left of a slashed collateral, in basis points, at most P: the creator's. More would reward framing. */
export const COMPENSATION_BPS = 1_000n

/** Who takes what part of the provider's earnings, as the deployment and the module's registration say. */
export interface FeeTerms {
  readonly pool: Address
  /** The protocol's fee, in basis points; the Market waives it for public goods. */
  readonly feeBps: number
  readonly isPublicGood: boolean
  /** The module's author and its fee in basis points; the zero account and 0 where there is none. */
  readonly author: Address
  readonly authorBps: number
}

/** What the Court tells the Market at the end of a dispute. */
export interface Ruling {
  readonly verdict: Exclude<Verdict, 'none'>
  /** Gas units of the provider's opened result. */
  readonly used: bigint
  /** Owners of the seats that earned their fee. */
  readonly voters: readonly Address[]
  /** Who paid the budget. */
  readonly challenger: Address
  /** What the parties deposited for appeals. */
  readonly creatorDepositWei: bigint
  readonly providerDepositWei: bigint
}

/** How a deal ends. */
export type Ending =
  /** The creator accepted a result, or a metered one was opened after its window. */
  | { readonly kind: 'accepted'; readonly used: bigint }
  /** Nobody challenged a result that stayed blinded: a flat price is paid, others earn nothing. */
  | { readonly kind: 'unchallenged' }
  | { readonly kind: 'ruled'; readonly ruling: Ruling }
  /** No result in time. */
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' }

/** The status that an ending leads to. */
export function statusOfEnding(ending: Ending): FinalStatus {
  switch (ending.kind) {
    case 'accepted':
    case 'unchallenged':
      return 'settled'
    case 'timed-out':
      return 'refunded'
    case 'cancelled':
      return 'cancelled'
    case 'ruled':
      return STATUS_OF_VERDICT[ending.ruling.verdict]
  }
}

/** What a deal's end divides: P and C, and in a dispute the budget and the deposits. */
export function lockedWei(deal: Deal, ending: Ending): bigint {
  const escrow = totalPriceWei(deal) + totalCollateralWei(deal)
  if (ending.kind !== 'ruled') return escrow
  return escrow + budgetWei(deal) + ending.ruling.creatorDepositWei + ending.ruling.providerDepositWei
}

/** The credits of a deal's end, in the order in which the Market makes them. */
export function payouts(deal: Deal, ending: Ending, fees: FeeTerms): readonly Payout[] {
  return creditsOf(deal, ending, fees).filter(credit => credit.amountWei > 0n)
}

const STATUS_OF_VERDICT = {
  correct: 'settled',
  unverifiable: 'settled',
  wrong: 'slashed',
  'no-verdict': 'void'
} as const satisfies Readonly<Record<Ruling['verdict'], FinalStatus>>

function creditsOf(deal: Deal, ending: Ending, fees: FeeTerms): readonly Payout[] {
  switch (ending.kind) {
    case 'accepted':
      return settled(deal, earnedWei(deal, ending.used), fees)
    case 'unchallenged':
      return settled(deal, deal.unitPrice === 0n ? totalPriceWei(deal) : 0n, fees)
    case 'timed-out':
      return timedOut(deal, fees)
    case 'cancelled':
      return [to(deal.creator, 'creator', totalPriceWei(deal)), to(deal.provider, 'provider', totalCollateralWei(deal))]
    case 'ruled':
      return ruled(deal, ending.ruling, fees)
  }
}

function settled(deal: Deal, earned: bigint, fees: FeeTerms): readonly Payout[] {
  const fee = fees.isPublicGood ? 0n : share(earned, BigInt(fees.feeBps))
  const authorFee = share(earned, BigInt(fees.authorBps))
  return [
    to(deal.provider, 'provider', earned - fee - authorFee + totalCollateralWei(deal)),
    to(deal.creator, 'creator', totalPriceWei(deal) - earned),
    to(fees.pool, 'pool', fee),
    to(fees.author, 'author', authorFee)
  ]
}

function timedOut(deal: Deal, fees: FeeTerms): readonly Payout[] {
  const penalty = share(minWei(totalPriceWei(deal), totalCollateralWei(deal)), PENALTY_BPS)
  const toCreator = penalty / 2n
  return [
    to(deal.creator, 'creator', totalPriceWei(deal) + toCreator),
    to(deal.provider, 'provider', totalCollateralWei(deal) - penalty),
    to(fees.pool, 'pool', penalty - toCreator)
  ]
}

function ruled(deal: Deal, ruling: Ruling, fees: FeeTerms): readonly Payout[] {
  const seatPay = BigInt(ruling.voters.length) * deal.seatFee
  const seats = ruling.voters.map(voter => to(voter, 'mediator', deal.seatFee))
  switch (ruling.verdict) {
    case 'correct':
    case 'unverifiable':
      return [
        ...seats,
        // The budget paid the seats of all rounds, so the creator's lost deposit goes to who paid the budget.
        to(ruling.challenger, 'challenger', budgetWei(deal) - seatPay + ruling.creatorDepositWei),
        to(deal.provider, 'provider', ruling.providerDepositWei),
        ...settled(deal, earnedWei(deal, ruling.used), fees)
      ]
    case 'wrong':
      return [...seats, ...slashed(deal, ruling, seatPay, fees)]
    case 'no-verdict':
      return [
        ...seats,
        to(deal.creator, 'creator', totalPriceWei(deal) + ruling.creatorDepositWei),
        to(deal.provider, 'provider', totalCollateralWei(deal) + ruling.providerDepositWei),
        to(ruling.challenger, 'challenger', budgetWei(deal) - seatPay)
      ]
  }
}

/** Seats are paid from the collateral, and from the budget only for what it does not cover. */
function slashed(deal: Deal, ruling: Ruling, seatPay: bigint, fees: FeeTerms): readonly Payout[] {
  const price = totalPriceWei(deal)
  const fromCollateral = minWei(seatPay, totalCollateralWei(deal))
  const rest = totalCollateralWei(deal) - fromCollateral
  const compensation = minWei(share(rest, COMPENSATION_BPS), price)
  return [
    to(deal.creator, 'creator', price + compensation + ruling.creatorDepositWei),
    to(ruling.challenger, 'challenger', budgetWei(deal) - (seatPay - fromCollateral)),
    to(fees.pool, 'pool', rest - compensation + ruling.providerDepositWei)
  ]
}

function to(account: Address, payee: Payee, amountWei: bigint): Payout {
  return { account, payee, amountWei }
}

function share(amount: bigint, bps: bigint): bigint {
  return (amount * bps) / BPS
}
