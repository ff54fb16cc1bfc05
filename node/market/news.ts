/**
 * News of sync: so many offers at once are new to the neighbours as well, as after a cut. They go to each neighbour once, by
 * the next rounds; who brought them, asked for them or was found to have the same is not asked any more.
 */
import type { OfferKind } from '../../protocols/offer/offer.ts'

/** Offers of one comparison that are news. */
const NEWS = 8

/** Neighbours that are told at most: a node of hundreds need not tell them all what they tell one another. */
const MAX_TOLD = 16

/** What is new in one book. */
interface Item {
  /** The oldest block of what was new: after a long cut news are old. */
  from: number
  left: number
  readonly told: Set<string>
}

/** A round that brings news to a neighbour. */
export interface NewsRound {
  readonly peerId: string
  readonly kinds: readonly OfferKind[]
  /** The oldest block to be compared. */
  readonly from: number
}

/** @see the head of this file */
export class News {
  readonly #items = new Map<OfferKind, Item>()
  #came = Promise.withResolvers<void>()

  /** Whether there are any. */
  get isEmpty(): boolean {
    return this.#items.size === 0
  }

  /** Resolves when the next news come. */
  get came(): Promise<void> {
    return this.#came.promise
  }

  /** Offers, by their reference blocks, that a neighbour brought. */
  note(kind: OfferKind, blocks: readonly number[], peerId: string): void {
    if (blocks.length < NEWS) return
    const from = Math.min(this.#items.get(kind)?.from ?? Number.POSITIVE_INFINITY, ...blocks)
    this.#items.set(kind, { from, left: MAX_TOLD, told: new Set([peerId]) })
    this.#came.resolve()
    this.#came = Promise.withResolvers()
  }

  /** A neighbour has what we have, from block `from` on. */
  noteEqual(kind: OfferKind, peerId: string, from: number): void {
    const item = this.#items.get(kind)
    if (item !== undefined && from <= item.from) item.told.add(peerId)
  }

  /** The next round, or undefined when everybody of `peers`, the neighbours in the order they are to be told, knows. */
  next(peers: readonly string[]): NewsRound | undefined {
    for (const [kind, item] of this.#items) {
      const peerId = peers.find(peer => !item.told.has(peer))
      if (peerId !== undefined && item.left > 0) return this.#tell(peerId)
      this.#items.delete(kind)
    }
    return undefined
  }

  #tell(peerId: string): NewsRound {
    const untold = [...this.#items].filter(([, { told }]) => !told.has(peerId))
    for (const [, item] of untold) {
      item.told.add(peerId)
      item.left -= 1
    }
    return { peerId, kinds: untold.map(([kind]) => kind), from: Math.min(...untold.map(([, { from }]) => from)) }
  }
}
