/** Writes a function body again, with gas, stack and NaN code added. Indices do not move: what is new is appended. */
import { type Body, type Instruction, OP } from './body.ts'
import { isBulk } from './effect.ts'
import { FUNCTION_ENTRY, priceBlocks } from './gas.ts'
import { isNanHidden, type NanKind, nanKind, SCRATCH_TYPE, writeCanonicalNan } from './nan.ts'
import { FRAME_SLOTS, MAX_EMITTED_BODY_BYTES, OPERAND_SLOTS } from './params.ts'
import { tooLarge } from './reader.ts'
import { I32, I64 } from './types.ts'
import { Writer } from './writer.ts'

/** Indices of what the pass adds to a module. */
export interface Additions {
  /** i64 global: gas left; below zero the run is over. */
  readonly gasGlobal: number
  /** i32 global: stack slots left. */
  readonly stackGlobal: number
  /** Function (i32) -> i32 that charges for bulk work and returns its argument. */
  readonly bulkFunction: number
  /** Functions below this index are the host's. */
  readonly importCount: number
}

const LOCAL_GET = 0x20
const LOCAL_TEE = 0x22
const GLOBAL_GET = 0x23
const GLOBAL_SET = 0x24
const I32_CONST = 0x41
const I64_CONST = 0x42
const EMPTY = 0x40

/** Traps if the gas left is negative: the host reads the sign and calls it out of gas. */
export function writeGasCheck(out: Writer, gasGlobal: number): void {
  writeTrapIfNegative(out.op(GLOBAL_GET).u32(gasGlobal))
}

/** Traps if the i64 on top of the stack is negative. */
function writeTrapIfNegative(out: Writer): void {
  out.op(I64_CONST, 0, 0x53 /* i64.lt_s */).op(OP.if, EMPTY, OP.unreachable, OP.end)
}

class Emitter {
  readonly #body: Body
  readonly #added: Additions
  readonly #out: Writer
  readonly #prices: ReadonlyMap<number, number>
  readonly #scratch = new Map<number, number>()
  /** Local that holds the stack left for callees, where the function calls any. */
  readonly #stackLocal: number | undefined
  /** Local that holds the gas left where it is checked, so that no memory is read for it; undefined where it never is. */
  readonly #gasLocal: number | undefined

  constructor(body: Body, added: Additions) {
    this.#body = body
    this.#added = added
    this.#prices = priceBlocks(body)
    this.#out = new Writer((body.instructions.at(-1)?.to ?? 0) - (body.instructions[0]?.from ?? 0) + 64)
    const locals = [...body.locals]
    let next = body.localCount
    const declare = (type: number) => {
      locals.push([1, type])
      return next++
    }
    for (const instruction of body.instructions) {
      const kind = nanKind(instruction)
      if (kind === undefined) continue
      const type = SCRATCH_TYPE[kind]
      if (!this.#scratch.has(type)) this.#scratch.set(type, declare(type))
    }
    this.#stackLocal = body.instructions.some(instruction => this.#isGuestCall(instruction)) ? declare(I32) : undefined
    this.#gasLocal = this.#mustCheck() ? declare(I64) : undefined
    this.#out.u32(locals.length)
    for (const [count, type] of locals) this.#out.u32(count).op(type)
  }

  /**
   * What neither loops nor calls comes to its end soon, and its caller checks; no host call is made in between, so nobody
   * can see that it went on in debt.
   */
  #mustCheck(): boolean {
    return this.#body.instructions.some(({ op }) => op === OP.loop || op === OP.call || op === OP.callIndirect)
  }

  #isGuestCall({ op, arg }: Instruction): boolean {
    return op === OP.callIndirect || (op === OP.call && arg >= this.#added.importCount)
  }

  /** A leaf needs no charge: at most one is on the stack. */
  #enterFrame(): void {
    if (this.#stackLocal === undefined) return
    const slots = FRAME_SLOTS + this.#body.localSlots + OPERAND_SLOTS * this.#body.maxOperands
    const { stackGlobal } = this.#added
    this.#out.op(GLOBAL_GET).u32(stackGlobal).op(I32_CONST).signed(slots).op(0x6b /* i32.sub */)
    this.#out.op(LOCAL_TEE).u32(this.#stackLocal).op(GLOBAL_SET).u32(stackGlobal)
    this.#out.op(LOCAL_GET).u32(this.#stackLocal).op(I32_CONST, 0, 0x48 /* i32.lt_s */)
    this.#out.op(OP.if, EMPTY, OP.unreachable, OP.end)
  }

  /** Takes a block's gas; `isChecked` where control may come again and again without passing another check. */
  #charge(block: number, isChecked: boolean): void {
    const gas = this.#prices.get(block)
    const { gasGlobal } = this.#added
    const local = isChecked ? this.#gasLocal : undefined
    if (gas !== undefined) {
      this.#out.op(GLOBAL_GET).u32(gasGlobal).op(I64_CONST).signed(gas).op(0x7d /* i64.sub */)
      if (local !== undefined) this.#out.op(LOCAL_TEE).u32(local)
      this.#out.op(GLOBAL_SET).u32(gasGlobal)
    }
    if (local === undefined) return
    if (gas === undefined) writeGasCheck(this.#out, gasGlobal)
    else writeTrapIfNegative(this.#out.op(LOCAL_GET).u32(local))
  }

  #emitOne(instruction: Instruction): void {
    const { op, arg, from, to } = instruction
    if (op === OP.prefixed && isBulk(arg)) this.#out.op(OP.call).u32(this.#added.bulkFunction)
    this.#out.raw(this.#body.bytes.subarray(from, to))
    if (this.#stackLocal !== undefined && this.#isGuestCall(instruction)) {
      this.#out.op(LOCAL_GET).u32(this.#stackLocal).op(GLOBAL_SET).u32(this.#added.stackGlobal)
    }
  }

  #canonicalise(kind: NanKind): void {
    const local = this.#scratch.get(SCRATCH_TYPE[kind])
    if (local !== undefined) writeCanonicalNan(this.#out, kind, local)
  }

  emit(): Uint8Array {
    this.#enterFrame()
    this.#charge(FUNCTION_ENTRY, true)
    const { instructions } = this.#body
    instructions.forEach((instruction, index) => {
      this.#emitOne(instruction)
      if (index < instructions.length - 1) this.#charge(index, instruction.op === OP.loop)
      const kind = nanKind(instruction)
      if (kind !== undefined && !isNanHidden(kind, instructions[index + 1])) this.#canonicalise(kind)
    })
    if (this.#out.length > MAX_EMITTED_BODY_BYTES) throw tooLarge('a function, once metered')
    return this.#out.bytes
  }
}

/**
 * The metered body.
 *
 * @throws RUN_REJECTED when it grows beyond what every engine takes
 */
export function emitBody(body: Body, added: Additions): Uint8Array {
  return new Emitter(body, added).emit()
}
