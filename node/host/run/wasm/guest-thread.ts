/** The thread that a guest runs on; what it does there is in node/peer/run/guest.ts. Started as a bundle (build-guest.ts). */
import { setFlagsFromString } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import { runJob } from '../../../peer/run/guest.ts'
import type { GuestHint, GuestJob, GuestMessage } from '../../../peer/run/messages.ts'

/** Held, so that the engine keeps what it has compiled: it knows a module by its bytes. */
const compiled: WebAssembly.Module[] = []

function say(message: GuestMessage): void {
  parentPort?.postMessage(message)
}

/** Compiles every function now; as a rule each is compiled when it is first called. A module that it refuses fails later. */
function expect(bytes: Uint8Array): void {
  setFlagsFromString('--no-wasm-lazy-compilation')
  try {
    compiled.push(new WebAssembly.Module(new Uint8Array(bytes)))
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
  } finally {
    setFlagsFromString('--wasm-lazy-compilation')
  }
}

parentPort?.on('message', (message: GuestJob | GuestHint) => {
  if ('expected' in message) expect(message.expected)
  else runJob(message, say)
})
say({ kind: 'ready' })
