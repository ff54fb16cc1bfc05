/**
 * Ranges of a set of offers that is sorted by (reference block, id). A bound is the block and as many digits of an id as
 * tell two neighbours apart; on the wire it is the block's distance from the first one (2 bytes) and those digits.
 */
import { type Bytes32, toHex } from '../core/bytes.ts'

/** One element of the set. */
export interface Item {
  readonly block: number
  readonly id: Bytes32
}

/** Where a range begins or ends: before the first item that is not below it. */
export interface Bound {
  readonly block: number
  /** The beginning of an id, lower-case hex with 0x and an even number of digits. */
  readonly id: string
}

/** The items from one bound up to another, that one excluded. */
export interface Range {
  readonly from: Bound
  readonly to: Bound
}

/** Blocks that one session can span. */
export const MAX_SPAN_BLOCKS = 0xffff

/** Longest bound on the wire, in bytes. */
export const MAX_BOUND_BYTES = 34

/** Order of items and bounds: an id that goes on is above its beginning. */
export function compareBounds(a: Bound, b: Bound): number {
  return a.block - b.block || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** Everything from block `base` on. */
export function wholeFrom(base: number): Range {
  return { from: { block: base, id: '0x' }, to: { block: base + MAX_SPAN_BLOCKS, id: '0x' } }
}

/** The shortest bound between two neighbours: not above the second, above the first. */
export function boundBetween(before: Item, next: Item): Bound {
  if (before.block !== next.block) return { block: next.block, id: '0x' }
  let digits = 2
  while (digits < next.id.length && before.id.startsWith(next.id.slice(0, digits))) digits += 2
  return { block: next.block, id: next.id.slice(0, digits) }
}

/** A bound as bytes. */
export function encodeBound({ block, id }: Bound, base: number): Uint8Array {
  const digits = (id.length - 2) / 2
  const out = new Uint8Array(2 + digits)
  out[0] = (block - base) >> 8
  out[1] = block - base
  for (let i = 0; i < digits; i++) out[2 + i] = Number.parseInt(id.slice(2 + 2 * i, 4 + 2 * i), 16)
  return out
}

/** A bound from bytes, of which there are at least two. */
export function decodeBound(bytes: Uint8Array, base: number): Bound {
  return { block: base + (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)), id: toHex(bytes.subarray(2)) }
}
