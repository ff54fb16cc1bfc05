/**
 * Where a deal stands: a union with the fields that its status has and no others. The numbers are the Market's
 * `DealStatus`; a test holds the two equal.
 */
import type { Hex } from '../core/bytes.ts'
import type { Deal } from './deal.ts'

/** Statuses in the order of their numbers on chain. */
export const DEAL_STATUSES = [
  'none',
  'committed',
  'submitted',
  'disputed',
  'settled',
  'slashed',
  'refunded',
  'cancelled',
  'void'
] as const

/** A deal's status. */
export type DealStatus = (typeof DEAL_STATUSES)[number]

/** Statuses from which nothing moves. */
export type FinalStatus = 'settled' | 'slashed' | 'refunded' | 'cancelled' | 'void'

/** What the chain stores of a deal. Times are chain seconds. */
export type DealRecord =
  | { readonly status: 'none' }
  | { readonly status: 'committed'; readonly atSec: number }
  /** `commitment`: the first 26 bytes of the blinded result. */
  | { readonly status: 'submitted'; readonly atSec: number; readonly commitment: Hex }
  | { readonly status: 'disputed'; readonly atSec: number; readonly commitment: Hex }
  | { readonly status: FinalStatus; readonly atSec: number }

/** Whether a status is final. */
export function isFinal(status: DealStatus): status is FinalStatus {
  return DEAL_STATUSES.indexOf(status) >= DEAL_STATUSES.indexOf('settled')
}

/**
 * The last second of what a deal waits for: the result while committed, a challenge while submitted. After it anyone may
 * call the way out. Undefined where the Court's deadlines count, or none.
 */
export function deadlineSec(record: DealRecord, deal: Deal): number | undefined {
  if (record.status === 'committed') return record.atSec + deal.runTime
  if (record.status === 'submitted') return record.atSec + deal.window
  return undefined
}
