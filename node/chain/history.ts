/**
 * What the follower has applied: the last headers with their events, so that they can be taken back, and before them the
 * events of deals that are still open, so that a listener who comes late learns of them.
 */
import type { DealId } from '../../protocols/deal/deal.ts'
import type { ChainEvent, ChainUpdate } from '../market/ports.ts'
import type { Header } from './wire.ts'

/** Headers kept: the deepest change of the chain that can be followed. */
export const KEPT_BLOCKS = 128

/** An applied block. */
export interface Followed {
  readonly header: Header
  readonly events: readonly ChainEvent[]
}

/** Applied blocks, oldest first. */
export class History {
  readonly #recent: Followed[] = []
  /** Of older blocks, the events of deals that are open. */
  #settled: Followed[] = []

  /** The newest block. */
  get head(): Header | undefined {
    return this.#recent.at(-1)?.header
  }

  /** The oldest block that could still be taken back. */
  get oldest(): Header | undefined {
    return this.#recent[0]?.header
  }

  /** A block by its number, if it is recent. */
  at(number: number): Header | undefined {
    const first = this.#recent[0]?.header.number ?? 0
    return this.#recent[number - first]?.header
  }

  /** Adds the next block. */
  push(followed: Followed): void {
    this.#recent.push(followed)
    const old = this.#recent.length > KEPT_BLOCKS ? this.#recent.shift() : undefined
    if (old !== undefined) this.settle(old)
  }

  /** Takes back the newest block. */
  pop(): Followed | undefined {
    return this.#recent.pop()
  }

  /** Adds a block that is too old to be taken back. */
  settle(old: Followed): void {
    if (old.events.length === 0) return
    this.#settled.push(old)
    const closed = new Set(old.events.filter(event => event.type === 'deal:closed').map(event => event.id))
    if (closed.size > 0) this.#settled = this.#settled.flatMap(followed => without(followed, closed))
  }

  /** What a listener would have been told, had it listened from the beginning, without deals that ended long ago. */
  replay(): readonly ChainUpdate[] {
    return [...this.#settled, ...this.#recent].map(followed => updateOf('apply', followed))
  }
}

/** What listeners are told of a block. */
export function updateOf(kind: ChainUpdate['kind'], { header, events }: Followed): ChainUpdate {
  const { number, hash, timestampSec } = header
  return { kind, block: { number, hash, timestampSec }, events }
}

function without(followed: Followed, closed: ReadonlySet<DealId>): Followed[] {
  const events = followed.events.filter(event => !closed.has(event.id))
  return events.length === 0 ? [] : [{ ...followed, events }]
}
