/** What a node counts of itself, for whoever watches it: how messages were taken, how requests ended, what happened. */

/** What is counted, and by what it is told apart. */
export interface CountLabels {
  /** Gossip by the answer that it got; the code says why, and is empty where it was accepted. */
  readonly gossip: { readonly topic: string; readonly answer: string; readonly code: string }
  /** Requests by how they ended; the code is empty where all went well. */
  readonly requests: { readonly protocol: string; readonly side: 'asked' | 'answered'; readonly code: string }
  /** Events by their names. */
  readonly events: { readonly name: string }
}

/** @see CountLabels */
export type CountName = keyof CountLabels

/** How often something was counted. */
export type Count<N extends CountName> = CountLabels[N] & { readonly count: number }

type Entry<N extends CountName> = { readonly labels: CountLabels[N]; count: number }
type Entries = { readonly [N in CountName]: Map<string, Entry<N>> }

/** Counters since the node's start. */
export class Counts {
  readonly #entries: Entries = { gossip: new Map(), requests: new Map(), events: new Map() }

  /** One more. */
  add<N extends CountName>(name: N, labels: CountLabels[N]): void {
    const key = Object.values(labels).join(' ')
    const entries: Map<string, Entry<N>> = this.#entries[name]
    const entry = entries.get(key) ?? { labels, count: 0 }
    entry.count++
    entries.set(key, entry)
  }

  /** All of one kind, in the order in which they first came. */
  of<N extends CountName>(name: N): readonly Count<N>[] {
    const entries: Map<string, Entry<N>> = this.#entries[name]
    return [...entries.values()].map(({ labels, count }) => ({ ...labels, count }))
  }
}
