/**
 * How large a metered function may become, counted on what its author wrote: what is refused must not depend on how the pass
 * writes its code, which may get better. The metered body is never longer than its weight (emit.ts), and a weight within the
 * limit is within what every engine takes. Wherever ways part or meet an optimising compiler looks at every local: such an
 * instruction weighs one more for each, or a small program would make its host's compiler fill gigabytes.
 */
import { type Body, OP } from './body.ts'
import { isBulk } from './effect.ts'
import { nanKind, SCRATCH_TYPE } from './nan.ts'
import { MAX_BODY_WEIGHT, WEIGHT_CONTROL, WEIGHT_FUNCTION, WEIGHT_NAN, WEIGHT_NAN_VECTOR } from './params.ts'
import { tooLarge } from './reader.ts'
import { V128 } from './types.ts'

/** Instructions around which gas and stack may be read, written and looked at. */
const CONTROL: ReadonlySet<number> = new Set([
  OP.loop,
  OP.if,
  OP.else,
  OP.end,
  OP.br,
  OP.brIf,
  OP.brTable,
  OP.return,
  OP.call,
  OP.callIndirect
])

/**
 * A function's weight: its bytes, and for each instruction that the pass adds code to so many more.
 *
 * @param bytes of the function's body
 * @throws RUN_REJECTED above MAX_BODY_WEIGHT
 */
export function weigh(body: Body, bytes: number): number {
  let weight = WEIGHT_FUNCTION + bytes
  for (const instruction of body.instructions) {
    const { op, arg } = instruction
    if (CONTROL.has(op)) weight += WEIGHT_CONTROL + body.localCount
    else if (op === OP.prefixed && isBulk(arg)) weight += WEIGHT_CONTROL
    const kind = nanKind(instruction)
    if (kind !== undefined) weight += SCRATCH_TYPE[kind] === V128 ? WEIGHT_NAN_VECTOR : WEIGHT_NAN
  }
  if (weight > MAX_BODY_WEIGHT) throw tooLarge(`a function of the weight ${weight}`)
  return weight
}
