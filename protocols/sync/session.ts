/**
 * The asking side of reconciliation: a state machine without IO. `ask` for fingerprints until nothing is open, then `fetch`
 * the ranges that differ. The neighbour is believed in nothing but where to look: an offer authenticates itself.
 */
import { concat, equalBytes, toHex, uintBytes } from '../core/bytes.ts'
import { LilyError } from '../core/errors.ts'
import type { OfferKind } from '../offer/offer.ts'
import { LEAF_FLAG } from './answer.ts'
import {
  MAX_ASKED,
  MAX_FETCHED,
  MAX_HAVE,
  MAX_PARTS,
  type OffersRequest,
  type SyncAnswer,
  type SyncRequest
} from './message.ts'
import { type Bound, compareBounds, decodeBound, encodeBound, type Item, type Range, wholeFrom } from './range.ts'
import { PRINT_BYTES, type Snapshot, shortId } from './snapshot.ts'

/** Requests for fingerprints of one session: 16^6 parts are more than any book has, and a liar cannot keep us asking. */
const MAX_REQUESTS = 64

/** A session's requests for offers, with the items that the answer's `wanted` speaks of. */
export interface Fetch<T extends Item> {
  readonly request: OffersRequest
  readonly ranges: readonly Range[]
  readonly named: readonly T[]
}

/** One reconciliation with one neighbour. */
export class SyncSession<T extends Item = Item> {
  readonly #snapshot: Snapshot<T>
  readonly #kind: OfferKind
  readonly #salt: Uint8Array
  readonly #base: number
  readonly #differing: Range[] = []
  #open: readonly Range[]
  #asked: readonly Range[] = []
  #requests = 0

  /**
   * @param salt 8 random bytes
   * @param base the first block that is compared
   */
  constructor(snapshot: Snapshot<T>, kind: OfferKind, salt: Uint8Array, base: number) {
    this.#snapshot = snapshot
    this.#kind = kind
    this.#salt = salt
    this.#base = Math.max(0, base)
    this.#open = [wholeFrom(this.#base)]
  }

  /** The next request for fingerprints; undefined when all that differs is known. */
  ask(): SyncRequest | undefined {
    if (this.#open.length === 0) return undefined
    this.#asked = this.#open.slice(0, MAX_ASKED)
    this.#open = this.#open.slice(MAX_ASKED)
    const [whole] = this.#asked
    const print = this.#requests++ === 0 && whole !== undefined ? this.#snapshot.print(whole, this.#salt) : null
    return { ...this.#head(), print, bounds: boundsOf(this.#asked, this.#base) }
  }

  /** Takes the answer to the last request. @throws OFFER_BAD_SYNC when it does not fit the request */
  take(answer: SyncAnswer): void {
    const isEqual = this.#requests === 1 && answer.parts.length === 0
    if (isEqual) return
    if (answer.parts.length !== this.#asked.length) throw bad('as many ranges are answered as were asked for')
    if (this.#requests > MAX_REQUESTS) throw bad('the ranges come to an end')
    let [part, bound] = [0, 0]
    const open: Range[] = []
    this.#asked.forEach((range, i) => {
      const count = (answer.parts[i] ?? 0) & ~LEAF_FLAG
      const isLeaf = ((answer.parts[i] ?? 0) & LEAF_FLAG) !== 0
      if (count < 1 || count > MAX_PARTS) throw bad('a range has 1..16 parts')
      const inner = answer.bounds.slice(bound, bound + count - 1).map(bytes => decodeBound(bytes, this.#base))
      for (const piece of pieces(range, inner, count)) {
        const print = answer.prints.subarray(PRINT_BYTES * part, PRINT_BYTES * (part + 1))
        if (print.length < PRINT_BYTES) throw bad('each part has a fingerprint')
        part += 1
        if (equalBytes(print, this.#snapshot.print(piece, this.#salt))) continue
        if (isLeaf || this.#countIn(piece) === 0) this.#differing.push(piece)
        else open.push(piece)
      }
      bound += count - 1
    })
    this.#open = [...this.#open, ...open]
  }

  /** The requests for what differs, once {@link ask} has no more. */
  fetches(): readonly Fetch<T>[] {
    const fetches: Fetch<T>[] = []
    for (let at = 0; at < this.#differing.length; at += MAX_FETCHED) {
      const ranges = this.#differing.slice(at, at + MAX_FETCHED)
      const named = ranges.map(range => (this.#countIn(range) > MAX_HAVE ? [] : this.#snapshot.slice(range)))
      const have = named.map(items => concat(...items.map(({ id }) => shortId(id, this.#salt))))
      fetches.push({
        request: { ...this.#head(), bounds: boundsOf(ranges, this.#base), have },
        ranges,
        named: named.flat()
      })
    }
    return fetches
  }

  #head() {
    return { kind: this.#kind, salt: this.#salt, base: this.#base }
  }

  #countIn(range: Range): number {
    const [from, to] = this.#snapshot.span(range)
    return to - from
  }
}

/** The items of a fetch that the answer's bits ask for. */
export function wantedOf<T extends Item>({ named }: Fetch<T>, wanted: Uint8Array): readonly T[] {
  return named.filter((_, i) => ((wanted[i >> 3] ?? 0) & (1 << (i & 7))) !== 0)
}

/** What comes after an item of a fetch that named nothing: answers are in order. Undefined when that is nothing. */
export function restOf<T extends Item>({ request, ranges, named }: Fetch<T>, last: Item): Fetch<T> | undefined {
  const from = after(last)
  const left = ranges.filter(({ to }) => compareBounds(from, to) < 0)
  if (named.length > 0 || left.length === 0) return undefined
  const rest = left.map(range => (compareBounds(range.from, from) < 0 ? { from, to: range.to } : range))
  return {
    request: { ...request, bounds: boundsOf(rest, request.base), have: rest.map(() => new Uint8Array()) },
    ranges: rest,
    named
  }
}

/** The bound that only an item itself lies below. */
export function after({ block, id }: Item): Bound {
  return { block, id: toHex(uintBytes(BigInt(id) + 1n, 32)) }
}

function boundsOf(ranges: readonly Range[], base: number): readonly Uint8Array[] {
  return ranges.flatMap(({ from, to }) => [encodeBound(from, base), encodeBound(to, base)])
}

function pieces(range: Range, inner: readonly Bound[], count: number): readonly Range[] {
  const bounds = [range.from, ...inner, range.to]
  const ascends = bounds.every((bound, i) => i === 0 || compareBounds(bounds[i - 1] ?? bound, bound) < 0)
  if (bounds.length !== count + 1 || !ascends) throw bad('parts ascend within their range')
  return bounds.slice(1).map((to, i) => ({ from: bounds[i] ?? to, to }))
}

function bad(rule: string): LilyError {
  return new LilyError('OFFER_BAD_SYNC', `a neighbour's answer to sync breaks the rule that ${rule}`)
}
