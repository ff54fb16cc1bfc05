/**
 * The result of a run as the chain and the committee compare it: the root of the result directory, how the run ended and
 * the gas it used. Blinded until somebody asks, so that a lazy mediator has nothing to copy (contracts.md D).
 */
import type { Address } from '../core/account.ts'
import { type Bytes32, concat, fromHex, toHex, uintBytes } from '../core/bytes.ts'
import { hex, integer, nullable, struct, uint } from '../core/codec.ts'
import { keccak256 } from '../core/hash.ts'
import { utf8 } from '../core/utf8.ts'

/** The endings of a run that every honest machine reaches alike, in the order of their numbers on chain. */
export const COMPARABLE_STATUSES = ['exited', 'out-of-gas', 'stack-overflow', 'trap', 'output-limit'] as const

/** How a run ended, where that can be compared. */
export type ComparableStatus = (typeof COMPARABLE_STATUSES)[number]

/** Fields of a result; `root` is the SHA-256 digest of the directory's dag-pb CID, `used` counts gas units. */
export const RESULT = struct({ root: hex(32), status: integer(0, COMPARABLE_STATUSES.length - 1), used: uint(64) })

/** @see RESULT */
export type Result = ReturnType<(typeof RESULT)['fromCbor']>

/** A result and the salt that opens its commitment. */
export const OPENED = struct({ result: RESULT, salt: hex(32) })

/** @see OPENED */
export type OpenedResult = ReturnType<(typeof OPENED)['fromCbor']>

/** A result as its creator knows it: without a salt where a dispute has opened it, and not the provider. */
export const KNOWN_RESULT = struct({ result: RESULT, salt: nullable(hex(32)) })

/** @see KNOWN_RESULT */
export type KnownResult = ReturnType<(typeof KNOWN_RESULT)['fromCbor']>

/** The vote that a module cannot be judged: not deterministic, or its inputs cannot be had. */
export const UNVERIFIABLE: Bytes32 = toHex(keccak256(utf8('lilynode.unverifiable')))

/** keccak256(abi.encode(root, status, used)). */
export function resultDigest(result: Result): Bytes32 {
  return toHex(
    keccak256(concat(fromHex(result.root), uintBytes(BigInt(result.status), 32), uintBytes(result.used, 32)))
  )
}

/** keccak256(abi.encode(resultDigest, salt, provider)): what the provider puts on chain. */
export function resultCommitment(result: Result, salt: Bytes32, provider: Address): Bytes32 {
  return toHex(keccak256(concat(fromHex(resultDigest(result)), fromHex(salt), uintBytes(BigInt(provider), 32))))
}
