/**
 * When this node heard each offer, and when another took its place: the book keeps what stands now, this keeps what stood,
 * so that the rule can be applied to a past block as this node saw it. Part of step 1 of a job's life.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Offer, OfferBody } from '../../protocols/offer/offer.ts'

/** An offer and the blocks between which it stood here. */
export interface Stood<Body extends OfferBody> {
  readonly offer: Offer<Body>
  /** The head when it came. */
  readonly fromBlock: number
  /** The head when it was replaced, withdrawn, or found to be one of two. */
  readonly untilBlock: number
}

/** @see the head of this file */
export class Heard<Body extends OfferBody> {
  readonly #stood = new Map<Bytes32, Stood<Body>>()

  /** An offer entered the book. */
  begin(offer: Offer<Body>, fromBlock: number): void {
    this.#stood.set(offer.id, { offer, fromBlock, untilBlock: Number.POSITIVE_INFINITY })
  }

  /** An offer stands no more. */
  end(id: Bytes32, untilBlock: number): void {
    const stood = this.#stood.get(id)
    if (stood !== undefined) this.#stood.set(id, { ...stood, untilBlock: Math.min(stood.untilBlock, untilBlock) })
  }

  /** An offer that was heard, standing or not. */
  find(id: Bytes32): Stood<Body> | undefined {
    return this.#stood.get(id)
  }

  /**
   * What stood in a block, by what had come when the head was `lag` blocks further: heads and gossip do not move together.
   *
   * @param joinedBlock before it this node heard nothing itself: what came later counts as heard in time
   */
  at(block: number, lag: number, joinedBlock: number): readonly Offer<Body>[] {
    const heardBy = Math.max(block + lag, joinedBlock)
    return [...this.#stood.values()]
      .filter(({ fromBlock, untilBlock }) => fromBlock <= heardBy && untilBlock > block + lag)
      .map(({ offer }) => offer)
  }

  /** Everything that was heard and is remembered. */
  all(): IterableIterator<Stood<Body>> {
    return this.#stood.values()
  }

  /** Forgets what stood before a block only. */
  prune(block: number): void {
    for (const [id, { offer, untilBlock }] of this.#stood)
      if (untilBlock < block || offer.body.expiry < block) this.#stood.delete(id)
  }
}
