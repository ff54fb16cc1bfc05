/**
 * The book: a map of registers (account, slot), the highest seq wins. Merging is commutative and idempotent (a CRDT), so
 * two nodes that have heard the same offers in any order hold the same book.
 */
import type { Address } from '../core/account.ts'
import { accept, ignore, type Verdict } from '../core/verdict.ts'
import { OFFER_MAX_LIFE_BLOCKS } from '../params.ts'
import type { Offer, OfferBody } from './offer.ts'
import type { OfferCode } from './rule.ts'

/** Two offers of one (account, slot, seq), lower id first: proof that the account lies. */
export type Equivocation<Body extends OfferBody> = readonly [Offer<Body>, Offer<Body>]

/**
 * What a slot holds: the offer of the highest seq, or of several with that seq the two with the lowest ids. Keeping the
 * lowest, not the first, makes the book independent of the order of arrival.
 */
type Register<Body extends OfferBody> = readonly [Offer<Body>] | Equivocation<Body>

/** Who is told what a book comes to hold and what it holds no more. */
export interface BookKeeper<Body extends OfferBody> {
  came(offer: Offer<Body>): void
  went(offer: Offer<Body>): void
}

/** One kind of offers, as this node has heard them. */
export class Book<Body extends OfferBody> {
  readonly #slots = new Map<string, Register<Body>>()
  readonly #keeper: BookKeeper<Body> | undefined

  constructor(keeper?: BookKeeper<Body>) {
    this.#keeper = keeper
  }

  /** How many slots are filled, withdrawn ones included. */
  get size(): number {
    return this.#slots.size
  }

  /** Merges one authenticated offer. */
  add(offer: Offer<Body>): Verdict<Offer<Body>, OfferCode> {
    const key = slotKey(offer.account, offer.body.slot)
    const held = this.#slots.get(key)
    if (held === undefined || held[0].body.seq < offer.body.seq) {
      this.#put(key, [offer])
      return accept(offer)
    }
    // [IGNORE] one that was replaced before it arrived
    if (held[0].body.seq > offer.body.seq) return ignore('OFFER_STALE', `seq ${held[0].body.seq} is known`)
    // [IGNORE] a duplicate
    if (held.some(({ id }) => id === offer.id)) return ignore('OFFER_STALE', 'already known')
    // [IGNORE] an account that signed two offers with one seq has none; who passed the second on may not know the first
    const [first, second] = [...held, offer].sort((a, b) => (a.id < b.id ? -1 : 1))
    if (first !== undefined && second !== undefined) this.#put(key, [first, second])
    return ignore('OFFER_EQUIVOCATION', `two offers with seq ${offer.body.seq} in slot ${offer.body.slot}`)
  }

  /** The offers that stand: not withdrawn, not expired at `block`, not equivocated. */
  *live(block: number): IterableIterator<Offer<Body>> {
    for (const [offer, other] of this.#slots.values())
      if (other === undefined && !offer.body.isCancel && offer.body.expiry >= block) yield offer
  }

  /** What a slot holds, dead or alive. */
  at(account: Address, slot: number): Offer<Body> | undefined {
    return this.#slots.get(slotKey(account, slot))?.[0]
  }

  /**
   * Forgets what can no longer be matched nor repeated. Returns how many slots that were. A slot is kept as long as any
   * offer that it replaced could live, or a withdrawn offer would come back to life when a neighbour repeats it.
   */
  prune(block: number): number {
    const before = this.#slots.size
    for (const [key, [{ body }]] of this.#slots)
      if (body.expiry < block && body.refBlock + OFFER_MAX_LIFE_BLOCKS < block) this.#put(key, [])
    return before - this.#slots.size
  }

  /**
   * Every offer held that is not expired, withdrawn and equivocated ones included: what a neighbour is told, so that it
   * comes to hold the same book. A keeper has them at hand.
   */
  *all(block: number): IterableIterator<Offer<Body>> {
    for (const register of this.#slots.values())
      for (const offer of register) if (offer.body.expiry >= block) yield offer
  }

  /** Proofs of equivocation. */
  equivocations(): readonly Equivocation<Body>[] {
    return [...this.#slots.values()].filter(register => register.length === 2)
  }

  #put(key: string, register: Register<Body> | readonly []): void {
    const held: readonly Offer<Body>[] = this.#slots.get(key) ?? []
    if (register.length === 0) this.#slots.delete(key)
    else this.#slots.set(key, register)
    for (const offer of held) if (!register.some(one => one === offer)) this.#keeper?.went(offer)
    for (const offer of register) if (!held.includes(offer)) this.#keeper?.came(offer)
  }
}

function slotKey(account: Address, slot: number): string {
  return `${account}/${slot}`
}
