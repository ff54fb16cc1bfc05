/**
 * Buffers weigh next to nothing on V8's young heap, so hundreds of megabytes of them pile up before it collects there; what
 * collects them instead is marking the whole heap, some milliseconds for every MiB that a node moves. Whoever moves many
 * asks for the young collection itself.
 */
import v8 from 'node:v8'
import vm from 'node:vm'

/** Bytes of blocks from one collection to the next: three times as much lies in buffers that they came in. */
const EVERY_BYTES = 4 * 1024 * 1024

type Collect = (options: { readonly type: 'minor' }) => void

let collect: Collect | undefined
let moved = 0

/** Notes that a block went through this process. */
export function noteMoved(bytes: number): void {
  moved += bytes
  if (moved < EVERY_BYTES) return
  moved = 0
  collect ??= collector()
  collect({ type: 'minor' })
}

/** V8's own function, which a context has that is made after it was asked for. */
function collector(): Collect {
  v8.setFlagsFromString('--expose-gc')
  const gc: unknown = vm.runInNewContext('gc')
  v8.setFlagsFromString('--no-expose-gc')
  return typeof gc === 'function' ? options => gc(options) : () => {}
}
