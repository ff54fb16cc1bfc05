/** Typed events: what a service has done, told to whoever listens. Listeners are the owner's; one that throws harms nobody. */
import type { NodeEvent, NodeEventName, NodeEvents } from '../../protocols/events.ts'
import type { Logger } from './ports.ts'

/** Hears every event of a node. */
export type Listener = (event: NodeEvent) => void

/** The node's one stream of events. */
export class Emitter {
  readonly #listeners = new Set<Listener>()
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  /** Tells everybody, in the order in which they came. */
  emit<Name extends NodeEventName>(name: Name, payload: NodeEvents[Name]): void {
    const event = { name, ...payload } as NodeEvent
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#log.error('a listener of %s threw: %o', name, error)
      }
    }
  }

  /** Hears everything from now on. Returns the way out. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
