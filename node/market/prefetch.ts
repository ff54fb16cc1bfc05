/**
 * Fetches a proposed job's data before the provider answers yes: a provider that has promised work it cannot get the data
 * for would lose collateral for somebody else's fault.
 */
import type { CID } from '../../protocols/core/cid.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import type { AbortOptions, Clock } from './ports.ts'
import type { Runs } from './run.ts'

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
   * @param module the one that was offered: what a provider allows, and who is paid, hangs on it
   * @param creator peer id of who should have it
   */
  async ready(job: CID, module: CID, creator: string, options: AbortOptions): Promise<Fetched> {
    const key = `${job}/${module}`
    const known = this.#fetches.get(key)
    // A failure is told once and then tried again: the data may have come to be there.
    if (known !== undefined && known.state.state === 'failed') this.#fetches.delete(key)
    const fetching = known ?? this.#begin(key, job, module, creator)
    await Promise.race([fetching.done, this.#clock.sleep(PATIENCE_MS, options).catch(() => {})])
    return fetching.state
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all([...this.#fetches.values()].map(({ done }) => done))
    this.#fetches.clear()
    this.#abort = new AbortController()
  }

  #begin(key: string, job: CID, module: CID, creator: string): Fetching {
    const fetching: Fetching = {
      state: { state: 'fetching' },
      done: this.#fetch(job, module, creator).then(state => {
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

  async #fetch(job: CID, module: CID, creator: string): Promise<Fetched> {
    const options = { signal: this.#abort.signal, stallMs: STALL_MS, from: [creator] }
    try {
      const loaded = await this.#runs.load(job, options)
      if (!loaded.job.module.equals(module))
        return { state: 'failed', code: 'DEAL_OTHER_MODULE', message: 'the job is of another module than its offer' }
      await this.#runs.prefetch(loaded, { ...options, maxBytes: this.#maxBytes })
      return { state: 'ready' }
    } catch (error) {
      const code = isLilyError(error) ? error.code : 'DEAL_DATA_UNAVAILABLE'
      return { state: 'failed', code, message: error instanceof Error ? error.message : String(error) }
    }
  }
}
