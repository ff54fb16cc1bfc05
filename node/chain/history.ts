/**
 * What the follower has applied: the last headers with their events, so that they can be taken back, and before them the
 * events of deals that are still open, so that a listener who comes late learns of them.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
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
    const requests = new Set(old.events.filter(({ type }) => type === 'request:closed').map(idOf))
    const deals = old.events.filter(({ type }) => type === 'deal:closed').map(idOf)
    const over = new Set([...requests, ...deals, ...this.#dealsOf(requests)])
    if (over.size === 0) return
    // A contract's request outlives its deal: until it is over as well, both are needed.
    for (const id of this.#dealsOf(this.#openRequests(over))) over.delete(id)
    this.#settled = this.#settled.flatMap(followed => without(followed, over))
  }

  #openRequests(over: ReadonlySet<Bytes32>): ReadonlySet<Bytes32> {
    const made = this.#settled.flatMap(({ events }) => events.filter(event => event.type === 'request:made').map(idOf))
    return new Set(made.filter(id => !over.has(id)))
  }

  /** The deals that some requests became. */
  #dealsOf(requests: ReadonlySet<Bytes32>): readonly DealId[] {
    return this.#settled.flatMap(({ events }) =>
      events.flatMap(event => (event.type === 'deal:committed' && requests.has(event.deal.jobOffer) ? [event.id] : []))
    )
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

const idOf = ({ id }: ChainEvent): Bytes32 => id

function without(followed: Followed, closed: ReadonlySet<DealId>): Followed[] {
  const events = followed.events.filter(event => !closed.has(event.id))
  return events.length === 0 ? [] : [{ ...followed, events }]
}
