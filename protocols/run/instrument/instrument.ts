/**
 * The pass of lily-wasi/1: takes a core wasm module and gives one that runs alike on every conforming engine. It admits
 * only what is deterministic, counts gas and stack, clamps memory and makes NaN bits canonical. It is a consensus rule:
 * any change of its output's behaviour is a new runtime version (params.ts).
 */
import { decodeBody } from './body.ts'
import { planCallings } from './calls.ts'
import { type Additions, emitBody, writeGasCheck } from './emit.ts'
import { BULK_SHIFT, MAX_PAGES, MAX_WEIGHT, PAGE_BYTES } from './params.ts'
import { malformed, Reader, tooLarge } from './reader.ts'
import { type Module, readModule, SECTION } from './sections.ts'
import { type FunctionType, I32, I64 } from './types.ts'
import { weigh } from './weight.ts'
import { Writer } from './writer.ts'

/** Names under which the metered module shows its counters and its start function to the host. */
export const GAS_EXPORT = 'lily:gas'
export const STACK_EXPORT = 'lily:stack'
export const START_EXPORT = 'lily:start'

/** What the pass is told. */
export interface InstrumentOptions {
  /** Bound of the linear memory, in bytes; rounded down to pages. */
  readonly memoryBytes: number
}

/** Appends `count` entries to a section that may be missing. */
function appended(section: Uint8Array | undefined, count: number, entries: (out: Writer) => void): Uint8Array {
  const out = new Writer((section?.length ?? 0) + 32)
  if (section === undefined) {
    out.u32(count)
  } else {
    const reader = new Reader(section)
    out.u32(reader.u32() + count).raw(section.subarray(reader.at))
  }
  entries(out)
  return out.bytes
}

/** The type of {@link bulkFunction}. */
const BULK_TYPE: FunctionType = { params: [I32], results: [I32] }

/** (n: i32) -> i32: charges n >> BULK_SHIFT gas, checks, gives n back. */
function bulkFunction(gasGlobal: number): Uint8Array {
  const out = new Writer()
  out.op(0) // no locals
  out.op(0x23).u32(gasGlobal) // global.get
  out.op(0x20, 0, 0x41, BULK_SHIFT, 0x76, 0xad, 0x7d) // local.get 0, i32.const, i32.shr_u, i64.extend_i32_u, i64.sub
  out.op(0x24).u32(gasGlobal) // global.set
  writeGasCheck(out, gasGlobal)
  return out.op(0x20, 0, 0x0b).bytes
}

function writeType(out: Writer, { params, results }: FunctionType): void {
  out.op(0x60).block(Uint8Array.from(params)).block(Uint8Array.from(results))
}

function emitFunctions(typeIndices: readonly number[]): Uint8Array {
  const out = new Writer(typeIndices.length * 2).u32(typeIndices.length)
  for (const index of typeIndices) out.u32(index)
  return out.bytes
}

function emitCode(module: Module, added: Additions): Uint8Array {
  const section = module.sections.get(SECTION.code)
  const own = module.functions.slice(module.importCount)
  const out = new Writer((section?.length ?? 0) * 2)
  out.u32(own.length + 1)
  const reader = new Reader(section ?? new Uint8Array([0]))
  if (reader.u32() !== own.length) throw malformed('functions without code, or code without functions')
  let weight = 0
  own.forEach((type, i) => {
    const size = reader.u32()
    const from = reader.at
    reader.take(size)
    const calling = added.callings[i]
    if (calling === undefined) throw malformed('a function without code')
    const role = { type, calling, isStart: module.importCount + i === module.start }
    const body = decodeBody(module, type, reader.bytes, from, reader.at)
    weight += weigh(body, size)
    if (weight > MAX_WEIGHT) throw tooLarge(`functions of the weight ${weight}`)
    out.block(emitBody(body, added, role))
  })
  if (!reader.done) throw malformed('bytes after the last function')
  return out.block(bulkFunction(added.gasGlobal)).bytes
}

function emitExports(module: Module, added: Additions): Uint8Array {
  const out = new Writer()
  const list: [name: string, kind: number, index: number][] = [
    ['memory', 2, 0],
    ['_start', 0, module.entry],
    [GAS_EXPORT, 3, added.gasGlobal],
    [STACK_EXPORT, 3, added.stackGlobal]
  ]
  // A start section would run before the host has set the gas: it becomes a function that the host calls first.
  if (module.start !== undefined) list.push([START_EXPORT, 0, module.start])
  out.u32(list.length)
  for (const [name, kind, index] of list) out.name(name).op(kind).u32(index)
  return out.bytes
}

/**
 * Makes the metered module. The caller first has its engine validate the original: the pass checks what it relies on,
 * not the whole of wasm's type rules.
 *
 * @throws RUN_REJECTED
 */
export function instrument(bytes: Uint8Array, options: InstrumentOptions): Uint8Array {
  const maxPages = Math.min(MAX_PAGES, Math.floor(options.memoryBytes / PAGE_BYTES))
  const module = readModule(bytes, maxPages)
  const { sections, globalCount, functions, importCount, types } = module
  const callings = planCallings(module)
  const added: Additions = {
    gasGlobal: globalCount,
    stackGlobal: globalCount + 1,
    bulkFunction: functions.length,
    importCount,
    callings: callings.own
  }
  const code = emitCode(module, added)
  const out = new Writer(code.length + bytes.length)
  out.op(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
  const write = (id: number, body: Uint8Array | undefined) => {
    if (body !== undefined) out.op(id).block(body)
  }
  const addedTypes = [...callings.types, BULK_TYPE]
  write(
    SECTION.type,
    appended(sections.get(SECTION.type), addedTypes.length, to => {
      for (const type of addedTypes) writeType(to, type)
    })
  )
  write(SECTION.import, sections.get(SECTION.import))
  write(SECTION.function, emitFunctions([...callings.typeIndices, types.length + callings.types.length]))
  write(SECTION.table, sections.get(SECTION.table))
  write(SECTION.memory, new Writer().op(1, 1).u32(module.memoryMinPages).u32(module.memoryMaxPages).bytes)
  write(
    SECTION.global,
    appended(sections.get(SECTION.global), 2, to => to.op(I64, 1, 0x42, 0, 0x0b, I32, 1, 0x41, 0, 0x0b))
  )
  write(SECTION.export, emitExports(module, added))
  write(SECTION.element, sections.get(SECTION.element))
  write(SECTION.dataCount, sections.get(SECTION.dataCount))
  write(SECTION.code, code)
  write(SECTION.data, sections.get(SECTION.data))
  return out.bytes.slice()
}
