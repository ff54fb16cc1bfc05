/**
 * The ways out: at every deadline anyone may call the next step, so nobody's money waits for a party that is gone. Each
 * function looks at where things stand and calls what is due, or does nothing. Step 7 of a job's life.
 */

import type { Dispute } from '../../protocols/committee/dispute.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { type DealRecord, deadlineSec } from '../../protocols/deal/state.ts'
import { MAX_SEED_TRIES } from '../../protocols/params.ts'
import type { AbortOptions, Chain, ChainCall } from './ports.ts'

/** Blocks that a party waits for the one before it, so that one way out is not paid for three times. */
const STAGGER_BLOCKS = 2

/**
 * Whose turn it is to call what anyone may call. Each later party waits a little longer past the deadline.
 *
 * @param turn 0 for who gains most by it, then 1, 2, ...
 */
export interface Turn {
  readonly turn: number
}

/** Pays or refunds a deal whose deadline is over. Returns whether it called. */
export async function settleWhatIsDue(
  chain: Chain,
  id: DealId,
  deal: Deal,
  record: DealRecord,
  { turn, ...options }: Turn & AbortOptions
): Promise<boolean> {
  const deadline = deadlineSec(record, deal)
  if (deadline === undefined || !isOver(chain, deadline, turn)) return false
  if (record.status === 'committed') return callOpen(chain, { name: 'timeout', deal }, `timeout/${id}`, options)
  return callOpen(chain, { name: 'settle', deal }, `settle/${id}`, options)
}

/** Moves a dispute on where nobody's own action is missing: seed, draw, tally. Returns whether it called. */
export async function keepDispute(
  chain: Chain,
  id: DealId,
  deal: Deal,
  { turn, ...options }: Turn & AbortOptions
): Promise<boolean> {
  const dispute = await chain.dispute(id, options)
  if (dispute.phase === 'seed') return keepSeed(chain, id, deal, dispute, { turn, ...options })
  const hasAll = dispute.phase === 'reveal' && dispute.revealed.every(Boolean) && dispute.isOpened
  const isTallied = dispute.phase === 'tally' || hasAll
  const isRevealOver = dispute.phase === 'reveal' && isOver(chain, dispute.revealEndSec, turn)
  const isAppealOver = dispute.phase === 'appeal' && isOver(chain, dispute.appealEndSec, turn)
  // Of a tally after an appeal phase the Court tells the end of that phase alone.
  const tallyFromSec = Math.max(dispute.revealEndSec, dispute.appealEndSec)
  const isTallyOurs = isTallied && (turn === 0 || isOver(chain, tallyFromSec, turn))
  if (!isTallyOurs && !isRevealOver && !isAppealOver) return false
  return callOpen(chain, { name: 'finalise', deal }, `finalise/${id}/${dispute.round}/${dispute.phase}`, options)
}

/** Of a dispute that waits for its seed. */
type Waiting = Pick<Dispute, 'seedRound' | 'round' | 'tries'>

async function keepSeed(
  chain: Chain,
  id: DealId,
  deal: Deal,
  dispute: Waiting,
  { turn, ...options }: Turn & AbortOptions
): Promise<boolean> {
  const { seedRound, round, tries } = dispute
  if (!(await chain.isBeaconReady(seedRound, options))) {
    const proof = await chain.beaconProof(seedRound, options)
    if (proof === undefined) return giveSeedUp(chain, id, deal, dispute, { turn, ...options })
    if (chain.beaconAgeBlocks(seedRound) < turn * STAGGER_BLOCKS) return false
    const call = { name: 'fulfilBeacon', round: seedRound, proof } as const
    if (!(await callOpen(chain, call, `beacon/${seedRound}`, options))) return false
  }
  return callOpen(chain, { name: 'draw', deal }, `draw/${id}/${round}/${tries}`, options)
}

/** A seed that nobody can prove by its time is asked for again, and after the last time the dispute ends without one. */
async function giveSeedUp(
  chain: Chain,
  id: DealId,
  deal: Deal,
  { seedRound, round, tries }: Waiting,
  { turn, ...options }: Turn & AbortOptions
): Promise<boolean> {
  if (!isOver(chain, await chain.beaconLateAtSec(seedRound, options), turn)) return false
  if (tries < MAX_SEED_TRIES) return callOpen(chain, { name: 'rerequest', id }, `seed/${id}/${round}/${tries}`, options)
  return callOpen(chain, { name: 'finalise', deal }, `finalise/${id}/${round}/seed`, options)
}

/** Calls what anyone may call. A refusal means that somebody else was first, which is as good; the next look will tell. */
export async function callOpen(chain: Chain, call: ChainCall, key: string, options: AbortOptions): Promise<boolean> {
  try {
    await chain.send(call, { key, ...options })
    return true
  } catch (error) {
    if (isLilyError(error, 'CHAIN_REVERTED')) return false
    throw error
  }
}

/** Whether a deadline is over for the party whose turn is `turn`, by the time of the chain. */
export function isOver(chain: Chain, deadline: number, turn: number): boolean {
  return chain.head().timestampSec > deadline + turn * STAGGER_BLOCKS * 2
}
