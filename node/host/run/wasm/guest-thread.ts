/** The thread that a guest runs on: the pass, then the program to its end. */
import { parentPort } from 'node:worker_threads'
import { type RejectReason, RunError } from '../../../../protocols/run/errors.ts'
import { instrument } from '../../../../protocols/run/instrument/instrument.ts'
import { type GuestExports, type GuestImports, runGuest } from '../../../../protocols/run/wasi/run.ts'
import { LogBatch } from './log-batch.ts'
import type { GuestJob, GuestMessage } from './messages.ts'

function send(message: GuestMessage): void {
  parentPort?.postMessage(message)
}

function meter(job: GuestJob): Uint8Array {
  if (job.isMetered) return job.wasm
  if (!WebAssembly.validate(job.wasm)) throw new WebAssembly.CompileError('the module is not valid')
  const wasm = instrument(job.wasm, { memoryBytes: job.memoryBytes })
  send({ kind: 'metered', wasm })
  return wasm
}

function run(job: GuestJob): void {
  const module = new WebAssembly.Module(meter(job))
  const logs = new LogBatch((stream, bytes) => send({ kind: 'log', stream, bytes }))
  const engine = {
    instantiate: (imports: GuestImports) => asGuest(new WebAssembly.Instance(module, imports).exports),
    isTrap: (error: unknown) => error instanceof WebAssembly.RuntimeError
  }
  const outcome = runGuest(engine, job.spec, (stream, bytes) => logs.write(stream, bytes))
  logs.flush()
  send({ kind: 'ended', outcome })
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

parentPort?.on('message', (job: GuestJob) => {
  try {
    run(job)
  } catch (error) {
    const reason = rejection(error)
    if (reason === undefined) send({ kind: 'failed', diagnostics: String(error) })
    else send({ kind: 'rejected', ...reason })
  }
})
send({ kind: 'ready' })
