/**
 * A program of ours that a guest's thread runs before its job: an engine compiles JavaScript when it is
 * first run, and a job should not wait for that. It makes the calls that every program's start makes, and leaves nothing.
 */
import { Writer } from '../../../protocols/run/instrument/writer.ts'
import { WASI_MODULE, type WasiName, wasiSignature } from '../../../protocols/run/wasi/signatures.ts'
import type { GuestJob } from './messages.ts'

/** Places in the program's memory. */
const AT = { text: 16, iovec: 32, result: 64, buffer: 256 } as const
const TEXT = [0x6f, 0x6b, 0x0a]

const CALLS: readonly (readonly [name: WasiName, ...args: readonly (number | bigint)[]])[] = [
  ['environ_sizes_get', AT.result, AT.result + 4],
  ['environ_get', AT.buffer, AT.buffer],
  ['args_sizes_get', AT.result, AT.result + 4],
  ['args_get', AT.buffer, AT.buffer + 16],
  ['fd_prestat_get', 3, AT.result],
  ['fd_prestat_dir_name', 3, AT.buffer, 7],
  ['fd_prestat_get', 6, AT.result],
  ['fd_fdstat_get', 1, AT.result],
  ['clock_time_get', 0, 0n, AT.result],
  ['fd_write', 1, AT.iovec, 1, AT.result],
  ['proc_exit', 0]
]

const I32_CONST = 0x41
const I64_CONST = 0x42
const CALL = 0x10
const DROP = 0x1a
const END = 0x0b

/** The program as a module. */
function warmUpModule(): Uint8Array {
  const names = [...new Set(CALLS.map(([name]) => name))]
  const out = new Writer().op(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
  const section = (id: number, count: number, write: (to: Writer) => void) => {
    const body = new Writer().u32(count)
    write(body)
    out.op(id).block(body.bytes)
  }
  section(1, names.length + 1, to => {
    for (const name of names) {
      const { params, results } = wasiSignature(name) ?? { params: [], results: [] }
      to.op(0x60).block(Uint8Array.from(params)).block(Uint8Array.from(results))
    }
    to.op(0x60, 0, 0)
  })
  section(2, names.length, to => {
    for (const [i, name] of names.entries()) to.name(WASI_MODULE).name(name).op(0).u32(i)
  })
  section(3, 1, to => to.u32(names.length))
  section(5, 1, to => to.op(0, 1))
  section(7, 2, to => to.name('memory').op(2, 0).name('_start').op(0).u32(names.length))
  section(10, 1, to => {
    const body = new Writer().op(0)
    for (const [name, ...args] of CALLS) {
      for (const arg of args) body.op(typeof arg === 'bigint' ? I64_CONST : I32_CONST).signed(arg)
      body.op(CALL).u32(names.indexOf(name))
      if (name !== 'proc_exit') body.op(DROP)
    }
    to.block(body.op(END).bytes)
  })
  section(11, 2, to => {
    to.op(0, I32_CONST).signed(AT.text).op(END).block(Uint8Array.from(TEXT))
    to.op(0, I32_CONST).signed(AT.iovec).op(END)
    to.block(Uint8Array.from([AT.text, 0, 0, 0, TEXT.length, 0, 0, 0]))
  })
  return out.bytes
}

/** A job that a thread gives to itself. */
export function warmUpJob(): GuestJob {
  return {
    wasm: warmUpModule(),
    isMetered: false,
    memoryBytes: 1 << 20,
    spec: {
      args: [Uint8Array.from(TEXT)],
      env: [],
      inputs: [],
      stdin: new Uint8Array(),
      seed: new Uint8Array(32),
      epochNs: 0n,
      limits: { gas: 1_000_000n, stackSlots: 1000, outputBytes: 0, outputFiles: 0, tmpBytes: 0, logBytes: 100 }
    }
  }
}
