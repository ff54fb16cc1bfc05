/** A dispute as the Court keeps it. The numbers are the Court's `Phase` and `Verdict`; a test holds them equal. */
import type { Address } from '../core/account.ts'
import type { Bytes32 } from '../core/bytes.ts'

/** Phases in the order of their numbers on chain. */
export const PHASES = ['none', 'seed', 'commit', 'reveal', 'tally', 'appeal', 'closed'] as const

/** Where a dispute stands. */
export type Phase = (typeof PHASES)[number]

/** Verdicts in the order of their numbers on chain. */
export const VERDICTS = ['none', 'correct', 'wrong', 'unverifiable', 'no-verdict'] as const

/** What a dispute found. */
export type Verdict = (typeof VERDICTS)[number]

/** A dispute now. Times are chain seconds; an end is the last second of its phase. */
export interface Dispute {
  readonly phase: Phase
  readonly verdict: Verdict
  /** The verdict that stands unless it is appealed; none outside the appeal phase. */
  readonly pending: Verdict
  readonly round: number
  /** Members of this round's committee by seat; empty before the draw. */
  readonly members: readonly Address[]
  /** Seats that have committed, and those that have revealed. */
  readonly committed: readonly boolean[]
  readonly revealed: readonly boolean[]
  /** Whether the provider has opened its result. */
  readonly isOpened: boolean
  readonly seedRound: bigint
  /** Times that the seed was asked for again in this round. */
  readonly tries: number
  readonly commitEndSec: number
  readonly revealEndSec: number
  readonly appealEndSec: number
  /** Digest of the opened result. */
  readonly digest: Bytes32
}
