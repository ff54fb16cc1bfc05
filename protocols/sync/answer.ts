/** The answering side of reconciliation: it keeps nothing between two requests. */
import { concat, type Hex, toHex } from '../core/bytes.ts'
import { MAX_HAVE, MAX_OFFERS, MAX_PARTS, type OffersRequest, type SyncAnswer, type SyncRequest } from './message.ts'
import { type Bound, decodeBound, encodeBound, type Item, type Range } from './range.ts'
import { PRINT_BYTES, type Snapshot, shortId } from './snapshot.ts'

/** Items of a part that is fetched rather than cut again. */
export const LEAF_ITEMS = 8

/** What is added to the number of a range's parts where they are leaves. */
export const LEAF_FLAG = 0x80

/** Items of a range up to which they are told apart by short ids; it costs a hash each. */
const MAX_TOLD_APART = 4 * MAX_HAVE

/** Answers a request for fingerprints. */
export function answerSync(snapshot: Snapshot, { salt, base, print, bounds }: SyncRequest): SyncAnswer {
  const ranges = rangesOf(bounds, base)
  const [only] = ranges
  const isEqual = only !== undefined && print !== null && toHex(print) === toHex(snapshot.print(only, salt))
  const cuts = isEqual ? [] : ranges.map(range => cut(snapshot, range))
  const parts = cuts.flatMap(({ ranges: pieces }) => pieces)
  return {
    parts: Uint8Array.from(cuts, ({ ranges: pieces, isLeaf }) => pieces.length + (isLeaf ? LEAF_FLAG : 0)),
    bounds: cuts.flatMap(({ ranges: pieces }) => pieces.slice(1).map(({ from }) => encodeBound(from, base))),
    prints: concat(...parts.map(part => snapshot.print(part, salt)))
  }
}

/** What the asker lacks, and what it has that is lacking here. */
export interface Difference<T extends Item> {
  readonly missing: readonly T[]
  /** @see OFFERS_ENTRY */
  readonly wanted: Uint8Array
  /** Whether more is missing than one answer holds. */
  readonly isCut: boolean
}

/** Answers a request for offers. */
export function differenceOf<T extends Item>(snapshot: Snapshot<T>, request: OffersRequest): Difference<T> {
  const missing: T[] = []
  const bits: boolean[] = []
  rangesOf(request.bounds, request.base).forEach((range, i) => {
    const items = snapshot.slice(range)
    const have = shortIdsIn(request.have[i])
    const isTold = have.length > 0 && items.length <= MAX_TOLD_APART
    const names = new Map(isTold ? items.map(item => [toHex(shortId(item.id, request.salt)), item]) : [])
    bits.push(...have.map(name => isTold && !names.has(name)))
    const known = new Set(have)
    missing.push(...(isTold ? [...names].flatMap(([name, item]) => (known.has(name) ? [] : [item])) : items))
  })
  return { missing: missing.slice(0, MAX_OFFERS), wanted: packed(bits), isCut: missing.length > MAX_OFFERS }
}

/** Ranges from their bounds; one without an end is left out. */
export function rangesOf(bounds: readonly Uint8Array[], base: number): readonly Range[] {
  const decoded = bounds.map((bound): Bound => decodeBound(bound, base))
  const pairs = Array.from({ length: Math.floor(decoded.length / 2) }, (_, i) => [decoded[2 * i], decoded[2 * i + 1]])
  return pairs.flatMap(([from, to]) => (from === undefined || to === undefined ? [] : [{ from, to }]))
}

/** Short ids that lie end to end, as hex. */
function shortIdsIn(joined: Uint8Array = new Uint8Array()): readonly Hex[] {
  const count = Math.floor(joined.length / PRINT_BYTES)
  return Array.from({ length: count }, (_, i) => toHex(joined.subarray(PRINT_BYTES * i, PRINT_BYTES * (i + 1))))
}

function cut(snapshot: Snapshot, range: Range): { readonly ranges: readonly Range[]; readonly isLeaf: boolean } {
  const [from, to] = snapshot.span(range)
  const parts = Math.max(1, Math.min(MAX_PARTS, Math.ceil((to - from) / LEAF_ITEMS)))
  return { ranges: snapshot.split(range, parts), isLeaf: to - from <= LEAF_ITEMS * MAX_PARTS }
}

function packed(bits: readonly boolean[]): Uint8Array {
  const out = new Uint8Array(Math.ceil(bits.length / 8))
  bits.forEach((bit, i) => {
    if (bit) out[i >> 3] = (out[i >> 3] ?? 0) | (1 << (i & 7))
  })
  return out
}
