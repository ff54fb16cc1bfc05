/** Guest processes started ahead: a process takes ten times longer to start than a small job to run. */
import { setImmediate } from 'node:timers/promises'
import type { AbortOptions } from '../../../market/ports.ts'
import type { GuestEnd, GuestListener, Guests } from '../../../peer/run/guests.ts'
import type { GuestJob } from '../../../peer/run/messages.ts'
import { GuestProcess } from './process.ts'

/** Larger modules are compiled by function as they are called: most of it would be for nothing. */
const MAX_EXPECTED_BYTES = 256 * 1024

/** Keeps some processes ready; each serves one job. */
export class GuestPool implements Guests {
  readonly #idleCount: number
  readonly #idle: GuestProcess[] = []
  /** Those that have a job, or are not gone yet after it. */
  readonly #busy = new Set<GuestProcess>()
  #isRunning = false
  /** The metered module of the last job. */
  #expected: Uint8Array | undefined

  /** `idleCount` processes wait for a job, about 65 MB each. */
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
    while (this.#isRunning && this.#idle.length < this.#idleCount) {
      const process = new GuestProcess()
      this.#idle.push(process)
      // One that never comes up is found so by whoever needs it.
      if (this.#expected !== undefined) process.expect(this.#expected).catch(() => {})
    }
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

  run<T>(job: GuestJob, listener: GuestListener, settle: (end: GuestEnd) => Promise<T>): Promise<T> {
    if (job.isMetered) this.#expect(job.wasm)
    const onMetered = (wasm: Uint8Array) => {
      this.#expect(wasm)
      listener.onMetered(wasm)
    }
    return this.#use(process => process.run(job, { ...listener, onMetered }, settle))
  }

  /** Jobs often come in rows: the next process gets this module ready while it waits. */
  #expect(wasm: Uint8Array): void {
    this.#expected = wasm.length <= MAX_EXPECTED_BYTES ? wasm : undefined
  }

  /** Gives `work` a process, which is its own and gone afterwards. */
  async #use<T>(work: (process: GuestProcess) => Promise<T>): Promise<T> {
    let process = this.#idle.shift()
    while (process !== undefined && !process.isAlive) process = this.#idle.shift()
    process ??= new GuestProcess(false)
    this.#busy.add(process)
    try {
      return await work(process)
    } finally {
      void this.#retire(process)
    }
  }

  /** To end a process and to start one takes milliseconds of this thread: whoever waits for the outcome comes first. */
  async #retire(process: GuestProcess): Promise<void> {
    await setImmediate()
    await process.kill()
    this.#busy.delete(process)
    this.#refill()
  }
}
