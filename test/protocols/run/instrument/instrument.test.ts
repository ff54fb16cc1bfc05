// The pass of lily-wasi/1: what it refuses, what it counts, and that it never breaks a program.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunError } from '../../../../protocols/run/errors.ts'
import { instrument } from '../../../../protocols/run/instrument/instrument.ts'
import { F32, F64, I32, I64, V128 } from '../../../../protocols/run/instrument/types.ts'
import { guestWasm } from '../../../fixtures/guest.ts'
import { isValid, runModule } from '../../../fixtures/wasm-engine.ts'
import { i32, type ModuleSpec, wasmModule } from '../../../fixtures/wasm-module.ts'
import { throws } from '../../../support.ts'

const MEMORY_BYTES = 64 << 20
const FD_WRITE = ['wasi_snapshot_preview1', 'fd_write', 1] as const
const FD_WRITE_TYPE = [[I32, I32, I32, I32], [I32]] as const

function pass(spec: ModuleSpec): Uint8Array {
  return instrument(wasmModule(spec), { memoryBytes: MEMORY_BYTES })
}

function reasonFor(spec: ModuleSpec | Uint8Array): string {
  const wasm = spec instanceof Uint8Array ? spec : wasmModule(spec)
  try {
    instrument(wasm, { memoryBytes: MEMORY_BYTES })
  } catch (error) {
    if (error instanceof RunError) return String(error.details.reason)
    throw error
  }
  return 'taken'
}

/** A program of one function. */
const start = (code: readonly number[], locals: readonly (readonly [number, number])[] = []): ModuleSpec => ({
  functions: [{ code, locals }]
})

const used = (spec: ModuleSpec) => {
  const { status, used } = runModule(wasmModule(spec))
  assert.is(status, 'exited')
  return used
}

// --- what is taken

const admission = suite('admission')

admission('takes the least program', () => {
  assert.is(reasonFor({}), 'taken')
  assert.is(runModule(wasmModule({})).status, 'exited')
})

admission('refuses what is no module', () => {
  assert.is(reasonFor(new Uint8Array()), 'malformed')
  assert.is(reasonFor(Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0])), 'malformed')
  const whole = wasmModule({ functions: [{ code: i32(300).concat(0x1a) }] })
  for (let length = 9; length < whole.length; length++) {
    assert.is.not(reasonFor(whole.subarray(0, length)), 'taken', `cut at ${length}`)
  }
})

admission('refuses a program without memory or entry, and one that would be called wrongly', () => {
  assert.is(reasonFor({ memory: null, exports: [['_start', 0, 0]] }), 'abi')
  assert.is(reasonFor({ exports: [['_start', 0, 0]] }), 'abi')
  assert.is(reasonFor({ exports: [['memory', 2, 0]] }), 'abi')
  const types = [[[I64], []]] as const
  assert.is(reasonFor({ types, functions: [{ type: 1, code: [] }] }), 'abi')
})

admission('refuses exports that stand where its own will', () => {
  for (const name of ['lily:gas', 'lily:x']) {
    const exports = [
      ['memory', 2, 0],
      ['_start', 0, 0],
      [name, 0, 0]
    ] as const
    assert.is(reasonFor({ exports }), 'abi')
  }
})

admission('takes WASI imports with their signature, and no others', () => {
  assert.is(reasonFor({ types: [FD_WRITE_TYPE], imports: [FD_WRITE] }), 'taken')
  assert.is(reasonFor({ types: [[[I32, I32, I32, I64], [I32]]], imports: [FD_WRITE] }), 'import')
  assert.is(reasonFor({ imports: [['env', 'fd_write', 0]] }), 'import')
  assert.is(reasonFor({ imports: [['wasi_snapshot_preview1', 'toString', 0]] }), 'import')
  assert.is(reasonFor({ imports: [['wasi_unstable', 'sched_yield', 0]] }), 'import')
  assert.is(reasonFor({ sections: { 2: [1, 1, 97, 1, 98, 2, 0, 1] } }), 'import')
})

admission('refuses memories that other engines do not have, or that are too large', () => {
  assert.is(reasonFor({ memory: [3, 1, 2] }), 'feature')
  assert.is(reasonFor({ memory: [4, 1] }), 'feature')
  assert.is(reasonFor({ sections: { 5: [2, 0, 1, 0, 1] } }), 'feature')
  assert.is(reasonFor({ memory: [0, 0x80, 0x08] }), 'taken') // 1024 pages are the limit
  assert.is(reasonFor({ memory: [0, 0x81, 0x08] }), 'limit')
})

admission('refuses instructions that are not the same everywhere', () => {
  const relaxedSwizzle = [0xfd, 0x80, 0x02]
  const atomicFence = [0xfe, 3, 0]
  const returnCall = [0x12, 0]
  const throwing = [0x08, 0]
  const tableGrow = [0xd0, 0x70, ...i32(1), 0xfc, 15, 0, 0x1a]
  const tryTable = [0x1f, 0x40, 0, 0x0b]
  const structNew = [0xfb, 1, 0, 0x1a]
  const secondMemory = [...i32(0), 0x28, 0x42, 1, 0, 0x1a]
  for (const [code, name] of [
    [relaxedSwizzle, 'relaxed vectors'],
    [atomicFence, 'atomics'],
    [returnCall, 'tail calls'],
    [throwing, 'exceptions'],
    [tryTable, 'exceptions'],
    [structNew, 'garbage collection'],
    [secondMemory, 'several memories'],
    [tableGrow, 'table.grow']
  ] as const) {
    assert.is(reasonFor(start(code)), 'feature', String(code))
    assert.match(throws(() => pass(start(code)), 'RUN_REJECTED').message, name)
  }
})

admission('refuses sections and types of later proposals', () => {
  assert.is(reasonFor({ sections: { 13: [0] } }), 'feature')
  assert.is(reasonFor({ types: [[[0x69], []]] }), 'feature')
  assert.is(reasonFor({ sections: { 1: [1, 0x5e, 0x7f, 0] } }), 'feature')
})

admission('refuses computed constants, about which engines of different age differ', () => {
  const sum = [0x41, 1, 0x41, 2, 0x6a, 0x0b]
  assert.is(reasonFor({ sections: { 6: [1, I32, 0, ...sum] } }), 'feature')
  assert.is(reasonFor({ sections: { 6: [2, I32, 0, 0x41, 1, 0x0b, I32, 0, 0x23, 0, 0x0b] } }), 'feature')
  assert.is(reasonFor({ sections: { 6: [1, I32, 0, 0x41, 1, 0x0b] } }), 'taken')
})

admission('refuses too many locals, tables and elements', () => {
  assert.is(reasonFor(start([], [[5000, I32]])), 'taken')
  assert.is(reasonFor(start([], [[5001, I32]])), 'limit')
  assert.is(reasonFor({ sections: { 4: [1, 0x70, 0, 0xc0, 0x84, 0x3d] } }), 'taken')
  assert.is(reasonFor({ sections: { 4: [1, 0x70, 0, 0xc1, 0x84, 0x3d] } }), 'limit')
  assert.is(reasonFor({ sections: { 4: [2, 0x70, 0, 0xc0, 0x84, 0x3d, 0x70, 0, 1] } }), 'limit')
})

admission('drops what means nothing to the program', () => {
  const plain = pass({})
  assert.equal(pass({ sections: { 0: [4, 110, 97, 109, 101, 1, 2, 3] } }), plain)
})

admission.run()

// --- gas

const gas = suite('gas')

gas('costs one for an instruction, three for a call, nothing for structure', () => {
  assert.is(used(start([])), 0n)
  assert.is(used(start([...i32(1), 0x1a])), 2n)
  assert.is(used(start([0x02, 0x40, 0x01, ...i32(1), 0x1a, 0x0b])), 2n)
  assert.is(used({ functions: [{ code: [0x10, 1] }, { code: [] }] }), 3n)
})

gas('charges only the branch that is taken', () => {
  const branch = (condition: number) => start([...i32(condition), 0x04, 0x40, ...i32(1), 0x1a, 0x05, 0x0b])
  assert.is(used(branch(1)), 4n)
  assert.is(used(branch(0)), 2n)
  const early = (condition: number) =>
    start([0x02, 0x40, ...i32(condition), 0x0d, 0, ...i32(1), 0x1a, 0x0b, ...i32(2), 0x1a])
  assert.is(used(early(0)), 6n)
  assert.is(used(early(1)), 4n)
})

gas('charges each turn of a loop', () => {
  const loop = (turns: number) =>
    start([...i32(turns), 0x21, 0, 0x03, 0x40, 0x20, 0, ...i32(1), 0x6b, 0x22, 0, 0x0d, 0, 0x0b], [[1, I32]])
  assert.is(used(loop(1)), 2n + 5n)
  assert.is(used(loop(10)), 2n + 50n)
})

gas('ends loops, recursion and bulk work alike', () => {
  const limits = { gas: 10_000n }
  const forever: ModuleSpec[] = [
    start([0x03, 0x40, 0x0c, 0, 0x0b]),
    start([0x03, 0x40, ...i32(1), 0x0d, 0, 0x0b]),
    start([0x03, 0x40, 0x02, 0x40, ...i32(0), 0x0e, 1, 1, 0, 0x0b, 0x0b]),
    { memory: [0, 16], functions: [{ code: [...i32(0), ...i32(1), ...i32(1 << 20), 0xfc, 11, 0] }] },
    { memory: [0, 16], functions: [{ code: [...i32(0), ...i32(0), ...i32(1 << 20), 0xfc, 10, 0, 0] }] }
  ]
  for (const spec of forever) {
    const outcome = runModule(wasmModule(spec), { limits })
    assert.is(outcome.status, 'out-of-gas')
    assert.is(outcome.used, 10_000n)
  }
  const recursion = runModule(wasmModule({ functions: [{ code: [0x10, 0] }] }), {
    limits: { gas: 1000n, stackSlots: 1 << 20 }
  })
  assert.is(recursion.status, 'out-of-gas')
})

gas('is not escaped by leaving in debt', () => {
  const straight = start(new Array(100).fill([...i32(1), 0x1a]).flat())
  assert.is(runModule(wasmModule(straight), { limits: { gas: 199n } }).status, 'out-of-gas')
  assert.is(runModule(wasmModule(straight), { limits: { gas: 200n } }).status, 'exited')
})

gas('charges a trap the whole limit', () => {
  const { status, used } = runModule(wasmModule(start([0x00])), { limits: { gas: 777n } })
  assert.is(status, 'trap')
  assert.is(used, 777n)
})

gas('tells debt from a trap by what was paid before, wherever that is looked for', () => {
  const load = [...i32(-4), 0x28, 2, 0]
  const programs: readonly (readonly [cost: number, ModuleSpec])[] = [
    [6, { functions: [{ code: [0x10, 1, 0x00] }, { code: [...i32(1), 0x1a] }] }],
    [5, { functions: [{ code: [...i32(1), 0x04, 0x40, ...i32(5), 0x1a, 0x00, 0x0b, 0x10, 1] }, { code: [] }] }],
    [5, start([0x03, 0x40, ...i32(1), 0x1a, ...load, 0x0d, 0, 0x0b])],
    [
      11,
      {
        types: [[[], [I32, I32]]],
        functions: [{ code: [0x10, 1, 0x1a, 0x1a] }, { type: 1, code: [0x10, 2, ...load, ...i32(2)] }, { code: [] }]
      }
    ]
  ]
  for (const [cost, spec] of programs) {
    const wasm = wasmModule(spec)
    const statusAt = (limit: number) => runModule(wasm, { limits: { gas: BigInt(limit) } }).status
    for (let limit = 0; limit < cost; limit++) assert.is(statusAt(limit), 'out-of-gas', `${limit} of ${cost}`)
    assert.is(statusAt(cost), 'trap', String(cost))
  }
})

gas('costs the same whether only direct calls reach a function or a table holds it', () => {
  // Its callee takes and gives values, and traps in the end where its argument is 0.
  const types = [[[I32, I64], [I64]]] as const
  const callee = [...[0x20, 1, 0x42, 10, 0x7c], ...[0x20, 0, 0x45, 0x04, 0x40, 0x00, 0x0b]]
  const calls = (argument: number) => [...i32(argument), 0x42, 5, 0x10, 1, 0x1a]
  const table = { 4: [1, 0x70, 0, 1], 9: [1, 0, 0x41, 0, 0x0b, 1, 1] }
  for (const argument of [0, 1]) {
    const code = [...calls(1), ...i32(1), 0x1a, ...calls(argument), ...i32(2), 0x1a]
    const functions = [{ code }, { type: 1, code: callee }]
    const [direct, tabled] = [wasmModule({ types, functions }), wasmModule({ types, functions, sections: table })]
    for (let limit = 0; limit < 40; limit++) {
      const [one, other] = [direct, tabled].map(wasm => runModule(wasm, { limits: { gas: BigInt(limit) } }))
      assert.is(one?.status, limit < (argument === 0 ? 29 : 28) ? 'out-of-gas' : argument === 0 ? 'trap' : 'exited')
      assert.is(one?.status, other?.status, `${argument} at ${limit}`)
      assert.is(one?.used, other?.used, `${argument} at ${limit}`)
    }
  }
})

gas('brings what was used on each way to where branches of a table meet others', () => {
  const drop = [...i32(1), 0x1a]
  const ways = (first: number, second: number, third: number): ModuleSpec => {
    const branches = [...i32(first), 0x0d, 1, ...drop, ...i32(second), 0x0d, 0, ...drop, ...i32(third), 0x0e, 1, 0, 1]
    return start([0x02, 0x40, 0x02, 0x40, ...branches, 0x0b, ...drop, 0x0b, ...drop])
  }
  assert.is(used(ways(1, 0, 0)), 2n + 2n)
  assert.is(used(ways(0, 1, 0)), 2n + 4n + 2n + 2n)
  assert.is(used(ways(0, 0, 0)), 2n + 4n + 4n + 2n + 2n)
  assert.is(used(ways(0, 0, 1)), 2n + 4n + 4n + 2n)
})

gas('meters a start section before _start', () => {
  const spec = { functions: [{ code: [...i32(1), 0x1a] }, { code: [...i32(1), 0x1a] }], start: 1 }
  assert.is(used(spec), 4n)
})

gas.run()

// --- stack

const stack = suite('stack')

const recursive: ModuleSpec = { functions: [{ code: [0x10, 0] }] }

stack('ends endless recursion as overflow, whatever it does with its frames', () => {
  const indirect: ModuleSpec = {
    functions: [{ code: [...i32(0), 0x11, 0, 0] }],
    sections: { 4: [1, 0x70, 0, 1], 9: [1, 0, 0x41, 0, 0x0b, 1, 0] }
  }
  const large: ModuleSpec = { functions: [{ code: [0x10, 0], locals: [[4000, V128]] }] }
  for (const spec of [recursive, indirect, large]) {
    const outcome = runModule(wasmModule(spec))
    assert.is(outcome.status, 'stack-overflow')
    assert.is(outcome.used, 10_000_000_000n)
  }
})

stack('gives back what a call took', () => {
  const calls = { functions: [{ code: new Array(1000).fill([0x10, 1]).flat() }, { code: [0x10, 2] }, { code: [] }] }
  assert.is(runModule(wasmModule(calls), { limits: { stackSlots: 40 } }).status, 'exited')
  assert.is(runModule(wasmModule(calls), { limits: { stackSlots: 15 } }).status, 'stack-overflow')
})

stack('gives back what a start section called took, and not what it took itself', () => {
  const chain: ModuleSpec = {
    functions: [{ code: [0x10, 2] }, { code: [0x10, 2] }, { code: [0x10, 3] }, { code: [0x10, 4] }, { code: [] }],
    sections: { 4: [1, 0x70, 0, 2], 9: [1, 0, 0x41, 0, 0x0b, 2, 2, 3] },
    start: 1
  }
  const statusAt = (stackSlots: number) => runModule(wasmModule(chain), { limits: { stackSlots } }).status
  assert.is(statusAt(31), 'stack-overflow')
  assert.is(statusAt(32), 'exited')
})

stack.run()

// --- memory and NaN

const values = suite('values')

/** A program that exits with whether `code` leaves 1. */
const leaves = (code: readonly number[], locals: readonly (readonly [number, number])[] = []): number => {
  const spec: ModuleSpec = {
    types: [[[I32], []]],
    imports: [['wasi_snapshot_preview1', 'proc_exit', 1]],
    functions: [{ code: [...code, 0x10, 0], locals }]
  }
  return runModule(wasmModule(spec)).exitCode
}

values('clamps memory to the job, so that growing fails at the same page everywhere', () => {
  // 1 page at first; growing by 1023 succeeds (gives 1), by one more fails (gives -1)
  assert.is(leaves([...i32(1023), 0x40, 0]), 1)
  assert.is(leaves([...i32(1024), 0x40, 0]), 255)
})

const f64 = (...bytes: number[]) => [0x44, ...bytes]
const ZERO64 = f64(0, 0, 0, 0, 0, 0, 0, 0)
const NAN64_ODD = f64(1, 0, 0, 0, 0, 0, 0xf8, 0xff)

values('makes NaN canonical, whatever shows it', () => {
  const isCanonical = (code: number[]) =>
    leaves([...code, 0xbd, 0x42, ...[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0xfc, 0xff, 0x00], 0x51])
  assert.is(isCanonical([...ZERO64, ...ZERO64, 0xa3]), 1, '0/0')
  assert.is(isCanonical([...NAN64_ODD, ...ZERO64, 0xa0]), 1, 'NaN + 0')
  assert.is(isCanonical([...NAN64_ODD, 0x9f]), 1, 'sqrt(NaN)')
  assert.is(isCanonical([...ZERO64, ...ZERO64, 0xa3, ...ZERO64, 0xa0, 0x9b]), 1, 'through arithmetic')
  assert.is(isCanonical([...NAN64_ODD]), 0, 'a constant keeps its bits')
  assert.is(isCanonical([...NAN64_ODD, 0xb6, 0xbb]), 1, 'demote and promote')
})

values('makes NaN canonical in each lane of a vector, also where lanes of another width read it', () => {
  const splat = [0x43, 0x01, 0x00, 0xc0, 0xff, 0xfd, 19]
  const addF32 = [...splat, ...splat, 0xfd, 228, 1]
  // The first lane's bits as i32 equal 0x7fc00000.
  assert.is(leaves([...addF32, 0xfd, 27, 0, ...i32(0x7fc00000), 0x46]), 1)
  // f64x2.abs shows the bits of the f32 lanes.
  assert.is(leaves([...addF32, 0xfd, 236, 1, 0xfd, 27, 1, ...i32(0x7fc00000), 0x46]), 1)
  // To f64x2.add two canonical f32 NaN are one large number; with any other bits it would be another one.
  assert.is(leaves([...addF32, ...addF32, 0xfd, 240, 1, 0xfd, 27, 1, ...i32(0x7fd00000), 0x46]), 1)
})

values('makes NaN canonical before lanes change their width', () => {
  // sqrt(-1) in f32 lanes, which demote reads as f64: +infinity of canonical bits, -infinity of x86's.
  const roots = [0x43, 0, 0, 0x80, 0xbf, 0xfd, 19, 0xfd, 227, 1]
  assert.is(leaves([...roots, 0xfd, 94, 0xfd, 27, 0, ...i32(0x7f800000), 0x46]), 1)
  // A NaN whose lower half is 1.0 in f32, which promote reads: 0 of canonical bits.
  const payload = [0x44, 0, 0, 0x80, 0x3f, 0, 0, 0xf8, 0x7f, 0xfd, 20]
  const sum = [...payload, ...ZERO64, 0xfd, 20, 0xfd, 240, 1]
  assert.is(leaves([...sum, 0xfd, 95, 0xfd, 29, 0, 0x50]), 1)
})

values('keeps numbers as they are', () => {
  const one = f64(0, 0, 0, 0, 0, 0, 0xf0, 0x3f)
  assert.is(leaves([...one, ...one, 0xa0, ...f64(0, 0, 0, 0, 0, 0, 0, 0x40), 0x61]), 1)
  assert.is(leaves([0x43, 0, 0, 0x80, 0x3f, 0x8c, 0x43, 0, 0, 0x80, 0xbf, 0x5b]), 1)
  assert.is(
    leaves(
      [...i32(1)],
      [
        [1, F32],
        [1, F64]
      ]
    ),
    1
  )
})

values.run()

// --- nothing breaks

const robustness = suite('robustness')

robustness('takes real programs, and gives the same bytes each time', async () => {
  const first = instrument(await guestWasm(), { memoryBytes: MEMORY_BYTES })
  assert.ok(isValid(first))
  assert.equal(instrument(await guestWasm(), { memoryBytes: MEMORY_BYTES }), first)
})

robustness.run()
