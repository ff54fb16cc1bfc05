/** Writes a function body again, with gas, stack and NaN code added. Indices do not move: what is new is appended. */
import { type Body, type Instruction, OP } from './body.ts'
import { isBulk } from './effect.ts'
import { type Block, FUNCTION_ENTRY, priceBlocks } from './gas.ts'
import { isNanHidden, type NanKind, nanKind, SCRATCH_TYPE, writeCanonicalNan } from './nan.ts'
import { FRAME_SLOTS, OPERAND_SLOTS } from './params.ts'
import { Reader } from './reader.ts'
import { leavesFunction } from './traps.ts'
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
/** Whether the i64 on top of the stack is negative. */
const IS_NEGATIVE = [I64_CONST, 0, I64_LT_S] as const

/**
 * A function's debts are settled in one place, to which every check leads, unless that were more than so many locals at so
 * many charges: engines bring all locals together where branches meet. Nobody can see which it is.
 */
const MAX_MEETING_LOCALS = 1 << 22

/** Traps if the gas left is negative: the host reads the sign and calls it out of gas. */
export function writeGasCheck(out: Writer, gasGlobal: number): void {
  out
    .op(GLOBAL_GET)
    .u32(gasGlobal)
    .op(...IS_NEGATIVE)
    .op(OP.if, EMPTY, OP.unreachable, OP.end)
}

/** What {@link emitBody} is told of a function beside its body. */
export interface FunctionRole {
  readonly results: readonly number[]
  /** Whether it is the start section's: what its frame took is not given back. */
  readonly isStart: boolean
}

class Emitter {
  readonly #body: Body
  readonly #added: Additions
  readonly #role: FunctionRole
  readonly #out: Writer
  readonly #blocks: ReadonlyMap<number, Block>
  readonly #scratch = new Map<number, number>()
  /** Local that holds the stack left for callees, where the function calls any. */
  readonly #stackLocal: number | undefined
  /** Local that holds the gas left: the global is written only where somebody else may read it. */
  readonly #gasLocal: number | undefined
  /** Which of the two is right, where the code that is written now is reached. */
  #gasIn: 'local' | 'global' | 'both' = 'global'
  /** Whether debts are settled in one place behind the body. */
  readonly #isSettledBehind: boolean
  #depth = 0

  constructor(body: Body, added: Additions, role: FunctionRole) {
    this.#body = body
    this.#added = added
    this.#role = role
    this.#blocks = priceBlocks(body)
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
    this.#isSettledBehind =
      this.#gasLocal !== undefined && role.results.length < 2 && this.#blocks.size * next <= MAX_MEETING_LOCALS
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

  /** A leaf needs no charge: at most one is on the stack. Callees find the stack as it is written before each call. */
  #enterFrame(): void {
    if (this.#stackLocal === undefined) return
    const slots = FRAME_SLOTS + this.#body.localSlots + OPERAND_SLOTS * this.#body.maxOperands
    this.#out.op(GLOBAL_GET).u32(this.#added.stackGlobal).op(I32_CONST).signed(slots).op(0x6b /* i32.sub */)
    this.#out.op(LOCAL_TEE).u32(this.#stackLocal).op(I32_CONST, 0, 0x48 /* i32.lt_s */)
    this.#endIf()
    if (this.#role.isStart) this.#tellStack()
  }

  #tellStack(): void {
    if (this.#stackLocal !== undefined)
      this.#out.op(LOCAL_GET).u32(this.#stackLocal).op(GLOBAL_SET).u32(this.#added.stackGlobal)
  }

  /** Ends the run if the i32 on top of the stack is not 0, with the globals telling why. */
  #endIf(): void {
    if (this.#isSettledBehind) {
      this.#out.op(OP.brIf).u32(this.#depth + 1)
    } else {
      this.#out.op(OP.if, EMPTY)
      this.#settle()
      this.#out.op(OP.end)
    }
  }

  #settle(): void {
    if (this.#gasLocal !== undefined) this.#move(this.#gasLocal)
    this.#tellStack()
    this.#out.op(OP.unreachable)
  }

  /** Takes a block's gas. Debt ends the run before a trap could, for that would find the global as it was. */
  #charge(index: number): void {
    const block = this.#blocks.get(index)
    if (block === undefined) return
    const { gasGlobal } = this.#added
    const local = this.#gasLocal
    if (local === undefined || this.#gasIn === 'global') this.#out.op(GLOBAL_GET).u32(gasGlobal)
    else this.#out.op(LOCAL_GET).u32(local)
    this.#out.op(I64_CONST).signed(block.gas).op(I64_SUB)
    this.#gasIn = 'local'
    if (local === undefined) {
      this.#out.op(GLOBAL_SET).u32(gasGlobal)
    } else if (block.isExposed || index === FUNCTION_ENTRY) {
      this.#out
        .op(LOCAL_TEE)
        .u32(local)
        .op(...IS_NEGATIVE)
      this.#endIf()
    } else {
      this.#out.op(LOCAL_SET).u32(local)
    }
  }

  /** Writes the gas left where others read it. */
  #tellGas(): void {
    if (this.#gasLocal === undefined || this.#gasIn !== 'local') return
    this.#move(this.#gasLocal)
    this.#gasIn = 'both'
  }

  #move(gasLocal: number): void {
    this.#out.op(LOCAL_GET).u32(gasLocal).op(GLOBAL_SET).u32(this.#added.gasGlobal)
  }

  /** Reads what others have left. */
  #hearGas(): void {
    if (this.#gasLocal === undefined || this.#gasIn !== 'global') return
    this.#out.op(GLOBAL_GET).u32(this.#added.gasGlobal).op(LOCAL_SET).u32(this.#gasLocal)
    this.#gasIn = 'both'
  }

  /** Whether control may leave the function by this instruction, and whether it may go elsewhere within it. */
  #exitOf({ op, from, to }: Instruction, isLast: boolean): { readonly leaves: boolean; readonly meets: boolean } {
    if (op === OP.return || isLast) return { leaves: true, meets: false }
    if (op === OP.loop || op === OP.if || op === OP.else || op === OP.end) return { leaves: false, meets: true }
    if (op !== OP.br && op !== OP.brIf && op !== OP.brTable) return { leaves: false, meets: false }
    const reader = new Reader(this.#body.bytes, from + 1, to)
    const targets = Array.from({ length: op === OP.brTable ? reader.u32() + 1 : 1 }, () => reader.u32())
    return { leaves: targets.includes(this.#depth), meets: targets.some(target => target !== this.#depth) }
  }

  #emitOne(instruction: Instruction, isLast: boolean): void {
    const { op, arg, from, to } = instruction
    if (op === OP.block || op === OP.loop || op === OP.if) this.#depth++
    if (op === OP.end) this.#depth--
    const { leaves, meets } = this.#exitOf(instruction, isLast)
    if (leavesFunction(instruction) || leaves) this.#tellGas()
    // Where branches meet they bring the gas in the local.
    if (meets) this.#hearGas()
    const isGuestCall = this.#isGuestCall(instruction)
    if (isGuestCall) this.#tellStack()
    if (op === OP.prefixed && isBulk(arg)) {
      this.#out.op(OP.call).u32(this.#added.bulkFunction)
      this.#gasIn = 'global'
    }
    this.#out.raw(this.#body.bytes.subarray(from, to))
    if (op === OP.call || op === OP.callIndirect) this.#gasIn = 'global'
    if (meets && op !== OP.brIf) this.#gasIn = 'local'
    if (isGuestCall && this.#role.isStart) this.#tellStack()
  }

  #canonicalise(kind: NanKind): void {
    const local = this.#scratch.get(SCRATCH_TYPE[kind])
    if (local !== undefined) writeCanonicalNan(this.#out, kind, local)
  }

  emit(): Uint8Array {
    // The inner block takes the place of the function itself: branches that led out of it still do.
    if (this.#isSettledBehind) this.#out.op(OP.block, EMPTY).op(OP.block, this.#role.results[0] ?? EMPTY)
    this.#hearGas()
    this.#enterFrame()
    this.#charge(FUNCTION_ENTRY)
    const { instructions } = this.#body
    instructions.forEach((instruction, index) => {
      this.#emitOne(instruction, index === instructions.length - 1)
      if (index < instructions.length - 1) this.#charge(index)
      const kind = nanKind(instruction)
      if (kind !== undefined && !isNanHidden(kind, instructions[index + 1])) this.#canonicalise(kind)
    })
    if (this.#isSettledBehind) {
      this.#out.op(OP.return, OP.end)
      this.#settle()
      this.#out.op(OP.end)
    }
    return this.#out.bytes
  }
}

/** The metered body: no longer than the body's weight. */
export function emitBody(body: Body, added: Additions, role: FunctionRole): Uint8Array {
  return new Emitter(body, added, role).emit()
}
