/** What a guest's thread does, whatever kind of thread it is: the pass, then the program to its end. */
import { type RejectReason, RunError } from '../../../protocols/run/errors.ts'
import { instrument } from '../../../protocols/run/instrument/instrument.ts'
import { type GuestExports, type GuestImports, runGuest } from '../../../protocols/run/wasi/run.ts'
import { LogBatch } from './log-batch.ts'
import type { GuestJob, GuestMessage } from './messages.ts'

/** Says something to the node. */
export type Say = (message: GuestMessage) => void

/** Runs the one job of this thread's life; however it ends, its last message says so. */
export function runJob(job: GuestJob, say: Say): void {
  try {
    run(job, say)
  } catch (error) {
    const reason = rejection(error)
    if (reason === undefined) say({ kind: 'failed', diagnostics: String(error) })
    else say({ kind: 'rejected', ...reason })
  }
}

function run(job: GuestJob, say: Say): void {
  const module = new WebAssembly.Module(new Uint8Array(meter(job, say)))
  const logs = new LogBatch((stream, bytes) => say({ kind: 'log', stream, bytes }))
  const engine = {
    instantiate: (imports: GuestImports) => asGuest(new WebAssembly.Instance(module, { ...imports }).exports),
    isTrap: (error: unknown) => error instanceof WebAssembly.RuntimeError
  }
  const outcome = runGuest(engine, job.spec, (stream, bytes) => logs.write(stream, bytes))
  logs.flush()
  say({ kind: 'ended', outcome })
}

function meter(job: GuestJob, say: Say): Uint8Array {
  if (job.isMetered) return job.wasm
  if (!WebAssembly.validate(new Uint8Array(job.wasm))) throw new WebAssembly.CompileError('the module is not valid')
  const wasm = instrument(job.wasm, { memoryBytes: job.memoryBytes })
  say({ kind: 'metered', wasm })
  return wasm
}

/** The pass put these exports there, with these types: nothing of the guest's can stand in their place. */
function asGuest(exports: WebAssembly.Exports): GuestExports {
  return exports as unknown as GuestExports
}

function rejection(error: unknown): { reason: RejectReason; message: string } | undefined {
  if (error instanceof WebAssembly.CompileError) return { reason: 'malformed', message: error.message }
  if (!(error instanceof RunError) || error.code !== 'RUN_REJECTED') return undefined
  return { reason: error.details.reason as RejectReason, message: error.message }
}
