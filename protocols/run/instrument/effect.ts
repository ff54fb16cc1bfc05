/** Plain instructions: their immediates, and what they do to the height of the operand stack. */
import { malformed, type Reader, unsupported } from './reader.ts'
import { readReferenceType, readValueType } from './types.ts'

/** Operands taken and given. */
export interface Effect {
  readonly pops: number
  readonly pushes: number
}

const effect = (pops: number, pushes: number): Effect => ({ pops, pushes })

const NONE = effect(0, 0)
const PUSH = effect(0, 1)
const UNARY = effect(1, 1)
const BINARY = effect(2, 1)

/** Passes over the alignment and offset of a memory access. @throws RUN_REJECTED for a memory index */
export function readMemarg(reader: Reader): void {
  if (reader.u32() >= 64) throw unsupported('several memories')
  reader.skipLeb()
}

function readMemoryIndex(reader: Reader): void {
  if (reader.byte() !== 0) throw unsupported('several memories')
}

function isUnaryNumeric(opcode: number): boolean {
  return (
    opcode === 0x45 ||
    opcode === 0x50 ||
    (opcode >= 0x67 && opcode <= 0x69) ||
    (opcode >= 0x79 && opcode <= 0x7b) ||
    (opcode >= 0x8b && opcode <= 0x91) ||
    (opcode >= 0x99 && opcode <= 0x9f) ||
    opcode >= 0xa7
  )
}

/** Opcodes of later proposals, by what people call them. */
const LATER: ReadonlyMap<number, string> = new Map([
  ...[0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f].map(op => [op, 'exceptions'] as const),
  ...[0x12, 0x13, 0x15].map(op => [op, 'tail calls'] as const),
  ...[0x14, 0xd3, 0xd4, 0xd5, 0xd6].map(op => [op, 'typed function references'] as const),
  [0xfb, 'garbage collection'],
  [0xfe, 'threads and atomics']
])

/**
 * Passes over the immediates of an instruction that neither branches, calls nor has a prefix.
 *
 * @throws RUN_REJECTED for opcodes of later proposals
 */
export function readPlain(reader: Reader, opcode: number, globals: number): Effect {
  switch (opcode) {
    case 0x01: // nop
      return NONE
    case 0x1a: // drop
      return effect(1, 0)
    case 0x1b: // select
      return effect(3, 1)
    case 0x1c: // select t
      reader.list(() => readValueType(reader))
      return effect(3, 1)
    case 0x20: // local.get
      reader.u32()
      return PUSH
    case 0x21: // local.set
      reader.u32()
      return effect(1, 0)
    case 0x22: // local.tee
      reader.u32()
      return UNARY
    case 0x23: // global.get
    case 0x24: // global.set
      if (reader.u32() >= globals) throw malformed('a global that does not exist')
      return opcode === 0x23 ? PUSH : effect(1, 0)
    case 0x25: // table.get
      reader.u32()
      return UNARY
    case 0x26: // table.set
      reader.u32()
      return effect(2, 0)
    case 0x3f: // memory.size
    case 0x40: // memory.grow
      readMemoryIndex(reader)
      return opcode === 0x3f ? PUSH : UNARY
    case 0x41: // i32.const
    case 0x42: // i64.const
      reader.skipLeb()
      return PUSH
    case 0x43: // f32.const
      reader.take(4)
      return PUSH
    case 0x44: // f64.const
      reader.take(8)
      return PUSH
    case 0xd0: // ref.null
      readReferenceType(reader)
      return PUSH
    case 0xd1: // ref.is_null
      return UNARY
    default:
      if (opcode >= 0x28 && opcode <= 0x3e) {
        readMemarg(reader)
        return opcode <= 0x35 ? UNARY : effect(2, 0)
      }
      if (opcode >= 0x45 && opcode <= 0xc4) return isUnaryNumeric(opcode) ? UNARY : BINARY
      throw unsupported(LATER.get(opcode) ?? `the opcode 0x${opcode.toString(16)}`)
  }
}

/** Instructions of prefix 0xfc that move as many bytes or elements as their topmost operand says. */
const BULK: ReadonlySet<number> = new Set([8, 10, 11, 12, 14, 17])

/** Whether an 0xfc instruction's work grows with its topmost operand. */
export function isBulk(opcode: number): boolean {
  return BULK.has(opcode)
}

/** Passes over the immediates of an 0xfc instruction. @throws RUN_REJECTED for those of later proposals */
export function readPrefixed(reader: Reader, opcode: number): Effect {
  if (opcode <= 7) return UNARY // saturating truncations
  switch (opcode) {
    case 8: // memory.init
      reader.u32()
      readMemoryIndex(reader)
      return effect(3, 0)
    case 9: // data.drop
    case 13: // elem.drop
      reader.u32()
      return NONE
    case 10: // memory.copy
      readMemoryIndex(reader)
      readMemoryIndex(reader)
      return effect(3, 0)
    case 11: // memory.fill
      readMemoryIndex(reader)
      return effect(3, 0)
    case 12: // table.init
    case 14: // table.copy
      reader.u32()
      reader.u32()
      return effect(3, 0)
    case 16: // table.size
      reader.u32()
      return PUSH
    case 17: // table.fill
      reader.u32()
      return effect(3, 0)
    default:
      throw unsupported(opcode === 15 ? 'table.grow' : `the opcode 0xfc ${opcode}`)
  }
}
