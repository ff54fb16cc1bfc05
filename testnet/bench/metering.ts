/**
 * What metering costs: whole programs as they are and after the pass, in CPU time of the thread that they run on. In a
 * process of its own, for engines compile better what has run before.
 *   node testnet/bench/metering.ts    prints one line of JSON: program to ratio
 */
/// <reference path="../../node/host/run/wasm/webassembly.d.ts" />
import { readFile } from 'node:fs/promises'
import { seededRandom } from '../../protocols/core/random.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { GAS_EXPORT, instrument, STACK_EXPORT } from '../../protocols/run/instrument/instrument.ts'
import { type GuestEngine, type GuestExports, runGuest } from '../../protocols/run/wasi/run.ts'

/** Ratios of each program, of which the middle one is told. */
const TURNS = 15
/** Plain time of one ratio, in us: the system tells a thread's time in ticks of up to 4 ms. */
const TURN_US = 300_000
const ROOT = new URL('../../', import.meta.url)
const MIB = 1 << 20
/** Rows of a table that lies in the processor's cache, and of one that does not. */
const ROWS = 60_000
const MANY_ROWS = 400_000
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
    [`SQLite, ${MANY_ROWS} rows`]: { wasm: sql, args: ['/inputs/file', QUERY], input: tableOf(MANY_ROWS) },
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

/** Metered time by plain time; one run of each in turns, so that what else the machine does falls on both. */
function ratioOf(plain: GuestEngine, metered: GuestEngine, program: Program): number {
  let [plainUs, meteredUs] = [0, 0]
  while (plainUs < TURN_US) {
    plainUs += cpuUs(plain, program)
    meteredUs += cpuUs(metered, program)
  }
  return meteredUs / plainUs
}

const ratios: Record<string, number> = {}
for (const [name, program] of Object.entries(await programs())) {
  const [plain, metered] = [plainEngine(program.wasm), meteredEngine(program.wasm)]
  const turns = Array.from({ length: TURNS }, () => ratioOf(plain, metered, program))
  ratios[name] = turns.sort((a, b) => a - b)[TURNS >> 1] ?? Number.NaN
}
console.log(JSON.stringify(ratios))
