/**
 * What a shelf holds, as reconciliation wants it: in order, and made anew only where it has changed. A book of thousands is
 * asked for after each offer that came.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { BookKeeper } from '../../protocols/offer/book.ts'
import type { Offer, OfferBody } from '../../protocols/offer/offer.ts'
import type { Item } from '../../protocols/sync/range.ts'
import { Snapshot } from '../../protocols/sync/snapshot.ts'

/** An offer as an element of the set that is reconciled. */
export interface Held extends Item {
  readonly expiry: number
  /** The wire's bytes. */
  encode(): Uint8Array
}

/** @see the head of this file */
export class Shelved<Body extends OfferBody> implements BookKeeper<Body> {
  readonly #encode: (offer: Offer<Body>) => Uint8Array
  #all = new Snapshot<Held>([])
  /** What the snapshot of all lacks, and what it still has: of an id that is in both, the one that came stands. */
  readonly #come = new Map<Bytes32, Held>()
  readonly #gone = new Set<Bytes32>()
  /** What is not expired at a block. */
  #live: { readonly block: number; readonly set: Snapshot<Held> } | undefined

  constructor(encode: (offer: Offer<Body>) => Uint8Array) {
    this.#encode = encode
  }

  came(offer: Offer<Body>): void {
    const { refBlock: block, expiry } = offer.body
    this.#come.set(offer.id, { block, id: offer.id, expiry, encode: () => this.#encode(offer) })
    this.#live = undefined
  }

  went({ id }: Offer<Body>): void {
    if (!this.#come.delete(id)) this.#gone.add(id)
    this.#live = undefined
  }

  /** The book's `all(block)`; the same object until something changes. */
  at(block: number): Snapshot<Held> {
    if (this.#live?.block !== block) {
      const all = this.#renewed()
      const live = all.items.filter(({ expiry }) => expiry >= block)
      this.#live = { block, set: live.length === all.items.length ? all : new Snapshot(live, all) }
    }
    return this.#live.set
  }

  #renewed(): Snapshot<Held> {
    if (this.#come.size === 0 && this.#gone.size === 0) return this.#all
    const stayed = this.#gone.size === 0 ? this.#all.items : this.#all.items.filter(({ id }) => !this.#gone.has(id))
    this.#all = new Snapshot([...stayed, ...this.#come.values()], this.#all)
    this.#come.clear()
    this.#gone.clear()
    return this.#all
  }
}
