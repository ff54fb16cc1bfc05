// A function's weight: counted on what its author wrote, and never less than what the pass makes of it.
import { readdir, readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeBody } from '../../../../protocols/run/instrument/body.ts'
import { instrument } from '../../../../protocols/run/instrument/instrument.ts'
import {
  MAX_BODY_WEIGHT,
  MAX_LOCALS,
  WEIGHT_CONTROL,
  WEIGHT_FUNCTION,
  WEIGHT_NAN,
  WEIGHT_NAN_VECTOR
} from '../../../../protocols/run/instrument/params.ts'
import { Reader } from '../../../../protocols/run/instrument/reader.ts'
import { readModule, SECTION } from '../../../../protocols/run/instrument/sections.ts'
import { F32, F64, I32, I64, V128 } from '../../../../protocols/run/instrument/types.ts'
import { weigh } from '../../../../protocols/run/instrument/weight.ts'
import { PROGRAMS } from '../../../fixtures/jobs/programs.ts'
import { isValid } from '../../../fixtures/wasm-engine.ts'
import { i32, type ModuleSpec, wasmModule } from '../../../fixtures/wasm-module.ts'
import { throws } from '../../../support.ts'

const MEMORY_BYTES = 64 << 20
const DROP = 0x1a

/** Places of the function bodies in a module's bytes. */
function bodiesOf(code: Uint8Array): { from: number; to: number }[] {
  const reader = new Reader(code)
  return reader.list(() => {
    const size = reader.u32()
    reader.take(size)
    return { from: reader.at - size, to: reader.at }
  })
}

function codeOf(wasm: Uint8Array): Uint8Array {
  const reader = new Reader(wasm, 8)
  for (;;) {
    const id = reader.byte()
    const section = reader.take(reader.u32())
    if (id === SECTION.code) return section
  }
}

/** Weight of each function, what of it is for its code alone, and length of what it became. */
function weighed(wasm: Uint8Array): { weight: number; ofCode: number; metered: number }[] {
  const module = readModule(wasm, MEMORY_BYTES >> 16)
  const own = bodiesOf(codeOf(wasm))
  const metered = bodiesOf(codeOf(instrument(wasm, { memoryBytes: MEMORY_BYTES })))
  return own.map(({ from, to }, i) => {
    const type = module.functions[module.importCount + i]
    const after = metered[i]
    if (type === undefined || after === undefined) throw new Error(`no function ${i}`)
    const body = decodeBody(module, type, codeOf(wasm), from, to)
    const ofCode = weigh({ ...body, localCount: 0 }, to - from)
    return { weight: weigh(body, to - from), ofCode, metered: after.to - after.from }
  })
}

const repeated = (code: readonly number[], count: number) => new Array(count).fill(code).flat()

const ZERO = {
  f32: [0x43, 0, 0, 0, 0],
  f64: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  v128: [0x41, 0, 0xfd, 17]
}

/** One instruction each, with the highest of all numbers in the code that is added to it. */
const PIECES: Readonly<Record<string, readonly number[]>> = {
  'a call': [0x10, 0],
  'an indirect call': [...i32(0), 0x11, 0, 0],
  'a branch out': [...i32(0), 0x0d, 0],
  'an if': [...i32(1), 0x04, 0x40, 0x05, 0x0b],
  'an if that traps': [...i32(1), 0x04, 0x40, 0x00, 0x05, 0x00, 0x0b],
  'a loop': [0x03, 0x40, ...i32(0), 0x0d, 0, 0x0b],
  'a block that is left': [0x02, 0x40, ...i32(0), 0x0d, 0, 0x0b],
  'a table of branches': [0x02, 0x40, ...i32(0), 0x0e, 1, 0, 1, 0x0b],
  'a return': [...i32(1), 0x04, 0x40, 0x0f, 0x0b],
  'memory moved': [...i32(0), ...i32(0), ...i32(0), 0xfc, 10, 0, 0],
  'an f32': [...ZERO.f32, 0x91, 0x8c, DROP],
  'an f64': [...ZERO.f64, 0x9f, 0x9a, DROP],
  'f32 lanes': [...ZERO.v128, 0xfd, 227, 1, DROP],
  'f64 lanes': [...ZERO.v128, 0xfd, 239, 1, DROP],
  'f32 lanes of which f64 are made': [...ZERO.v128, 0xfd, 95, DROP]
}

const LOCALS = [
  [MAX_LOCALS - 4, I32],
  [1, I64],
  [1, F32],
  [1, F64],
  [1, V128]
] as const

function programOf(code: readonly number[], isStart: boolean, results: readonly number[]): Uint8Array {
  const given = results.flatMap(() => i32(0))
  // A return and a branch out need what the function gives.
  const body = results.length === 0 ? [...code] : [0x02, 0x40, ...code, 0x0b, ...given]
  const spec: ModuleSpec = {
    types: [[[], results]],
    functions: [{ code: [] }, { type: 1, locals: LOCALS, code: body }],
    sections: { 4: [1, 0x70, 0, 1] },
    ...(isStart && results.length === 0 ? { start: 1 } : {})
  }
  return wasmModule(spec)
}

const test = suite('the weight of a function')

test('is its bytes and so much more for each instruction that code is added to', () => {
  const weightOf = (code: readonly number[]) => weighed(wasmModule({ functions: [{ code }] }))[0]?.weight ?? 0
  const bare = weightOf([])
  assert.is(bare, WEIGHT_FUNCTION + 2 + WEIGHT_CONTROL) // no locals, and the end
  assert.is(weightOf([...i32(1), DROP]) - bare, 3)
  assert.is(weightOf([0x03, 0x40, 0x0b]) - bare, 3 + 2 * WEIGHT_CONTROL)
  assert.is(weightOf([...ZERO.f32, 0x91, DROP]) - bare, 7 + WEIGHT_NAN)
  assert.is(weightOf([...ZERO.v128, 0xfd, 227, 1, DROP]) - bare, 8 + WEIGHT_NAN_VECTOR)
  const withLocals = wasmModule({
    types: [[[I32, I32], []]],
    functions: [{ code: [] }, { type: 1, locals: [[7, F64]], code: [0x03, 0x40, 0x0b] }]
  })
  assert.is(weighed(withLocals)[1]?.weight, bare + 2 + 3 + 2 * WEIGHT_CONTROL + 3 * 9) // two parameters, seven locals
})

test('is never less than what it becomes, whatever it is made of', () => {
  const makes = Object.entries(PIECES).flatMap(([name, piece]) => [
    [name, repeated(piece, 200)] as const,
    [`${name}, nested`, [...repeated([0x02, 0x40], 150), ...repeated(piece, 200), ...repeated([0x0b], 150)]] as const
  ])
  for (const [name, code] of makes) {
    for (const [isStart, results] of [
      [false, []],
      [true, []],
      [false, [I32, I32]]
    ] as const) {
      const isReturn = code.includes(0x0f)
      if (isReturn && results.length > 0) continue
      const wasm = programOf(code, isStart, results)
      assert.ok(isValid(wasm), name)
      for (const { ofCode, metered } of weighed(wasm)) assert.ok(metered <= ofCode, `${name}: ${metered} of ${ofCode}`)
    }
  }
})

test('is never less than what real programs become', async () => {
  const folder = new URL('../../../../testnet/modules/', import.meta.url)
  const files = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.wasm'))
  assert.ok(files.length >= 6)
  const real = await Promise.all(files.map(async name => new Uint8Array(await readFile(new URL(name, folder)))))
  for (const wasm of [...Object.values(PROGRAMS), ...real])
    for (const { ofCode, metered } of weighed(wasm)) assert.ok(metered <= ofCode, `${metered} of ${ofCode}`)
})

test('is limited: at, and above', () => {
  // Square roots that are each made canonical; what is missing to the limit is filled up with code that weighs its bytes.
  const piece = [...ZERO.f32, 0x91, 0x8c, DROP]
  const weightOf = (code: readonly number[]) => WEIGHT_FUNCTION + 2 + WEIGHT_CONTROL + code.length
  const count = Math.floor((MAX_BODY_WEIGHT - 1000) / (piece.length + WEIGHT_NAN))
  const roots = repeated(piece, count)
  const filling = MAX_BODY_WEIGHT - weightOf(roots) - count * WEIGHT_NAN
  const programWith = (nops: number) => wasmModule({ functions: [{ code: [...roots, ...repeated([0x01], nops)] }] })
  const largest = instrument(programWith(filling), { memoryBytes: MEMORY_BYTES })
  assert.ok(isValid(largest))
  assert.match(
    throws(() => instrument(programWith(filling + 1), { memoryBytes: MEMORY_BYTES }), 'RUN_REJECTED').message,
    String(MAX_BODY_WEIGHT + 1)
  )
})

test('of many ways and many locals is more than any compiler is asked for', () => {
  const programWith = (loops: number) =>
    wasmModule({ functions: [{ locals: [[1_000, I32]], code: repeated([0x03, 0x40, 0x0b], loops) }] })
  const most = Math.floor((MAX_BODY_WEIGHT - WEIGHT_FUNCTION - 1_100) / (2 * (WEIGHT_CONTROL + 1_000) + 3))
  assert.ok(isValid(instrument(programWith(most), { memoryBytes: MEMORY_BYTES })))
  throws(() => instrument(programWith(most + 1), { memoryBytes: MEMORY_BYTES }), 'RUN_REJECTED')
})

test.run()
