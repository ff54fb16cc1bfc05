/**
 * A set of offers as it is at one moment, sorted, with sums of its ids: the fingerprint of any range costs one hash. The
 * salt of a session enters each fingerprint and short id, so that nobody can prepare offers that hide one another.
 */
import { type Bytes32, concat, fromHex, uintBytes } from '../core/bytes.ts'
import { sha256 } from '../core/hash.ts'
import { type Bound, boundBetween, compareBounds, type Item, type Range } from './range.ts'

/** Bytes of a fingerprint and of a short id. */
export const PRINT_BYTES = 8

const MODULUS = 1n << 256n

/** @see the head of this file */
export class Snapshot<T extends Item = Item> {
  readonly items: readonly T[]
  /** `#sums[i]` is the sum of the ids of the first i items. */
  readonly #sums: readonly bigint[]

  /** @param before one whose sums hold as far as its items are the same; without one all are made */
  constructor(items: Iterable<T>, before?: Snapshot<T>) {
    // What is sorted but for its end, as that of a book that has grown, is so again in hardly more than one look.
    this.items = [...items].sort(compareBounds)
    let same = 0
    while (same < this.items.length && this.items[same] === before?.items[same]) same += 1
    const sums = before === undefined ? [0n] : before.#sums.slice(0, same + 1)
    for (let i = same; i < this.items.length; i++) sums.push((sums[i] ?? 0n) + BigInt(this.items[i]?.id ?? 0))
    this.#sums = sums
  }

  /** Indices of a range: the first item in it, and the first beyond it. */
  span({ from, to }: Range): readonly [number, number] {
    const first = this.#indexOf(from)
    return [first, Math.max(first, this.#indexOf(to))]
  }

  /** The items of a range. */
  slice(range: Range): readonly T[] {
    return this.items.slice(...this.span(range))
  }

  /** The range's fingerprint: of the sum of its ids and how many there are. */
  print(range: Range, salt: Uint8Array): Uint8Array {
    const [from, to] = this.span(range)
    const sum = ((this.#sums[to] ?? 0n) - (this.#sums[from] ?? 0n)) % MODULUS
    const count = uintBytes(BigInt(to - from), 4)
    return sha256(concat(salt, uintBytes(sum, 32), count)).subarray(0, PRINT_BYTES)
  }

  /** Cuts a range into at most `parts` with the same number of items; of none, or of one item, into itself. */
  split(range: Range, parts: number): readonly Range[] {
    const [from, to] = this.span(range)
    const bounds: Bound[] = [range.from]
    for (let part = 1; part < parts; part++) {
      const at = from + Math.round(((to - from) * part) / parts)
      const [before, next] = [this.items[at - 1], this.items[at]]
      if (at <= from || at >= to || before === undefined || next === undefined) continue
      const bound = boundBetween(before, next)
      if (compareBounds(bounds.at(-1) ?? range.from, bound) < 0) bounds.push(bound)
    }
    return bounds.map((bound, i) => ({ from: bound, to: bounds[i + 1] ?? range.to }))
  }

  #indexOf(bound: Bound): number {
    let [low, high] = [0, this.items.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const item = this.items[middle]
      if (item !== undefined && compareBounds(item, bound) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** An id as a session's messages name it. */
export function shortId(id: Bytes32, salt: Uint8Array): Uint8Array {
  return sha256(concat(salt, fromHex(id))).subarray(0, PRINT_BYTES)
}
