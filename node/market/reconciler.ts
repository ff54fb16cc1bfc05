/**
 * The loop under every role. For each open thing (a deal, a job) it calls `advance`, which looks at where the thing stands
 * and does the next step. Steps are driven by the state that the chain and the journal hold, never by an event that could be
 * missed: after a crash, a reorg or a lost message the next call simply sees where things stand.
 */
import { isLilyError } from '../../protocols/core/errors.ts'
import type { Clock, Logger, Startable } from './ports.ts'

/** What a reconciler needs. */
export interface ReconcilerInit {
  /** Does the next step of one thing. A failure is logged, and tried again at the next wake. */
  readonly advance: (key: string, signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  readonly log: Logger
}

/** First pause after a failed step; doubles up to {@link MAX_PAUSE_MS}, so that a broken RPC is not hammered. */
const FIRST_PAUSE_MS = 200
const MAX_PAUSE_MS = 15_000

interface Task {
  isRunning: boolean
  isWoken: boolean
  failures: number
}

/** Runs one step at a time for each key. */
export class Reconciler implements Startable {
  readonly #init: ReconcilerInit
  readonly #tasks = new Map<string, Task>()
  readonly #running = new Set<Promise<void>>()
  #abort: AbortController | undefined

  constructor(init: ReconcilerInit) {
    this.#init = init
  }

  async start(): Promise<void> {
    this.#abort ??= new AbortController()
    this.wakeAll()
  }

  async stop(): Promise<void> {
    this.#abort?.abort()
    this.#abort = undefined
    await Promise.allSettled(this.#running)
  }

  /** Begins to look after a thing, and looks at once. */
  add(key: string): void {
    if (!this.#tasks.has(key)) this.#tasks.set(key, { isRunning: false, isWoken: false, failures: 0 })
    this.wake(key)
  }

  /** Forgets a thing that has come to its end. */
  remove(key: string): void {
    this.#tasks.delete(key)
  }

  /** Looks at a thing now, or again if it is being looked at. */
  wake(key: string): void {
    const task = this.#tasks.get(key)
    if (task === undefined || this.#abort === undefined) return
    task.isWoken = true
    if (task.isRunning) return
    const run = this.#run(key, task, this.#abort.signal)
    this.#running.add(run)
    run.finally(() => this.#running.delete(run)).catch(() => {})
  }

  /** Looks at everything: the chain has a new block. */
  wakeAll(): void {
    for (const key of this.#tasks.keys()) this.wake(key)
  }

  async #run(key: string, task: Task, signal: AbortSignal): Promise<void> {
    task.isRunning = true
    try {
      while (task.isWoken && !signal.aborted && this.#tasks.get(key) === task) {
        task.isWoken = false
        await this.#step(key, task, signal)
      }
    } finally {
      task.isRunning = false
    }
  }

  async #step(key: string, task: Task, signal: AbortSignal): Promise<void> {
    try {
      await this.#init.advance(key, signal)
      task.failures = 0
    } catch (error) {
      if (signal.aborted) return
      task.failures += 1
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (task.failures - 1), MAX_PAUSE_MS)
      const code = isLilyError(error) ? error.code : 'INTERNAL'
      this.#init.log.error('%s: step failed (%s), again in %d ms: %o', key.slice(0, 12), code, pauseMs, error)
      await this.#init.clock.sleep(pauseMs, { signal }).catch(() => {})
      task.isWoken = true
    }
  }
}
