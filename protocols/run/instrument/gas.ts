/** Prices the basic blocks of a function: each is charged as a whole where control enters it. */
import { type Body, OP } from './body.ts'
import { GAS_CALL, GAS_INSTRUCTION, GAS_MEMORY_GROW } from './params.ts'

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

/**
 * Gas of each basic block, by the index of the instruction after which it begins, or {@link FUNCTION_ENTRY}.
 * Blocks begin at the entry, after `loop`, `if`, `else`, `br_if` and where branches join.
 */
export function priceBlocks(body: Body): ReadonlyMap<number, number> {
  const prices = new Map<number, number>()
  let block = FUNCTION_ENTRY
  let gas = 0
  const begin = (next: number) => {
    if (gas > 0 && block !== UNREACHED) prices.set(block, gas)
    block = next
    gas = 0
  }
  body.instructions.forEach(({ op }, index) => {
    gas += price(op)
    switch (op) {
      case OP.loop:
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
  return prices
}
