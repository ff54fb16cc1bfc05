/** Where wasm guests live: a process of its own on a host, a worker in a page. The runner sees only this (step: run). */
import { rejected } from '../../../protocols/run/errors.ts'
import type { GuestOutcome } from '../../../protocols/run/wasi/run.ts'
import type { AbortOptions, Startable } from '../../market/ports.ts'
import type { GuestJob, GuestMessage } from './messages.ts'

/** How a guest came to its end: by itself, or by us. */
export type GuestEnd =
  | { readonly kind: 'ended'; readonly outcome: GuestOutcome }
  | { readonly kind: 'broken'; readonly status: 'timeout' | 'cancelled' | 'host-fault'; readonly diagnostics: string }

/** What the node learns while a job runs. */
export interface GuestListener extends AbortOptions {
  readonly wallMs: number
  readonly onMetered: (wasm: Uint8Array) => void
  readonly onLog: (stream: 1 | 2, bytes: Uint8Array) => void
}

/** Guests, each good for one job. */
export interface Guests extends Startable {
  /** Resolves when a guest stands ready. @throws RUN_NOT_READY */
  probe(options?: AbortOptions): Promise<void>
  /**
   * Runs one job in a guest of its own, and lets `settle` make something of its end before guests for other jobs are
   * started: that would take the processor from it.
   *
   * @throws RUN_REJECTED when the module breaks a rule, RUN_NOT_READY, and what `settle` throws
   */
  run<T>(job: GuestJob, listener: GuestListener, settle: (end: GuestEnd) => Promise<T>): Promise<T>
}

/** The wire to one guest. */
export interface GuestLink {
  send(job: GuestJob): void
  /** Hears its messages, and that it is gone. Returns the way out. */
  listen(onMessage: (message: GuestMessage) => void, onGone: (why: string) => void): () => void
}

/** Gives a guest its job and hears it to the end, the deadline or the caller's abort. @throws RUN_REJECTED */
export function exchange(link: GuestLink, job: GuestJob, listener: GuestListener): Promise<GuestEnd> {
  const { wallMs, signal, onMetered, onLog } = listener
  return new Promise((resolve, reject) => {
    const stop = (status: 'timeout' | 'cancelled' | 'host-fault', diagnostics: string) =>
      finish(() => resolve({ kind: 'broken', status, diagnostics }))
    const timer = setTimeout(() => stop('timeout', `no end after ${wallMs} ms`), wallMs)
    const onAbort = () => stop('cancelled', String(signal?.reason))
    const onMessage = (message: GuestMessage) => {
      switch (message.kind) {
        case 'ready':
          break
        case 'metered':
          onMetered(message.wasm)
          break
        case 'log':
          onLog(message.stream, message.bytes)
          break
        case 'rejected':
          finish(() => reject(rejected(message.reason, message.message)))
          break
        case 'failed':
          stop('host-fault', message.diagnostics)
          break
        case 'ended':
          finish(() => resolve({ kind: 'ended', outcome: message.outcome }))
          break
      }
    }
    const leave = link.listen(onMessage, why => stop('host-fault', why))
    const finish = (then: () => void) => {
      clearTimeout(timer)
      leave()
      signal?.removeEventListener('abort', onAbort)
      then()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    else link.send(job)
  })
}
