/**
 * How a deal moves: the Market's events folded into a {@link DealRecord}. Pure; the chain decides whether a move happens,
 * this says whether it may, and what is known after it.
 *
 *   none -> committed -> submitted -> settled
 *   committed -> settled | refunded | cancelled;  submitted -> disputed -> settled | slashed | void
 */
import type { Hex } from '../core/bytes.ts'
import { LilyError } from '../core/errors.ts'
import type { DealRecord, DealStatus } from './state.ts'

/** What the Market said of a deal. `atSec` is the time of the block, in chain seconds. */
export type DealEvent =
  | { readonly type: 'committed'; readonly atSec: number }
  /** `commitment`: the first 26 bytes of the blinded result. */
  | { readonly type: 'submitted'; readonly atSec: number; readonly commitment: Hex }
  | { readonly type: 'challenged'; readonly atSec: number }
  | { readonly type: 'settled'; readonly atSec: number }
  | { readonly type: 'slashed'; readonly atSec: number }
  | { readonly type: 'refunded'; readonly atSec: number }
  | { readonly type: 'cancelled'; readonly atSec: number }
  | { readonly type: 'voided'; readonly atSec: number }

/** The legal moves: event to the statuses in which it may happen. Everything else is refused. */
export const DEAL_MOVES = {
  committed: ['none'],
  submitted: ['committed'],
  challenged: ['submitted'],
  settled: ['committed', 'submitted', 'disputed'],
  slashed: ['disputed'],
  refunded: ['committed'],
  cancelled: ['committed'],
  voided: ['disputed']
} as const satisfies Readonly<Record<DealEvent['type'], readonly DealStatus[]>>

/** Why a move was refused. */
export type DealErrorCode = 'DEAL_UNEXPECTED_STATUS'

/** A move that no chain of this market makes: events out of order, or of another deal. */
export class DealError extends LilyError<DealErrorCode> {
  override readonly name = 'DealError'
}

/**
 * The record after an event.
 *
 * @throws DEAL_UNEXPECTED_STATUS when {@link DEAL_MOVES} does not allow the event in the record's status
 */
export function transition(record: DealRecord, event: DealEvent): DealRecord {
  switch (event.type) {
    /** none -> committed: both sides' money is locked. */
    case 'committed':
      expectStatus(record, event.type, DEAL_MOVES.committed)
      return { status: 'committed', atSec: event.atSec }
    /** committed -> submitted: the provider handed in its blinded result. */
    case 'submitted':
      expectStatus(record, event.type, DEAL_MOVES.submitted)
      return { status: 'submitted', atSec: event.atSec, commitment: event.commitment }
    /** submitted -> disputed: somebody paid for a committee; the Court's deadlines count from here. */
    case 'challenged':
      return { ...expectStatus(record, event.type, DEAL_MOVES.challenged), status: 'disputed', atSec: event.atSec }
    /** committed | submitted | disputed -> settled: accepted, unchallenged, or upheld. */
    case 'settled':
      expectStatus(record, event.type, DEAL_MOVES.settled)
      return { status: 'settled', atSec: event.atSec }
    /** disputed -> slashed: the committee found another result. */
    case 'slashed':
      expectStatus(record, event.type, DEAL_MOVES.slashed)
      return { status: 'slashed', atSec: event.atSec }
    /** committed -> refunded: no result in time. */
    case 'refunded':
      expectStatus(record, event.type, DEAL_MOVES.refunded)
      return { status: 'refunded', atSec: event.atSec }
    /** committed -> cancelled: both parties called it off. */
    case 'cancelled':
      expectStatus(record, event.type, DEAL_MOVES.cancelled)
      return { status: 'cancelled', atSec: event.atSec }
    /** disputed -> void: no verdict; both parties got their own back. */
    case 'voided':
      expectStatus(record, event.type, DEAL_MOVES.voided)
      return { status: 'void', atSec: event.atSec }
    default:
      return event satisfies never
  }
}

/** One guard for all moves: gives the record, narrowed, or says what was found and what was expected. */
function expectStatus<S extends DealStatus>(
  record: DealRecord,
  event: DealEvent['type'],
  expected: readonly S[]
): Extract<DealRecord, { readonly status: S }> {
  if (isIn(record, expected)) return record
  throw new DealError(
    'DEAL_UNEXPECTED_STATUS',
    `a deal that is ${record.status} cannot become ${event}; expected ${expected.join(' or ')}`,
    { details: { event, current: record.status, expected } }
  )
}

function isIn<S extends DealStatus>(
  record: DealRecord,
  statuses: readonly S[]
): record is Extract<DealRecord, { readonly status: S }> {
  return statuses.some(status => status === record.status)
}
