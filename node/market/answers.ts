/** The last noes to proposals of deals, said here or heard here, with their reasons: what explanations draw on. */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Emitter } from './emitter.ts'
import type { Startable } from './ports.ts'
import { isSilence, MAX_SILENT_BLOCKS } from './refusals.ts'

/** Noes that are remembered. */
const MAX_NOES = 1000

/** One no. */
export interface No {
  readonly block: number
  readonly job: Bytes32
  readonly creator: Address
  readonly provider: Address
  readonly code: string
  readonly reason: string
}

/** @see the head of this file */
export class Answers implements Startable {
  readonly #own: Address
  readonly #events: Emitter
  readonly #noes: No[] = []
  #exit: (() => void) | undefined

  constructor(own: Address, events: Emitter) {
    this.#own = own
    this.#events = events
  }

  async start(): Promise<void> {
    this.#exit ??= this.#events.on(event => {
      if (event.name === 'deal:refused') this.#note({ ...event, creator: this.#own })
      else if (event.name === 'deal:declined') this.#note({ ...event, provider: this.#own })
    })
  }

  async stop(): Promise<void> {
    this.#exit?.()
    this.#exit = undefined
  }

  /** What a provider last said to a job, if it was said or heard here. */
  of(job: Bytes32, provider: Address): No | undefined {
    return this.#noes.findLast(no => no.job === job && no.provider === provider)
  }

  /** A silence of a provider towards this node's own jobs that may still have been held against it in a block. */
  silence(provider: Address, block: number): No | undefined {
    const isHeld = (no: No) => no.block <= block && no.block >= block - MAX_SILENT_BLOCKS
    const own = this.#noes.filter(no => no.provider === provider && no.creator === this.#own)
    return own.findLast(no => isSilence(no.code) && isHeld(no))
  }

  /** The last noes of a provider, newest first. */
  by(provider: Address, count: number): readonly No[] {
    return this.#noes
      .filter(no => no.provider === provider)
      .slice(-count)
      .reverse()
  }

  #note({ block, job, creator, provider, code, reason }: No): void {
    this.#noes.push({ block, job, creator, provider, code, reason })
    if (this.#noes.length > MAX_NOES) this.#noes.shift()
  }
}
