// What a deployment fixes for ever, with defaults for a public chain; a local network takes shorter times.
import { LilyError } from '../protocols/core/errors.ts'

/** Why a deployment failed. */
export type DeployErrorCode = 'DEPLOY_BAD_PARAMS' | 'DEPLOY_FAILED'

/** A deployment that cannot be made, or was not. */
export class DeployError extends LilyError<DeployErrorCode> {
  override readonly name = 'DeployError'
}

/** Everything that the constructors take. */
export interface DeployParams {
  /** Stake of one mediator slot; divisible by 4, since a strike takes a quarter. */
  readonly unitWei: bigint
  /** From leaving a slot to claiming its stake; longer than any dispute: see {@link longestDisputeSec}. */
  readonly cooldownSec: number
  /** Commit phase = voteBaseSec + voteFactor * run time of the deal. */
  readonly voteBaseSec: number
  readonly voteFactor: number
  /** Length of the reveal phase. */
  readonly revealTimeSec: number
  /** How long a unanimous verdict below the last round may be appealed; 0 = not at all. */
  readonly appealTimeSec: number
  /** Protocol fee on what a provider earns; 0..1000. */
  readonly feeBps: number
  /** Longest promise of work that a deal may carry. */
  readonly maxRunTimeSec: number
  /** Longest window for a challenge that a deal may carry. */
  readonly maxWindowSec: number
  /** Least fee of a mediator's seat: who is drawn may not refuse. What is fair depends on the worth of the chain's coin. */
  readonly minSeatFeeWei: bigint
  /** The one ERC-20 that deals may be in beside the native coin. @default none */
  readonly token?: string
  /** Least fee of a seat in that token, in its smallest unit. */
  readonly minTokenSeatFee: bigint
  /** How far ahead of the request the block of a {@link drand}-less beacon is. */
  readonly lookaheadBlocks: number
  /** For how many blocks a block can be proved to the beacon; 1..8191. */
  readonly proofWindowBlocks: number
  /** Takes the randomness of a drand network in place of future blocks: for chains whose blocks have none. */
  readonly drand?: DrandParams
  /** Receives fees, penalties and slashed money. @default a VerificationPool of the deployment */
  readonly pool?: string
  /** Curator whose list waives the protocol fee. @default the deployer */
  readonly steward?: string
}

/** A drand network of scheme bls-unchained-g1-rfc9380. */
export interface DrandParams {
  /** Public key, a point of G2 uncompressed: 0x and 512 hex digits (x.c0, x.c1, y.c0, y.c1, 64 bytes each). */
  readonly key: string
  /** Time of round 1. */
  readonly genesisSec: number
  readonly periodSec: number
  /** How far a block's time may be behind the world's: 12 on L1, 60 on L2. */
  readonly marginSec: number
  /** From a round's time until a dispute may give it up. */
  readonly lateAfterSec: number
}

const MINUTE = 60
const DAY = 24 * 60 * MINUTE

/** For a public chain: a week's jobs, committees with time to fetch and run them. */
export const DEFAULT_PARAMS: DeployParams = {
  unitWei: 10n ** 18n,
  cooldownSec: 60 * DAY,
  voteBaseSec: 10 * MINUTE,
  voteFactor: 2,
  revealTimeSec: 10 * MINUTE,
  appealTimeSec: 10 * MINUTE,
  feeBps: 100,
  maxRunTimeSec: 7 * DAY,
  maxWindowSec: 30 * DAY,
  minSeatFeeWei: 0n,
  minTokenSeatFee: 0n,
  lookaheadBlocks: 2,
  proofWindowBlocks: 8_191
}

/** Rounds of a dispute at most, as in DealLib.sol. */
const MAX_ROUNDS = 3
const STRIKES_PER_UNIT = 4n
const MAX_FEE_BPS = 1_000
const MAX_PROOF_WINDOW_BLOCKS = 8_191

/** The longest dispute over a deal of the longest run time, once its seeds are known; what the Market compares. */
export function longestDisputeSec(params: DeployParams): number {
  const voteSec = params.voteBaseSec + params.voteFactor * params.maxRunTimeSec
  return MAX_ROUNDS * (voteSec + params.revealTimeSec + params.appealTimeSec)
}

/**
 * Refuses what the constructors would refuse, with the reason that a revert does not give.
 * @throws DEPLOY_BAD_PARAMS
 */
export function checkParams(params: DeployParams): void {
  const need = (condition: boolean, what: string): void => {
    if (!condition) throw new DeployError('DEPLOY_BAD_PARAMS', what, { details: { ...params } })
  }
  need(params.unitWei > 0n && params.unitWei % STRIKES_PER_UNIT === 0n, 'unitWei must be positive and divisible by 4')
  need(params.feeBps >= 0 && params.feeBps <= MAX_FEE_BPS, `feeBps must be within 0..${MAX_FEE_BPS}`)
  need(params.revealTimeSec > 0, 'revealTimeSec must be positive')
  need(params.lookaheadBlocks > 0, 'lookaheadBlocks must be positive')
  const { proofWindowBlocks } = params
  need(
    proofWindowBlocks > 0 && proofWindowBlocks <= MAX_PROOF_WINDOW_BLOCKS,
    'proofWindowBlocks must be within 1..8191'
  )
  const longestSec = longestDisputeSec(params)
  need(params.cooldownSec > longestSec, `cooldownSec must exceed the longest dispute, ${longestSec} s`)
}
