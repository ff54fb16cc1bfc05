/**
 * What metering costs: whole programs as they are and after the pass, in CPU time of the thread that they run on, the best
 * of some turns of each. In a process of its own, for engines compile better what has run before.
 *   node testnet/bench/metering.ts    prints one line of JSON: program to ratio
 */
/// <reference path="../../node/host/run/wasm/webassembly.d.ts" />
import { readFile } from 'node:fs/promises'
import { seededRandom } from '../../protocols/core/random.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { GAS_EXPORT, instrument, STACK_EXPORT } from '../../protocols/run/instrument/instrument.ts'
import { type GuestEngine, type GuestExports, runGuest } from '../../protocols/run/wasi/run.ts'

const TURNS = 21
const ROOT = new URL('../../', import.meta.url)
const MIB = 1 << 20
const ROWS = 60_000
const QUERY = 'select place, count(*), sum(amount), avg(amount) from data group by place order by 3 desc'

interface Program {
  readonly wasm: Uint8Array
  readonly args: readonly string[]
  readonly input: Uint8Array
}

/** A table that is large enough to be work. */
function tableOf(rows: number): Uint8Array {
  const random = seededRandom(new Uint8Array(16).fill(3))
  const lines = Array.from({ length: rows }, (_, i) => `${i},place ${random() % 500},${random() % 100_000}`)
  return utf8(`id,place,amount\n${lines.join('\n')}\n`)
}

async function programs(): Promise<Readonly<Record<string, Program>>> {
  const read = async (path: string) => new Uint8Array(await readFile(new URL(path, ROOT)))
  const wasm = (name: string) => read(`testnet/modules/${name}/${name}.wasm`)
  const sql = await wasm('sql')
  return {
    bzip2: { wasm: await wasm('bzip2'), args: ['/inputs/file'], input: sql },
    SQLite: { wasm: sql, args: ['/inputs/file', QUERY], input: tableOf(ROWS) },
    inference: {
      wasm: await wasm('faces'),
      args: ['/inputs/file'],
      input: await read('test/fixtures/photo/astronaut.jpg')
    }
  }
}

/** An engine for a module as its author made it: its counters are never counted. */
function plainEngine(wasm: Uint8Array): GuestEngine {
  const module = new WebAssembly.Module(wasm)
  return {
    instantiate: imports => {
      const { exports } = new WebAssembly.Instance(module, { ...imports })
      const own = exports as unknown as GuestExports
      return { memory: own.memory, _start: own._start, [GAS_EXPORT]: { value: 0n }, [STACK_EXPORT]: { value: 0 } }
    },
    isTrap: () => false
  }
}

function meteredEngine(wasm: Uint8Array): GuestEngine {
  const module = new WebAssembly.Module(instrument(wasm, { memoryBytes: 256 * MIB }))
  return {
    instantiate: imports => {
      const { exports } = new WebAssembly.Instance(module, { ...imports })
      return exports as unknown as GuestExports
    },
    isTrap: () => false
  }
}

/** CPU time of one run. */
function cpuUs(engine: GuestEngine, { args, input }: Program): number {
  const before = process.threadCpuUsage()
  const { status, exitCode, stderr, diagnostics } = runGuest(engine, {
    args: ['program', ...args].map(utf8),
    env: [],
    inputs: [{ path: utf8('file'), content: input }],
    stdin: new Uint8Array(),
    seed: new Uint8Array(32),
    epochNs: 0n,
    limits: {
      gas: 1n << 60n,
      stackSlots: 1 << 20,
      outputBytes: 64 * MIB,
      outputFiles: 10,
      tmpBytes: MIB,
      logBytes: MIB
    }
  })
  const { user, system } = process.threadCpuUsage(before)
  if (status !== 'exited' || exitCode !== 0)
    throw new Error(`a program failed: ${status} ${Buffer.from(stderr).toString()} ${diagnostics}`)
  return user + system
}

const ratios: Record<string, number> = {}
for (const [name, program] of Object.entries(await programs())) {
  const engines = [plainEngine(program.wasm), meteredEngine(program.wasm)] as const
  const best = [Infinity, Infinity]
  // In turns, so that what else the machine does falls on both.
  for (let turn = 0; turn < TURNS; turn++)
    engines.forEach((engine, i) => {
      best[i] = Math.min(best[i] ?? Infinity, cpuUs(engine, program))
    })
  ratios[name] = (best[1] ?? Infinity) / (best[0] ?? 0)
}
console.log(JSON.stringify(ratios))
