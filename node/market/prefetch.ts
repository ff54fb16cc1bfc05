/**
 * Fetches a proposed job's data before the provider answers yes: a provider that has promised work it cannot get the data
 * for would lose collateral for somebody else's fault.
 */
import { isLilyError } from '../../protocols/core/errors.ts'
import { lackOf } from '../../protocols/offer/machine.ts'
import type { JobOffer } from '../../protocols/offer/offer.ts'
import { machineOf } from '../../protocols/run/spec.ts'
import { peerIdOfPublicKey } from './peer-id.ts'
import type { AbortOptions, Clock } from './ports.ts'
import type { LoadedJob, Runs } from './run.ts'

/** Whether a job's data is here. */
export type Fetched =
  | { readonly state: 'ready' }
  | { readonly state: 'fetching' }
  | { readonly state: 'failed'; readonly code: string; readonly message: string }

/** Milliseconds that a proposer is kept waiting before it is told to ask again. */
const PATIENCE_MS = 3_000

/** Milliseconds without a byte after which a fetch is given up. */
const STALL_MS = 8_000

/** Failures and successes remembered, so that a second proposal costs no second fetch. */
const MAX_KNOWN = 256

interface Fetching {
  readonly done: Promise<void>
  state: Fetched
}

/** Fetches jobs in the background. */
export class Prefetcher {
  readonly #runs: Runs
  readonly #clock: Clock
  readonly #maxBytes: number
  readonly #fetches = new Map<string, Fetching>()
  #abort = new AbortController()

  /** @param maxBytes of one job's module and inputs together */
  constructor(runs: Runs, clock: Clock, maxBytes: number) {
    this.#runs = runs
    this.#clock = clock
    this.#maxBytes = maxBytes
  }

  /**
   * Begins to fetch a job, or asks how that goes; waits a little for the answer.
   *
   * @param offer what the job was offered as: what a provider allows, gives and is paid hangs on it
   */
  async ready(offer: JobOffer, options: AbortOptions): Promise<Fetched> {
    const key = `${offer.job}/${offer.module}/${offer.runtime}/${offer.runTimeSec}/${JSON.stringify(offer.machine)}`
    const known = this.#fetches.get(key)
    // A failure is told once and then tried again: the data may have come to be there.
    if (known !== undefined && known.state.state === 'failed') this.#fetches.delete(key)
    const fetching = known ?? this.#begin(key, offer)
    await Promise.race([fetching.done, this.#clock.sleep(PATIENCE_MS, options).catch(() => {})])
    return fetching.state
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all([...this.#fetches.values()].map(({ done }) => done))
    this.#fetches.clear()
    this.#abort = new AbortController()
  }

  #begin(key: string, offer: JobOffer): Fetching {
    const fetching: Fetching = {
      state: { state: 'fetching' },
      done: this.#fetch(offer).then(state => {
        fetching.state = state
      })
    }
    this.#fetches.set(key, fetching)
    for (const oldest of this.#fetches.keys()) {
      if (this.#fetches.size <= MAX_KNOWN) break
      this.#fetches.delete(oldest)
    }
    return fetching
  }

  async #fetch(offer: JobOffer): Promise<Fetched> {
    const options = { signal: this.#abort.signal, stallMs: STALL_MS, from: [peerIdOfPublicKey(offer.key)] }
    try {
      const loaded = await this.#runs.load(offer.job, options)
      const misfit = misfitOf(loaded, offer)
      if (misfit !== undefined) return { state: 'failed', ...misfit }
      await this.#runs.prefetch(loaded, { ...options, maxBytes: this.#maxBytes })
      return { state: 'ready' }
    } catch (error) {
      const code = isLilyError(error) ? error.code : 'DEAL_DATA_UNAVAILABLE'
      return { state: 'failed', code, message: error instanceof Error ? error.message : String(error) }
    }
  }
}

/** How a job is other than it was offered; undefined when it is as offered. */
function misfitOf({ job, module }: LoadedJob, offer: JobOffer): { code: string; message: string } | undefined {
  if (!job.module.equals(offer.module))
    return { code: 'DEAL_OTHER_MODULE', message: 'the job is of another module than its offer' }
  const understated = (message: string) => ({ code: 'DEAL_UNDERSTATED', message })
  if (module.runtime !== offer.runtime) return understated(`the module is for ${module.runtime}`)
  if (module.limits.wallSec > offer.runTimeSec)
    return understated(`the module may run ${module.limits.wallSec} s, the offer gives ${offer.runTimeSec} s`)
  const lack = lackOf(offer.machine, machineOf(module))
  return lack === undefined ? undefined : understated(`the module needs more than is offered: ${lack}`)
}
