/**
 * Who sits: the draw of a committee from mediator slots, as the Court makes it (contracts.md C). It sees only facts that
 * were frozen when the seed was asked for, so nothing that anybody does afterwards changes it.
 */
import type { Address } from '../core/account.ts'
import { type Bytes32, bytesUint, concat, fromHex, uintBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/hash.ts'
import type { DealId } from '../deal/deal.ts'

/** Candidates looked at before a draw gives up: a draw of 7 out of 10 slots fails once in 1e11. */
export const MAX_DRAW_ATTEMPTS = 256

/** A mediator's slot: one unit of stake. Times are chain seconds. */
export interface Slot {
  /** The zero account: free. */
  readonly owner: Address
  readonly activeFromSec: number
  /** When it left; 0 while it is active. */
  readonly exitAtSec: number
}

/** What a draw depends on; all of it known or frozen before anybody can know the seed. */
export interface DrawRequest {
  readonly deal: DealId
  readonly seed: Bytes32
  /** Slots count as they were before this second. */
  readonly requestedAtSec: number
  /** Indexes below this one take part. */
  readonly slots: number
  readonly round: number
  readonly seats: number
}

/** A drawn seat; its place in the committee is its number. */
export interface Seat {
  readonly slot: number
  readonly member: Address
}

/** The slot that an attempt looks at: keccak256(abi.encode(seed, deal, round, attempt)) mod slots. */
export function candidate(request: DrawRequest, attempt: number): number {
  const words = concat(
    fromHex(request.seed),
    fromHex(request.deal),
    uintBytes(BigInt(request.round), 32),
    uintBytes(BigInt(attempt), 32)
  )
  return Number(bytesUint(keccak256(words)) % BigInt(request.slots))
}

/** Whether a slot counts for a request: active before it, and not gone before it. */
export function isEligible(slot: Slot, requestedAtSec: number): boolean {
  return (
    BigInt(slot.owner) !== 0n &&
    slot.activeFromSec < requestedAtSec &&
    (slot.exitAtSec === 0 || slot.exitAtSec >= requestedAtSec)
  )
}

/**
 * The committee, by seat: distinct owners, drawn by rejection. Fewer than asked for when not enough were found.
 *
 * @param slots every slot by its index, as of now
 * @param excluded owners that may not sit: the deal's parties, and the members of its earlier rounds
 */
export function drawCommittee(
  slots: readonly Slot[],
  request: DrawRequest,
  excluded: Iterable<Address>
): readonly Seat[] {
  const barred = new Set(excluded)
  const seats: Seat[] = []
  if (request.slots === 0) return seats
  for (let attempt = 0; attempt < MAX_DRAW_ATTEMPTS && seats.length < request.seats; attempt++) {
    const index = candidate(request, attempt)
    const slot = slots[index]
    if (slot === undefined || !isEligible(slot, request.requestedAtSec) || barred.has(slot.owner)) continue
    barred.add(slot.owner)
    seats.push({ slot: index, member: slot.owner })
  }
  return seats
}
