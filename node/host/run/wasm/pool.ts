/** Guest processes started ahead: a process takes ten times longer to start than a small job to run. */
import type { AbortOptions } from '../../../market/ports.ts'
import type { GuestEnd, GuestListener, Guests } from '../../../peer/run/guests.ts'
import type { GuestJob } from '../../../peer/run/messages.ts'
import { GuestProcess } from './process.ts'

/** Keeps some processes ready; each serves one job. */
export class GuestPool implements Guests {
  readonly #idleCount: number
  readonly #idle: GuestProcess[] = []
  /** Those that have a job, or are not gone yet after it. */
  readonly #busy = new Set<GuestProcess>()
  #isRunning = false

  /** `idleCount` processes wait for a job, about 50 MB each. */
  constructor(idleCount: number) {
    this.#idleCount = idleCount
  }

  async start(): Promise<void> {
    this.#isRunning = true
    this.#refill()
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    const processes = [...this.#idle.splice(0), ...this.#busy]
    await Promise.all(processes.map(process => process.kill()))
  }

  #refill(): void {
    while (this.#isRunning && this.#idle.length < this.#idleCount) this.#idle.push(new GuestProcess())
  }

  /** Resolves when a process stands ready. @throws RUN_NOT_READY */
  async probe(options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    const process = this.#idle.find(({ isAlive }) => isAlive)
    if (process !== undefined) return process.ready()
    const fresh = new GuestProcess()
    try {
      await fresh.ready()
    } finally {
      await fresh.kill()
    }
  }

  run(job: GuestJob, listener: GuestListener): Promise<GuestEnd> {
    return this.use(process => process.run(job, listener))
  }

  /** Gives `work` a process, which is its own and gone afterwards. */
  async use<T>(work: (process: GuestProcess) => Promise<T>): Promise<T> {
    let process = this.#idle.shift()
    while (process !== undefined && !process.isAlive) process = this.#idle.shift()
    process ??= new GuestProcess()
    this.#busy.add(process)
    try {
      return await work(process)
    } finally {
      // The job's outcome need not wait until its process is gone; the next process is started after the job, so that two
      // cores do not start one while they run another.
      void this.#retire(process)
    }
  }

  async #retire(process: GuestProcess): Promise<void> {
    await process.kill()
    this.#busy.delete(process)
    this.#refill()
  }
}
