/**
 * Ranks of pairs. The tie-break is a hash over identities and slots, never over offer bodies, so that an account has exactly
 * its slots as lottery tickets per block, whatever it writes into an offer (matching.md 2.3).
 */
import type { Address } from '../core/account.ts'
import { type Bytes32, fromHex } from '../core/bytes.ts'
import { sha256After } from '../core/hash.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { askTickFor } from './compatible.ts'
import { type Pair, priorityOf } from './view.ts'

/** A pair's rank: lower is matched first. */
export interface Rank {
  readonly priority: number
  readonly askTick: number
  readonly hash: number
}

/** A pair with its rank. */
export interface RankedPair extends Rank {
  readonly job: Offer<JobOffer>
  readonly resource: Offer<ResourceOffer>
}

/** Order of ranks: high priority, then low ask, then low hash. */
export function compareRanks(a: Rank, b: Rank): number {
  return b.priority - a.priority || a.askTick - b.askTick || a.hash - b.hash
}

/** Order of pairs; hashes of 53 bits may collide, ids do not. */
export function comparePairs(a: RankedPair, b: RankedPair): number {
  return compareRanks(a, b) || compareText(a.job.id, b.job.id) || compareText(a.resource.id, b.resource.id)
}

/** A pair with its rank at `block`; `hashOf` is that of the block's {@link slotHasher}. */
export function rankedPair(
  job: Offer<JobOffer>,
  resource: Offer<ResourceOffer>,
  block: number,
  hashOf: SlotHasher
): RankedPair {
  const askTick = askTickFor(resource.body, job.body.module)
  const hash = pairHash(hashOf(job.account, job.body.slot), hashOf(resource.account, resource.body.slot))
  return { job, resource, priority: priorityOf(job, block), askTick, hash }
}

/** The pair without its rank: what the rule gives. */
export function pairOf({ job, resource, askTick }: RankedPair): Pair {
  return { job, resource, priceTick: askTick + job.body.tipTick }
}

/** 64 bits of hash, as two halves: JavaScript multiplies 32 bits exactly. */
export interface SlotHash {
  readonly high: number
  readonly low: number
}

/** Hashes accounts' slots under one block's seed. */
export type SlotHasher = (account: Address, slot: number) => SlotHash

/** The hashes of one block: SHA-256 of seed, account and slot (2 bytes, big-endian), its first 64 bits. */
export function slotHasher(seed: Bytes32): SlotHasher {
  const hash = sha256After(fromHex(seed))
  const end = new Uint8Array(22)
  return (account, slot) => {
    for (let i = 0; i < 20; i++)
      end[i] = (nibble(account.charCodeAt(2 + 2 * i)) << 4) | nibble(account.charCodeAt(3 + 2 * i))
    end[20] = slot >> 8
    end[21] = slot
    const digest = hash(end)
    return { high: uint32(digest, 0), low: uint32(digest, 4) }
  }
}

/** The hash of one account's slot. */
export function slotHash(seed: Bytes32, account: Address, slot: number): SlotHash {
  return slotHasher(seed)(account, slot)
}

/** The hash of a pair: 53 bits, uniform, and not symmetric in the two sides. */
export function pairHash(job: SlotHash, resource: SlotHash): number {
  const low = mix32(job.low ^ spreadHigh(resource))
  const high = mix32(job.high ^ spreadLow(resource) ^ low)
  return joinHash(high, low)
}

/** The resource's part of a pair's hash, once for all jobs: spread before it meets the job's, so that sides differ. */
export function spreadHigh({ high }: SlotHash): number {
  return Math.imul(high, 0x9e3779b1)
}

/** @see spreadHigh */
export function spreadLow({ low }: SlotHash): number {
  return Math.imul(low, 0x85ebca77)
}

/** The two mixed halves as one number of 53 bits, of which `high` makes the upper 32. */
export function joinHash(high: number, low: number): number {
  return (high >>> 0) * 2 ** 21 + (mix32(low ^ high) >>> 11)
}

/** The finaliser of MurmurHash3: every input bit changes about half of the output's. */
export function mix32(value: number): number {
  let x = value
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}

/** Order of ids. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The value of a lower-case hex digit's code. */
function nibble(code: number): number {
  return code < 58 ? code - 48 : code - 87
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  )
}
