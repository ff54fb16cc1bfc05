/** Writes a function body again, with gas, stack and NaN code added. What is new is appended: indices hardly move. */
import { type Body, type Instruction, OP } from './body.ts'
import type { Calling } from './calls.ts'
import { isBulk } from './effect.ts'
import { type Block, FUNCTION_ENTRY, priceBlocks } from './gas.ts'
import { Ledger } from './ledger.ts'
import { isNanHidden, type NanKind, nanKind, SCRATCH_TYPE, writeCanonicalNan } from './nan.ts'
import { FRAME_SLOTS, OPERAND_SLOTS } from './params.ts'
import { Reader } from './reader.ts'
import { mayTrap } from './traps.ts'
import { type FunctionType, I32, I64 } from './types.ts'
import { Ways } from './ways.ts'
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
  /** How the module's own functions are called. */
  readonly callings: readonly Calling[]
}

const LOCAL_GET = 0x20
const LOCAL_SET = 0x21
const LOCAL_TEE = 0x22
const GLOBAL_GET = 0x23
const GLOBAL_SET = 0x24
const I32_CONST = 0x41
const I64_CONST = 0x42
const I32_LT_S = 0x48
const I64_LT_S = 0x53
const I32_SUB = 0x6b
const EMPTY = 0x40
/** -1 as a LEB128. */
const MINUS_ONE = 0x7f

/**
 * A function's debts are settled in one place, to which every check leads, unless that were more than so many locals at so
 * many charges: engines bring all locals together where branches meet. Nobody can see which it is.
 */
const MAX_MEETING_LOCALS = 1 << 22

/**
 * Bytes of code up to which a function that neither loops nor calls leaves it to its caller to look for debt. A caller's body
 * holds a million calls at most, so what a run can do in debt is bounded, whatever its author writes.
 */
const MAX_UNCHECKED_BYTES = 1_024

/** Traps if the gas left is negative: the host reads the sign and calls it out of gas. */
export function writeGasCheck(out: Writer, gasGlobal: number): void {
  out.op(GLOBAL_GET).u32(gasGlobal).op(I64_CONST, 0, I64_LT_S)
  out.op(OP.if, EMPTY, OP.unreachable, OP.end)
}

/** What {@link emitBody} is told of a function beside its body. */
export interface FunctionRole {
  /** As the module has it. */
  readonly type: FunctionType
  readonly calling: Calling
  /** Whether it is the start section's: what its frame took is not given back. */
  readonly isStart: boolean
}

class Emitter {
  readonly #body: Body
  readonly #added: Additions
  readonly #role: FunctionRole
  readonly #out: Writer
  readonly #ledger: Ledger
  readonly #ways: Ways
  readonly #blocks: ReadonlyMap<number, Block>
  readonly #locals: (readonly [count: number, type: number])[]
  #nextLocal: number
  readonly #scratch = new Map<number, number>()
  /** By how much the module's own locals move, because parameters were added before them. */
  readonly #shift: number
  /** Local that holds the stack left for callees, where the function calls any. */
  readonly #stackLocal: number | undefined
  /** Local that holds the gas left: the global is written only where somebody else may read it. */
  #gasLocal: number | undefined
  /** Whether it looks for debt itself; otherwise its caller does. */
  readonly #checks: boolean
  /** Whether it still has to look for debt where it begins: its first charge stands on every way into it. */
  #mustLook: boolean
  /** Whether what ends the run is in one place behind the body. */
  readonly #isSettledBehind: boolean

  constructor(body: Body, added: Additions, role: FunctionRole) {
    this.#body = body
    this.#added = added
    this.#role = role
    this.#blocks = priceBlocks(body)
    const codeBytes = (body.instructions.at(-1)?.to ?? 0) - (body.instructions[0]?.from ?? 0)
    this.#out = new Writer(codeBytes + 64)
    const { passesGas, passesStack } = role.calling
    const gasParam = role.type.params.length
    this.#locals = [...body.locals]
    this.#shift = Number(passesGas) + Number(passesStack)
    this.#nextLocal = body.localCount + this.#shift
    this.#gasLocal = passesGas ? gasParam : undefined
    for (const instruction of body.instructions) {
      const kind = nanKind(instruction)
      if (kind === undefined) continue
      const type = SCRATCH_TYPE[kind]
      if (!this.#scratch.has(type)) this.#scratch.set(type, this.#declare(type))
    }
    const callsGuest = body.instructions.some(instruction => this.#isGuestCall(instruction))
    if (callsGuest) this.#stackLocal = passesStack ? gasParam + 1 : this.#declare(I32)
    const gasLocal = () => {
      this.#gasLocal ??= this.#declare(I64)
      return this.#gasLocal
    }
    this.#ledger = new Ledger(this.#out, added.gasGlobal, gasLocal, passesGas)
    this.#ways = new Ways(body, this.#ledger, passesGas)
    // What is short and neither loops nor calls comes to its end soon, and its caller checks; no host call is made in
    // between, so nobody can see that it went on in debt.
    const isLong = codeBytes > MAX_UNCHECKED_BYTES
    this.#checks =
      isLong || body.instructions.some(({ op }) => op === OP.loop || op === OP.call || op === OP.callIndirect)
    this.#mustLook = isLong || callsGuest
    this.#isSettledBehind =
      this.#checks && role.type.results.length < 2 && this.#blocks.size * (this.#nextLocal + 1) <= MAX_MEETING_LOCALS
  }

  #declare(type: number): number {
    this.#locals.push([1, type])
    return this.#nextLocal++
  }

  #isGuestCall({ op, arg }: Instruction): boolean {
    return op === OP.callIndirect || (op === OP.call && arg >= this.#added.importCount)
  }

  /** A leaf needs no charge: at most one is on the stack. The gas left is where it was given, for nothing was used yet. */
  #enterFrame(): void {
    if (this.#stackLocal === undefined) return
    const slots = FRAME_SLOTS + this.#body.localSlots + OPERAND_SLOTS * this.#body.maxOperands
    if (this.#role.calling.passesStack) this.#out.op(LOCAL_GET).u32(this.#stackLocal)
    else this.#out.op(GLOBAL_GET).u32(this.#added.stackGlobal)
    this.#out.op(I32_CONST).signed(slots).op(I32_SUB)
    this.#out.op(LOCAL_TEE).u32(this.#stackLocal).op(I32_CONST, 0, I32_LT_S)
    this.#endIf(0, () => this.#settleStack())
    if (this.#role.isStart) this.#tellStack()
  }

  #tellStack(): void {
    if (this.#stackLocal !== undefined)
      this.#out.op(LOCAL_GET).u32(this.#stackLocal).op(GLOBAL_SET).u32(this.#added.stackGlobal)
  }

  /** Ends the run if the i32 on top of the stack is not 0: `place` counts outwards from the body. */
  #endIf(place: number, settle: () => void): void {
    if (this.#isSettledBehind) {
      this.#out.op(OP.brIf).u32(this.#ways.depth + place)
    } else {
      this.#out.op(OP.if, EMPTY)
      settle()
      this.#out.op(OP.end)
    }
  }

  /** A frame did not fit. There may be debt too, which is worse. */
  #settleStack(): void {
    const { passesGas } = this.#role.calling
    if (passesGas && this.#gasLocal !== undefined)
      this.#out.op(LOCAL_GET).u32(this.#gasLocal).op(GLOBAL_SET).u32(this.#added.gasGlobal)
    this.#tellStack()
    this.#out.op(OP.unreachable)
  }

  /** There is debt, and nobody asks how much. */
  #settleDebt(): void {
    this.#out.op(I64_CONST, MINUS_ONE, GLOBAL_SET).u32(this.#added.gasGlobal).op(OP.unreachable)
  }

  /** Uses a block's gas. Debt ends the run before a trap could, or is told. */
  #charge(index: number): void {
    const block = this.#blocks.get(index)
    if (block === undefined || this.#ways.isDead) return
    this.#ledger.use(block.gas)
    if (this.#checks && (block.isExposed || block.isLoop || this.#mustLook)) {
      this.#mustLook = false
      this.#ledger.pushDebt()
      this.#endIf(this.#stackLocal === undefined ? 0 : 1, () => this.#settleDebt())
    } else if (block.isExposed) {
      this.#ledger.tell()
    }
  }

  #emitOne(instruction: Instruction, index: number): void {
    const { op, arg } = instruction
    if (op === OP.call && this.#isGuestCall(instruction)) {
      this.#callGuest(arg)
    } else if (op === OP.call || op === OP.callIndirect || (op === OP.prefixed && isBulk(arg))) {
      this.#ledger.tell()
      if (op === OP.callIndirect) this.#tellStack()
      if (op === OP.prefixed) this.#out.op(OP.call).u32(this.#added.bulkFunction)
      this.#copy(instruction)
      this.#ledger.resume()
    } else {
      if (mayTrap(instruction) && !this.#ways.isDead && !this.#ledger.isShown) this.#ledger.tell()
      this.#ways.before(instruction, index)
      if (op === OP.return && this.#role.calling.passesGas) this.#ledger.push()
      this.#copy(instruction)
      this.#ways.after(instruction)
    }
    if (this.#role.isStart && this.#isGuestCall(instruction)) this.#tellStack()
  }

  #callGuest(index: number): void {
    const callee = this.#added.callings[index - this.#added.importCount]
    if (callee?.passesGas) this.#ledger.push()
    else this.#ledger.tell()
    if (callee?.passesStack && this.#stackLocal !== undefined) this.#out.op(LOCAL_GET).u32(this.#stackLocal)
    else if (callee?.mayCall) this.#tellStack()
    this.#out.op(OP.call).u32(index) // linkers leave it five bytes long
    if (callee?.passesGas) this.#ledger.pop()
    else this.#ledger.resume()
  }

  #copy({ op, from, to }: Instruction): void {
    const { bytes } = this.#body
    if (this.#shift > 0 && (op === LOCAL_GET || op === LOCAL_SET || op === LOCAL_TEE)) {
      const first = bytes[from + 1] ?? 0
      const index = first < 128 ? first : new Reader(bytes, from + 1, to).u32()
      this.#out.op(op).u32(index < this.#role.type.params.length ? index : index + this.#shift)
    } else {
      this.#out.part(bytes, from, to)
    }
  }

  #canonicalise(kind: NanKind): void {
    const local = this.#scratch.get(SCRATCH_TYPE[kind])
    if (local !== undefined) writeCanonicalNan(this.#out, kind, local)
  }

  /** The instructions but the last, which ends the function. */
  #emitInside(): void {
    const { instructions } = this.#body
    this.#enterFrame()
    this.#charge(FUNCTION_ENTRY)
    for (const [index, instruction] of instructions.entries()) {
      if (index === instructions.length - 1) break
      this.#emitOne(instruction, index)
      this.#charge(index)
      const kind = nanKind(instruction)
      if (kind !== undefined && !isNanHidden(kind, instructions[index + 1])) this.#canonicalise(kind)
    }
  }

  /** The instructions in a block that takes the place of the function itself: branches that led out of it still do. */
  #emitBlock(): void {
    const { instructions } = this.#body
    const last = instructions.at(-1)
    this.#out.op(OP.block, this.#role.type.results[0] ?? EMPTY)
    this.#emitInside()
    if (last !== undefined) this.#emitOne(last, instructions.length - 1)
    if (this.#role.calling.passesGas) this.#ledger.push()
  }

  #emitCode(): void {
    const { instructions, joins } = this.#body
    const out = this.#out
    if (this.#isSettledBehind) {
      out.op(OP.block, EMPTY)
      if (this.#stackLocal !== undefined) out.op(OP.block, EMPTY)
      this.#emitBlock()
      out.op(OP.return, OP.end)
      if (this.#stackLocal !== undefined) {
        this.#settleStack()
        out.op(OP.end)
      }
      this.#settleDebt()
    } else if (this.#role.calling.passesGas && joins.has(instructions.length - 1)) {
      this.#emitBlock()
    } else {
      this.#emitInside()
      if (this.#role.calling.passesGas) this.#ledger.push()
      else if (!this.#ways.isDead) this.#ledger.tell()
    }
    out.op(OP.end)
  }

  emit(): Uint8Array {
    this.#emitCode()
    const whole = new Writer(this.#out.length + 64)
    whole.u32(this.#locals.length)
    for (const [count, type] of this.#locals) whole.u32(count).op(type)
    whole.raw(this.#out.bytes)
    return whole.bytes
  }
}

/** The metered body: no longer than the body's weight. */
export function emitBody(body: Body, added: Additions, role: FunctionRole): Uint8Array {
  return new Emitter(body, added, role).emit()
}
