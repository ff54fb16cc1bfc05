/** The 128-bit vector instructions (prefix 0xfd) that are fixed by the specification; relaxed ones differ by machine. */
import type { Effect } from './effect.ts'
import { malformed, type Reader, unsupported } from './reader.ts'

const RELAXED_FROM = 0x100

/** Opcodes that the specification leaves free. */
const UNASSIGNED: ReadonlySet<number> = new Set([
  154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212, 226, 238
])

/** One operand, one result; everything not listed anywhere takes two. */
const UNARY: ReadonlySet<number> = new Set([
  77, 83, 94, 95, 96, 97, 98, 99, 100, 103, 104, 105, 106, 116, 117, 122, 124, 125, 126, 127, 128, 129, 131, 132, 135,
  136, 137, 138, 148, 160, 161, 163, 164, 167, 168, 169, 170, 192, 193, 195, 196, 199, 200, 201, 202, 224, 225, 227,
  236, 237, 239, 248, 249, 250, 251, 252, 253, 254, 255
])

const REPLACE_LANE: ReadonlySet<number> = new Set([23, 26, 28, 30, 32, 34])

/** demote, ceil, floor, trunc, nearest, sqrt, add, sub, mul, div, min, max of f32x4: their NaN bits depend on the machine. */
const NAN_F32X4: ReadonlySet<number> = new Set([94, 103, 104, 105, 106, 227, 228, 229, 230, 231, 232, 233])
/** promote, ceil, floor, trunc, nearest, sqrt, add, sub, mul, div, min, max of f64x2. */
const NAN_F64X2: ReadonlySet<number> = new Set([95, 116, 117, 122, 148, 239, 240, 241, 242, 243, 244, 245])

/** Which lanes of a vector instruction's result may hold machine-dependent NaN bits. */
export function vectorNan(opcode: number): 'f32x4' | 'f64x2' | undefined {
  if (NAN_F32X4.has(opcode)) return 'f32x4'
  return NAN_F64X2.has(opcode) ? 'f64x2' : undefined
}

const DEMOTE = 94
const PROMOTE = 95

/** The lanes that such an instruction reads: those that it gives, but for the two that change their width. */
export function nanOperands(opcode: number): 'f32x4' | 'f64x2' | undefined {
  if (opcode === DEMOTE) return 'f64x2'
  return opcode === PROMOTE ? 'f32x4' : vectorNan(opcode)
}

/**
 * Passes over a vector instruction's immediates and says what it does to the operand stack.
 *
 * @throws RUN_REJECTED for relaxed vectors
 */
export function readVector(reader: Reader, opcode: number, memarg: (reader: Reader) => void): Effect {
  if (opcode >= RELAXED_FROM) throw unsupported('relaxed vectors')
  if (UNASSIGNED.has(opcode)) throw malformed(`vector opcode ${opcode}`)
  const isLoad = opcode <= 10 || opcode === 92 || opcode === 93
  const isLaneAccess = opcode >= 84 && opcode <= 91
  if (isLoad || opcode === 11 || isLaneAccess) memarg(reader)
  if (isLoad) return { pops: 1, pushes: 1 }
  if (opcode === 11) return { pops: 2, pushes: 0 } // v128.store
  if (opcode === 12 || opcode === 13) reader.take(16)
  if (opcode === 12) return { pops: 0, pushes: 1 } // v128.const
  if (opcode === 13 || opcode === 14) return { pops: 2, pushes: 1 } // shuffle, swizzle
  if (opcode <= 20) return { pops: 1, pushes: 1 } // splats
  if (opcode <= 34 || isLaneAccess) reader.byte()
  if (opcode <= 34) return { pops: REPLACE_LANE.has(opcode) ? 2 : 1, pushes: 1 }
  if (isLaneAccess) return { pops: 2, pushes: opcode <= 87 ? 1 : 0 }
  if (opcode === 82) return { pops: 3, pushes: 1 } // bitselect
  return { pops: UNARY.has(opcode) ? 1 : 2, pushes: 1 }
}
