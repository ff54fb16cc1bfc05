/**
 * NaN canonicalisation: which instructions yield NaN bits that differ between machines (`0/0` is negative on x86 and
 * positive on arm64), and the code that replaces such a NaN by the canonical one.
 */
import { type Instruction, OP } from './body.ts'
import { nanOperands, vectorNan } from './simd.ts'
import { F32, F64, V128 } from './types.ts'
import type { Writer } from './writer.ts'

/** What an instruction leaves on the stack that has to be made canonical. */
export type NanKind = 'f32' | 'f64' | 'f32x4' | 'f64x2'

/** The type of the scratch local that a kind needs. */
export const SCRATCH_TYPE: Readonly<Record<NanKind, number>> = { f32: F32, f64: F64, f32x4: V128, f64x2: V128 }

const CANONICAL_F32: readonly number[] = [0, 0, 0xc0, 0x7f]
const CANONICAL_F64: readonly number[] = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]

/** ceil .. max of f32, and demote; abs, neg and copysign only move bits. */
const isF32Arithmetic = (op: number): boolean => (op >= 0x8d && op <= 0x97) || op === 0xb6
/** ceil .. max of f64, and promote. */
const isF64Arithmetic = (op: number): boolean => (op >= 0x9b && op <= 0xa5) || op === 0xbb

/** What kind of machine-dependent NaN an instruction may yield. */
export function nanKind({ op, arg }: Instruction): NanKind | undefined {
  if (op === OP.vector) return vectorNan(arg)
  if (isF32Arithmetic(op)) return 'f32'
  return isF64Arithmetic(op) ? 'f64' : undefined
}

/** Comparisons, arithmetic, truncations to integers that trap on NaN, and drop: none shows its operand's NaN bits. */
function hidesScalarNan(op: number): boolean {
  return (
    (op >= 0x5b && op <= 0x66) ||
    isF32Arithmetic(op) ||
    isF64Arithmetic(op) ||
    (op >= 0xa8 && op <= 0xab) ||
    (op >= 0xae && op <= 0xb1) ||
    op === OP.drop
  )
}

/** Whether the instruction that follows makes it unnecessary to canonicalise this one's result. */
export function isNanHidden(kind: NanKind, next: Instruction | undefined): boolean {
  if (next === undefined) return false
  if (kind === 'f32' || kind === 'f64') return hidesScalarNan(next.op)
  // Lanes of another width would read these bits as part of a number.
  return next.op === OP.vector && nanOperands(next.arg) === kind
}

const GET = 0x20
const SET = 0x21
const TEE = 0x22
const IF = 0x04
const EMPTY = 0x40
const END = 0x0b
const VECTOR_CONST = 12
const ANY_TRUE = 83
const BITSELECT = 82

/** Writes the code that makes the NaN on top of the stack canonical; `local` is a scratch of the kind's type. */
export function writeCanonicalNan(out: Writer, kind: NanKind, local: number): void {
  if (kind === 'f32' || kind === 'f64') {
    const isSingle = kind === 'f32'
    out.op(TEE).u32(local).op(GET).u32(local)
    out.op(isSingle ? 0x5c : 0x62, IF, EMPTY) // x != x
    out.op(isSingle ? 0x43 : 0x44).raw(isSingle ? CANONICAL_F32 : CANONICAL_F64)
    out.op(SET).u32(local).op(END, GET).u32(local)
    return
  }
  const isSingle = kind === 'f32x4'
  const lane = isSingle ? CANONICAL_F32 : CANONICAL_F64
  out.op(SET).u32(local).op(GET).u32(local).op(GET).u32(local)
  out.op(OP.vector).u32(isSingle ? 66 : 72) // lanes that differ from themselves
  out.op(OP.vector).u32(ANY_TRUE).op(IF, EMPTY)
  out.op(GET).u32(local).op(OP.vector).u32(VECTOR_CONST)
  for (let i = 0; i < 16; i += lane.length) out.raw(lane)
  out.op(GET).u32(local).op(GET).u32(local)
  out.op(OP.vector).u32(isSingle ? 65 : 71) // lanes that equal themselves keep their bits
  out.op(OP.vector).u32(BITSELECT).op(SET).u32(local).op(END, GET).u32(local)
}
