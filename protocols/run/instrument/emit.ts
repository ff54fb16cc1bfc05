/** Writes a function body again, with gas, stack and NaN code added. Indices do not move: what is new is appended. */
import { type Body, type Instruction, OP } from './body.ts'
import { isBulk } from './effect.ts'
import { FUNCTION_ENTRY, priceBlocks } from './gas.ts'
import { isNanHidden, type NanKind, nanKind, SCRATCH_TYPE, writeCanonicalNan } from './nan.ts'
import { FRAME_SLOTS, MAX_EMITTED_BODY_BYTES, OPERAND_SLOTS } from './params.ts'
import { Reader, tooLarge } from './reader.ts'
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
const LOCAL_SET = 0x21
const LOCAL_TEE = 0x22
const GLOBAL_GET = 0x23
const GLOBAL_SET = 0x24
const I32_CONST = 0x41
const I64_CONST = 0x42
const I64_LT_S = 0x53
const I64_SUB = 0x7d
const EMPTY = 0x40

/** So many charges to each place where the gas has to be told make it worth while to keep it. Nobody can see which it is. */
const CHARGES_PER_CALL = 2

/** Traps if the gas left is negative: the host reads the sign and calls it out of gas. */
export function writeGasCheck(out: Writer, gasGlobal: number): void {
  writeTrapIfNegative(out.op(GLOBAL_GET).u32(gasGlobal))
}

/** Traps if the i64 on top of the stack is negative. */
function writeTrapIfNegative(out: Writer): void {
  out.op(I64_CONST, 0, I64_LT_S).op(OP.if, EMPTY, OP.unreachable, OP.end)
}

/** Whether code outside of the function runs, which counts gas too. */
function leavesFunction({ op, arg }: Instruction): boolean {
  return op === OP.call || op === OP.callIndirect || (op === OP.prefixed && isBulk(arg))
}

class Emitter {
  readonly #body: Body
  readonly #added: Additions
  readonly #out: Writer
  readonly #prices: ReadonlyMap<number, number>
  readonly #scratch = new Map<number, number>()
  /** Local that holds the stack left for callees, where the function calls any. */
  readonly #stackLocal: number | undefined
  /**
   * Local that holds the gas left. Where it is kept, the global is written only where somebody else may read it; where it
   * is not, it only saves a load where gas is checked, and is undefined where it never is.
   */
  readonly #gasLocal: number | undefined
  /** Whether the gas is kept in the local: where there is much to charge between calls. */
  readonly #isKept: boolean
  #depth = 0

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
    this.#isKept = this.#prices.size > CHARGES_PER_CALL * body.instructions.filter(leavesFunction).length
    this.#gasLocal = this.#isKept || this.#mustCheck() ? declare(I64) : undefined
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
    if (this.#isKept) this.#chargeKept(gas)
    else this.#chargeGlobal(gas, isChecked)
  }

  #chargeGlobal(gas: number | undefined, isChecked: boolean): void {
    const { gasGlobal } = this.#added
    const local = isChecked ? this.#gasLocal : undefined
    if (gas !== undefined) {
      this.#out.op(GLOBAL_GET).u32(gasGlobal).op(I64_CONST).signed(gas).op(I64_SUB)
      if (local !== undefined) this.#out.op(LOCAL_TEE).u32(local)
      this.#out.op(GLOBAL_SET).u32(gasGlobal)
    }
    if (local === undefined) return
    if (gas === undefined) writeGasCheck(this.#out, gasGlobal)
    else writeTrapIfNegative(this.#out.op(LOCAL_GET).u32(local))
  }

  /** Debt ends the run at once, with the global telling of it: a trap that came later would find it written as it was. */
  #chargeKept(gas: number | undefined): void {
    if (gas === undefined || this.#gasLocal === undefined) return
    this.#out.op(LOCAL_GET).u32(this.#gasLocal).op(I64_CONST).signed(gas).op(I64_SUB)
    this.#out.op(LOCAL_TEE).u32(this.#gasLocal).op(I64_CONST, 0, I64_LT_S, OP.if, EMPTY)
    this.#tellGas()
    this.#out.op(OP.unreachable, OP.end)
  }

  /** Writes the kept gas where others read it. */
  #tellGas(): void {
    if (this.#isKept && this.#gasLocal !== undefined)
      this.#out.op(LOCAL_GET).u32(this.#gasLocal).op(GLOBAL_SET).u32(this.#added.gasGlobal)
  }

  /** Reads what others have left. */
  #hearGas(): void {
    if (this.#isKept && this.#gasLocal !== undefined)
      this.#out.op(GLOBAL_GET).u32(this.#added.gasGlobal).op(LOCAL_SET).u32(this.#gasLocal)
  }

  /** Whether control may leave the function by this branch. */
  #mayLeave({ op, from, to }: Instruction): boolean {
    if (op === OP.return) return true
    if (op !== OP.br && op !== OP.brIf && op !== OP.brTable) return false
    const reader = new Reader(this.#body.bytes, from + 1, to)
    if (op !== OP.brTable) return reader.u32() === this.#depth
    let leaves = false
    for (let left = reader.u32() + 1; left > 0; left--) leaves = reader.u32() === this.#depth || leaves
    return leaves
  }

  #emitOne(instruction: Instruction, isLast: boolean): void {
    const { op, arg, from, to } = instruction
    if (op === OP.block || op === OP.loop || op === OP.if) this.#depth++
    if (op === OP.end) this.#depth--
    const isCall = leavesFunction(instruction)
    if (isCall || isLast || this.#mayLeave(instruction)) this.#tellGas()
    if (op === OP.prefixed && isBulk(arg)) {
      this.#out.op(OP.call).u32(this.#added.bulkFunction)
      this.#hearGas()
    }
    this.#out.raw(this.#body.bytes.subarray(from, to))
    if (op === OP.call || op === OP.callIndirect) this.#hearGas()
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
    // A caller may be in debt, and what is kept must not be.
    if (this.#isKept) writeGasCheck(this.#out, this.#added.gasGlobal)
    this.#hearGas()
    this.#charge(FUNCTION_ENTRY, true)
    const { instructions } = this.#body
    instructions.forEach((instruction, index) => {
      this.#emitOne(instruction, index === instructions.length - 1)
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
