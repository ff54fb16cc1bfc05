/** What nodes say of themselves, for people: nothing here is believed or decided upon. */
import type { Status } from '../../protocols/status.ts'
import { STREAMS } from '../../protocols/wire.ts'
import type { Role } from './api.ts'
import type { Components } from './components.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions, Startable } from './ports.ts'
import { Streams } from './streams.ts'

/** Longest wait for a peer's answer: people are waiting for a table. */
const PATIENCE_MS = 2_000

/** Answers `status/1`, and asks it. */
export class StatusExchange implements Startable {
  readonly #parts: Components
  readonly #offers: Offers
  readonly #roles: readonly Role[]
  readonly #version: string
  readonly #streams: Streams
  #exit: (() => void) | undefined

  constructor(parts: Components, offers: Offers, roles: readonly Role[], version: string) {
    this.#parts = parts
    this.#offers = offers
    this.#roles = roles
    this.#version = version
    this.#streams = Streams.of(parts, 'lily:status')
  }

  async start(): Promise<void> {
    this.#exit ??= this.#streams.serve(STREAMS.status, () => this.#answer())
  }

  async stop(): Promise<void> {
    this.#exit?.()
    this.#exit = undefined
  }

  /** What a peer says of itself; undefined when it does not answer in time. */
  async ask(peerId: string, { signal }: AbortOptions = {}): Promise<Status | undefined> {
    const signals = [AbortSignal.timeout(PATIENCE_MS), ...(signal === undefined ? [] : [signal])]
    try {
      return await this.#streams.ask(peerId, STREAMS.status, {}, { signal: AbortSignal.any(signals) })
    } catch {
      return undefined
    }
  }

  async *#answer(): AsyncIterable<Status> {
    const { chain, runners } = this.#parts
    const head = chain.head().number
    yield {
      agent: `lilynode/${this.#version}`,
      chainId: chain.deployment.chainId,
      head,
      roles: this.#roles,
      runtimes: [...runners.keys()],
      resourceOffers: [...this.#offers.resources.live(head)].length,
      jobOffers: [...this.#offers.jobs.live(head)].length
    }
  }
}
