/** Wasm guests of a page: each in a worker of its own, ended when its job is. */
import { RunError } from '../../../protocols/run/errors.ts'
import { exchange, type GuestEnd, type GuestLink, type GuestListener, type Guests } from '../../peer/run/guests.ts'
import type { GuestJob, GuestMessage } from '../../peer/run/messages.ts'

/** Guests in workers, loaded when the first of them is needed. */
export class WorkerGuests implements Guests {
  readonly #workers = new Set<Worker>()

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    for (const worker of this.#workers) worker.terminate()
    this.#workers.clear()
  }

  async probe(): Promise<void> {
    if (typeof Worker === 'undefined') throw new RunError('RUN_NOT_READY', 'this browser has no workers')
  }

  async run<T>(job: GuestJob, listener: GuestListener, settle: (end: GuestEnd) => Promise<T>): Promise<T> {
    return settle(await this.#run(job, listener))
  }

  async #run(job: GuestJob, listener: GuestListener): Promise<GuestEnd> {
    const worker = new Worker(new URL('./guest-worker.ts', import.meta.url), { type: 'module' })
    this.#workers.add(worker)
    try {
      return await exchange(linkOf(worker), job, listener)
    } finally {
      worker.terminate()
      this.#workers.delete(worker)
    }
  }
}

/** Messages to a worker that still loads wait for it. */
function linkOf(worker: Worker): GuestLink {
  return {
    send: job => worker.postMessage(job),
    listen(onMessage, onGone) {
      const onData = (event: MessageEvent<GuestMessage>) => onMessage(event.data)
      const onError = (event: ErrorEvent) => onGone(event.message || 'the worker could not be loaded')
      worker.addEventListener('message', onData)
      worker.addEventListener('error', onError)
      return () => {
        worker.removeEventListener('message', onData)
        worker.removeEventListener('error', onError)
      }
    }
  }
}
