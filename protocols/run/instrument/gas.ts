/** Prices the basic blocks of a function: each is charged as a whole where control enters it. */
import { type Body, OP } from './body.ts'
import { GAS_CALL, GAS_INSTRUCTION, GAS_MEMORY_GROW } from './params.ts'
import { leavesFunction, mayTrap } from './traps.ts'

/** The block that begins with the function itself. */
export const FUNCTION_ENTRY = -1

const UNREACHED = -2

function price(op: number): number {
  switch (op) {
    case OP.nop:
    case OP.block:
    case OP.loop:
    case OP.else:
    case OP.end:
      return 0 // no machine code comes of these
    case OP.call:
    case OP.callIndirect:
      return GAS_CALL
    case OP.memoryGrow:
      return GAS_MEMORY_GROW
    default:
      return GAS_INSTRUCTION
  }
}

/** A basic block as it is charged. */
export interface Block {
  readonly gas: number
  /** Whether something in it may trap before the gas is told to others: debt has to show before. */
  readonly isExposed: boolean
  /** Whether it is a loop's first: debt is noticed there, or it would never end. */
  readonly isLoop: boolean
}

/**
 * The basic blocks that cost anything, by the index of the instruction after which each begins, or {@link FUNCTION_ENTRY}.
 * Blocks begin at the entry, after `loop`, `if`, `else`, `br_if` and where branches join.
 */
export function priceBlocks(body: Body): ReadonlyMap<number, Block> {
  const blocks = new Map<number, Block>()
  let block = FUNCTION_ENTRY
  let gas = 0
  let isExposed = false
  let isTold = false
  let isLoop = false
  const begin = (next: number, nextIsLoop = false) => {
    if (gas > 0 && block !== UNREACHED) blocks.set(block, { gas, isExposed, isLoop })
    block = next
    gas = 0
    isExposed = false
    isLoop = nextIsLoop
    isTold = false
  }
  body.instructions.forEach((instruction, index) => {
    const { op } = instruction
    gas += price(op)
    if (leavesFunction(instruction)) isTold = true
    else if (!isTold && mayTrap(instruction)) isExposed = true
    switch (op) {
      case OP.loop:
        begin(index, true)
        break
      case OP.if:
      case OP.else:
      case OP.brIf:
        begin(index)
        break
      case OP.end:
        if (block === UNREACHED || body.joins.has(index)) begin(index)
        break
      case OP.br:
      case OP.brTable:
      case OP.return:
      case OP.unreachable:
        begin(UNREACHED)
        break
    }
  })
  begin(UNREACHED)
  return blocks
}
