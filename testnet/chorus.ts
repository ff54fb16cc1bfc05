/** Hears what the members of a testnet say, all at once, and lets a scenario wait for a word of theirs. */
import type { NodeEvent, NodeEventName } from '../protocols/events.ts'
import { memberApi } from './member-api.ts'
import type { ToldEvent } from './story.ts'
import type { Testnet } from './testnet.ts'

/** An event with a certain name. */
export type EventNamed<Name extends NodeEventName> = Extract<NodeEvent, { readonly name: Name }>

/** Longest wait for a word, in ms, unless said otherwise. */
const WAIT_MS = 60_000

type Listener = (told: ToldEvent) => void

/** @see the head of this file */
export class Chorus {
  readonly #testnet: Testnet
  readonly #heard: ToldEvent[] = []
  readonly #listeners = new Set<Listener>()
  readonly #leaving = new AbortController()

  constructor(testnet: Testnet) {
    this.#testnet = testnet
  }

  /** Everything heard so far, in the order in which it came. */
  get heard(): readonly ToldEvent[] {
    return this.#heard
  }

  /** Listens to some members until they end. A member that was started again is listened to again. */
  listen(...names: readonly string[]): void {
    for (const name of names) void this.#follow(name)
  }

  /** Calls back with each event from now on. Returns the way out. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The first event of a name that fits, heard already or yet to come. */
  async when<Name extends NodeEventName>(
    name: Name,
    fits: (event: EventNamed<Name>, member: string) => boolean = () => true,
    timeoutMs = WAIT_MS
  ): Promise<EventNamed<Name>> {
    const pick = ({ event, member }: ToldEvent) => (isNamed(event, name) && fits(event, member) ? event : undefined)
    for (const told of this.#heard) {
      const event = pick(told)
      if (event !== undefined) return event
    }
    const { promise, resolve, reject } = Promise.withResolvers<EventNamed<Name>>()
    const timer = setTimeout(() => reject(new Error(`nobody said ${name} within ${timeoutMs} ms`)), timeoutMs)
    const leave = this.on(told => {
      const event = pick(told)
      if (event !== undefined) resolve(event)
    })
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      leave()
    }
  }

  /** The first such event that is yet to come. */
  next<Name extends NodeEventName>(
    name: Name,
    fits: (event: EventNamed<Name>, member: string) => boolean = () => true,
    timeoutMs = WAIT_MS
  ): Promise<EventNamed<Name>> {
    const past = new Set(this.#heard.map(({ event }) => event))
    return this.when(name, (event, member) => !past.has(event) && fits(event, member), timeoutMs)
  }

  /** Listens no more. */
  close(): void {
    this.#leaving.abort()
  }

  async #follow(name: string): Promise<void> {
    try {
      for await (const event of memberApi(this.#testnet.member(name)).events({ signal: this.#leaving.signal })) {
        const told = { member: name, event }
        this.#heard.push(told)
        for (const listener of [...this.#listeners]) listener(told)
      }
    } catch {
      // The node has ended, as scenarios make nodes do; whoever starts it again listens again.
    }
  }
}

function isNamed<Name extends NodeEventName>(event: NodeEvent, name: Name): event is EventNamed<Name> {
  return event.name === name
}
