/** Splits a module into its sections and reads those that decide what the module may do. Only the whitelisted passes. */
import { rejected } from '../errors.ts'
import { WASI_MODULE, wasiSignature } from '../wasi/signatures.ts'
import * as limit from './params.ts'
import { malformed, Reader, tooLarge, unsupported } from './reader.ts'
import { type Refer, skipDataSection, skipElementSection, skipGlobalSection } from './segments.ts'
import { type FunctionType, readReferenceType, readValueType } from './types.ts'

/** Ids of the sections that a module may have. */
export const SECTION = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12
} as const

const ORDER: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]

/** A module as far as the passes need it. */
export interface Module {
  readonly sections: ReadonlyMap<number, Uint8Array>
  readonly types: readonly FunctionType[]
  /** Types of all functions, imported ones first. */
  readonly functions: readonly FunctionType[]
  readonly importCount: number
  readonly globalCount: number
  readonly memoryMinPages: number
  readonly memoryMaxPages: number
  /** Index of the exported function `_start`. */
  readonly entry: number
  /** Functions that others than direct calls may run: those in tables, constants and exports, and the start section's. */
  readonly referenced: ReadonlySet<number>
  /** Index of the start section's function. */
  readonly start: number | undefined
}

/** The section of exceptions' tags. */
const TAGS = 13

const FUNCTION_KIND = 0
const MEMORY_KIND = 2
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

function splitSections(bytes: Uint8Array): Map<number, Uint8Array> {
  if (bytes.length > limit.MAX_MODULE_BYTES) throw tooLarge(`${bytes.length} bytes`)
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) throw malformed('it does not begin as a version 1 module')
  const sections = new Map<number, Uint8Array>()
  const reader = new Reader(bytes, MAGIC.length)
  let last = -1
  while (!reader.done) {
    const id = reader.byte()
    const body = reader.take(reader.u32())
    if (id === 0) continue // a custom section means nothing to the program
    const rank = ORDER.indexOf(id)
    if (rank === -1) throw unsupported(id === TAGS ? 'exceptions' : `the section ${id}`)
    if (rank <= last) throw malformed('sections out of order')
    last = rank
    sections.set(id, body)
  }
  return sections
}

function readTypes(reader: Reader): FunctionType[] {
  return reader.list(index => {
    if (index >= limit.MAX_TYPES) throw tooLarge('types')
    if (reader.byte() !== 0x60) throw unsupported('types other than functions')
    const params = reader.list(() => readValueType(reader))
    const results = reader.list(() => readValueType(reader))
    if (params.length > limit.MAX_PARAMS || results.length > limit.MAX_RESULTS) throw tooLarge('a function type')
    return { params, results }
  })
}

function typeAt(types: readonly FunctionType[], index: number): FunctionType {
  const type = types[index]
  if (type === undefined) throw malformed('a type that does not exist')
  return type
}

function readImports(reader: Reader, types: readonly FunctionType[]): FunctionType[] {
  return reader.list(() => {
    const from = reader.name()
    const name = reader.name()
    const label = `${from.slice(0, 64)}.${name.slice(0, 64)}`
    if (reader.byte() !== FUNCTION_KIND) throw rejected('import', `${label} is not a function`)
    const type = typeAt(types, reader.u32())
    const expected = from === WASI_MODULE ? wasiSignature(name) : undefined
    if (expected === undefined) throw rejected('import', `${label} is not a function of WASI preview 1`)
    if (expected.params.join() !== type.params.join() || expected.results.join() !== type.results.join()) {
      throw rejected('import', `${label} is imported with the wrong signature`)
    }
    return type
  })
}

function checkTables(reader: Reader): void {
  let total = 0
  reader.list(index => {
    if (index >= limit.MAX_TABLES) throw tooLarge('tables')
    readReferenceType(reader)
    const flags = reader.byte()
    if (flags > 1) throw unsupported('this kind of table')
    total += reader.u32()
    if (flags === 1) reader.u32()
    if (total > limit.MAX_TABLE_ELEMENTS) throw tooLarge(`tables of ${total} elements`)
  })
}

function readMemory(reader: Reader | undefined, maxPages: number): { min: number; max: number } {
  if (reader === undefined) throw rejected('abi', 'the module has no memory')
  if (reader.u32() !== 1) throw unsupported('several memories')
  const flags = reader.byte()
  if (flags > 1) throw unsupported(flags & 2 ? 'shared memory' : '64-bit memory')
  const min = reader.u32()
  const max = flags === 1 ? reader.u32() : limit.MAX_PAGES
  if (min > maxPages) throw tooLarge(`it starts with ${min} pages of memory, the job allows ${maxPages}`)
  return { min, max: Math.min(max, maxPages) }
}

function readEntry(reader: Reader | undefined, functions: readonly FunctionType[], refer: Refer): number {
  let entry = -1
  let hasMemory = false
  reader?.list(index => {
    if (index >= limit.MAX_EXPORTS) throw tooLarge('exports')
    const name = reader.name()
    const kind = reader.byte()
    const target = reader.u32()
    if (name.startsWith('lily:')) throw rejected('abi', `the export ${name.slice(0, 64)} is reserved`)
    if (kind === FUNCTION_KIND) refer(target)
    if (name === 'memory' && kind === MEMORY_KIND) hasMemory = true
    if (name === '_start' && kind === FUNCTION_KIND) entry = target
  })
  if (!hasMemory) throw rejected('abi', 'the module does not export its memory')
  const type = functions[entry]
  if (type === undefined) throw rejected('abi', 'the module exports no function _start')
  // Anything else would be called with missing arguments, which is a fault of the host and not an ending of the job.
  if (type.params.length + type.results.length > 0) {
    throw rejected('abi', '_start takes or gives values')
  }
  return entry
}

/**
 * Reads a module's shape and checks everything outside of its function bodies.
 *
 * @throws RUN_REJECTED
 */
export function readModule(bytes: Uint8Array, maxPages: number): Module {
  const sections = splitSections(bytes)
  const open = (id: number): Reader | undefined => {
    const body = sections.get(id)
    return body === undefined ? undefined : new Reader(body)
  }
  const typeReader = open(SECTION.type)
  const types = typeReader === undefined ? [] : readTypes(typeReader)
  const importReader = open(SECTION.import)
  const imports = importReader === undefined ? [] : readImports(importReader, types)
  const functionReader = open(SECTION.function)
  const own = functionReader?.list(() => typeAt(types, functionReader.u32())) ?? []
  if (own.length > limit.MAX_FUNCTIONS) throw tooLarge(`${own.length} functions`)
  const tableReader = open(SECTION.table)
  if (tableReader !== undefined) checkTables(tableReader)
  const memory = readMemory(open(SECTION.memory), maxPages)
  const functions = [...imports, ...own]
  const referenced = new Set<number>()
  const refer = (index: number) => {
    if (index < functions.length) referenced.add(index)
  }
  const globalReader = open(SECTION.global)
  const globalCount = globalReader === undefined ? 0 : skipGlobalSection(globalReader, refer)
  const elementReader = open(SECTION.element)
  if (elementReader !== undefined) skipElementSection(elementReader, refer)
  const dataReader = open(SECTION.data)
  if (dataReader !== undefined) skipDataSection(dataReader, refer)
  const start = open(SECTION.start)?.u32()
  if (start !== undefined) refer(start)
  const entry = readEntry(open(SECTION.export), functions, refer)
  return {
    sections,
    types,
    functions,
    importCount: imports.length,
    globalCount,
    memoryMinPages: memory.min,
    memoryMaxPages: memory.max,
    entry,
    referenced,
    start
  }
}
