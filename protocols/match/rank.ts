/**
 * The tie-break of the rule: a hash over identities and slots, never over offer bodies, so that an account has exactly its
 * slots as lottery tickets per block, whatever it writes into an offer (matching.md 2.3).
 */
import type { Address } from '../core/account.ts'
import { type Bytes32, concat, fromHex, uintBytes } from '../core/bytes.ts'
import { sha256 } from '../core/hash.ts'

/** 64 bits of hash, as two halves: JavaScript multiplies 32 bits exactly. */
export interface SlotHash {
  readonly high: number
  readonly low: number
}

/** The hash of an account's slot under a block's seed. */
export function slotHash(seed: Bytes32, account: Address, slot: number): SlotHash {
  const digest = sha256(concat(fromHex(seed), fromHex(account), uintBytes(BigInt(slot), 2)))
  const view = new DataView(digest.buffer, digest.byteOffset, 8)
  return { high: view.getUint32(0), low: view.getUint32(4) }
}

/** The hash of a pair: 53 bits, uniform, and not symmetric in the two sides. */
export function pairHash(job: SlotHash, resource: SlotHash): number {
  const low = mix32(job.low ^ Math.imul(resource.high, 0x9e3779b1))
  const high = mix32(job.high ^ Math.imul(resource.low, 0x85ebca77) ^ low)
  return (high >>> 0) * 2 ** 21 + (mix32(low ^ high) >>> 11)
}

/** The finaliser of MurmurHash3: every input bit changes about half of the output's. */
function mix32(value: number): number {
  let x = value
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}
