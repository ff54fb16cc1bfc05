/** What decides where debt has to be noticed: instructions that may trap, and those behind which other code counts gas. */
import { type Instruction, OP } from './body.ts'
import { isBulk } from './effect.ts'

/** Whether code outside of the function runs, which counts gas too: before it the gas left is written where all see it. */
export function leavesFunction({ op, arg }: Instruction): boolean {
  return op === OP.call || op === OP.callIndirect || (op === OP.prefixed && isBulk(arg))
}

/** Opcodes from `[0]` to `[1]` that never trap, whatever their operands. */
const SAFE: readonly (readonly [number, number])[] = [
  [0x01, 0x0f], // structure and branches
  [0x1a, 0x24], // drop, select, locals and globals
  [0x3f, 0x3f], // memory.size
  [0x41, 0x6c], // constants, comparisons, integer arithmetic
  [0x71, 0x7e], // all but division and remainder
  [0x83, 0xa7],
  [0xac, 0xad], // extensions; truncations trap
  [0xb2, 0xc4], // conversions of floats, reinterpretations, sign extension
  [0xd0, 0xd2] // references
]

/** Saturating truncations, the first of prefix 0xfc. */
const LAST_SATURATING = 7

/** Loads and stores of whole vectors, and of single lanes; nothing else of prefix 0xfd traps. */
function isVectorAccess(opcode: number): boolean {
  return opcode <= 11 || (opcode >= 84 && opcode <= 93)
}

/** Whether the instruction may trap; what is not known not to, may. */
export function mayTrap({ op, arg }: Instruction): boolean {
  if (op === OP.prefixed) return arg > LAST_SATURATING
  if (op === OP.vector) return isVectorAccess(arg)
  return !SAFE.some(([from, to]) => op >= from && op <= to)
}
