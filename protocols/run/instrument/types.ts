/** Value types, and the pieces of a parsed module that the passes share. */
import type { Reader } from './reader.ts'
import { unsupported } from './reader.ts'

/** The value types, as the binary format writes them. */
export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b
export const FUNCREF = 0x70
export const EXTERNREF = 0x6f

const VALUE_TYPES: ReadonlySet<number> = new Set([I32, I64, F32, F64, V128, FUNCREF, EXTERNREF])

/** Parameter and result types of a function. */
export interface FunctionType {
  readonly params: readonly number[]
  readonly results: readonly number[]
}

/** Whether a byte is a value type of this runtime. */
export function isValueType(byte: number): boolean {
  return VALUE_TYPES.has(byte)
}

/** Reads a value type. @throws RUN_REJECTED for one of later proposals */
export function readValueType(reader: Reader): number {
  const type = reader.byte()
  if (!isValueType(type)) throw unsupported(`the value type 0x${type.toString(16)}`)
  return type
}

/** Reads a reference type. @throws RUN_REJECTED for one of later proposals */
export function readReferenceType(reader: Reader): number {
  const type = reader.byte()
  if (type !== FUNCREF && type !== EXTERNREF) throw unsupported(`the reference type 0x${type.toString(16)}`)
  return type
}

/** Slots of 8 bytes that a value takes in a frame. */
export function slotsOf(type: number): number {
  return type === V128 ? 2 : 1
}
