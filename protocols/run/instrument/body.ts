/** Decodes one function body into instructions, and finds the deepest operand stack: what gas and frames are counted on. */
import { type Effect, readMemarg, readPlain, readPrefixed } from './effect.ts'
import * as limit from './params.ts'
import { malformed, Reader, tooLarge } from './reader.ts'
import type { Module } from './sections.ts'
import { readVector } from './simd.ts'
import { type FunctionType, isValueType, readValueType, slotsOf } from './types.ts'

/** Opcodes that the passes name. */
export const OP = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  memoryGrow: 0x40,
  refFunc: 0xd2,
  prefixed: 0xfc,
  vector: 0xfd
} as const

/** One instruction: its opcode and where its bytes are. */
export interface Instruction {
  readonly op: number
  /** The opcode after a prefix, or the callee of a direct call; otherwise 0. */
  readonly arg: number
  readonly from: number
  readonly to: number
}

/** A decoded function. */
export interface Body {
  readonly bytes: Uint8Array
  /** Declared locals: how many of which type. */
  readonly locals: readonly (readonly [count: number, type: number])[]
  /** Parameters and declared locals together. */
  readonly localCount: number
  readonly localSlots: number
  readonly instructions: readonly Instruction[]
  /** Indices of `end` instructions where control joins: targets of branches, ends of `if`. */
  readonly joins: ReadonlySet<number>
  /** Indices of the instructions that open blocks to which a `br_table` leads; -1 for the function itself. */
  readonly tabled: ReadonlySet<number>
  /** Indices of `if` instructions with an `else`. */
  readonly withElse: ReadonlySet<number>
  readonly maxOperands: number
}

interface Frame {
  readonly op: number
  /** Index of the instruction that opened it. */
  readonly index: number
  /** Height of the operand stack below the block's parameters. */
  readonly base: number
  readonly params: number
  readonly results: number
  isTarget: boolean
}

class Decoder {
  readonly #module: Module
  readonly #reader: Reader
  readonly #frames: Frame[] = []
  #current: Frame
  #height = 0
  #maxHeight = 0
  readonly tabled = new Set<number>()
  readonly withElse = new Set<number>()

  constructor(module: Module, reader: Reader, type: FunctionType) {
    this.#module = module
    this.#reader = reader
    this.#current = { op: OP.block, index: -1, base: 0, params: 0, results: type.results.length, isTarget: false }
    this.#frames.push(this.#current)
  }

  get maxHeight(): number {
    return this.#maxHeight
  }

  get isOver(): boolean {
    return this.#frames.length === 0
  }

  #apply(effect: Effect): void {
    // Below its base a block's stack is only reached in dead code, where it is as deep as anybody wants.
    this.#height = Math.max(this.#current.base, this.#height - effect.pops) + effect.pushes
    this.#maxHeight = Math.max(this.#maxHeight, this.#height)
  }

  #pop(count: number): void {
    this.#apply({ pops: count, pushes: 0 })
  }

  #blockType(): { params: number; results: number } {
    const next = this.#reader.peek()
    if (next === 0x40 || isValueType(next)) {
      this.#reader.byte()
      return { params: 0, results: next === 0x40 ? 0 : 1 }
    }
    const type = this.#module.types[this.#reader.s33()]
    if (type === undefined) throw malformed('a block of a type that does not exist')
    return { params: type.params.length, results: type.results.length }
  }

  #branchTo(depth: number, isTable = false): void {
    const frame = this.#frames[this.#frames.length - 1 - depth]
    if (frame === undefined) throw malformed('a branch to nowhere')
    if (frame.op !== OP.loop) frame.isTarget = true
    if (isTable) this.tabled.add(frame.index)
  }

  #open(op: number, index: number): void {
    if (op === OP.if) this.#pop(1)
    const { params, results } = this.#blockType()
    this.#pop(params)
    this.#current = { op, index, base: this.#height, params, results, isTarget: op === OP.if }
    this.#frames.push(this.#current)
    this.#apply({ pops: 0, pushes: params })
  }

  /** Closes a block. @returns whether control joins there */
  close(): boolean {
    const closed = this.#current
    this.#frames.pop()
    this.#current = this.#frames.at(-1) ?? closed
    this.#height = closed.base
    this.#apply({ pops: 0, pushes: closed.results })
    return closed.isTarget
  }

  #call(type: FunctionType | undefined, extra: number): void {
    if (type === undefined) throw malformed('a call of something that does not exist')
    this.#apply({ pops: type.params.length + extra, pushes: type.results.length })
  }

  /** Reads an instruction's immediates and keeps the height. @returns {@link Instruction.arg} */
  step(op: number, index: number): number {
    const reader = this.#reader
    switch (op) {
      case OP.block:
      case OP.loop:
      case OP.if:
        this.#open(op, index)
        return 0
      case OP.else:
        if (this.#current.op !== OP.if) throw malformed('else without if')
        this.withElse.add(this.#current.index)
        this.#height = this.#current.base
        this.#apply({ pops: 0, pushes: this.#current.params })
        return 0
      case OP.brIf:
        this.#pop(1)
        this.#branchTo(reader.u32())
        return 0
      case OP.brTable:
        if (reader.list(() => this.#branchTo(reader.u32(), true)).length > limit.MAX_BRANCH_TARGETS)
          throw tooLarge('br_table')
        this.#branchTo(reader.u32(), true)
        this.#height = this.#current.base
        return 0
      case OP.br:
        this.#branchTo(reader.u32())
        this.#height = this.#current.base
        return 0
      case OP.return:
      case OP.unreachable:
        this.#height = this.#current.base
        return 0
      case OP.call: {
        const callee = reader.u32()
        this.#call(this.#module.functions[callee], 0)
        return callee
      }
      case OP.callIndirect: {
        const type = this.#module.types[reader.u32()]
        reader.u32()
        this.#call(type, 1)
        return 0
      }
      case OP.refFunc:
        // The pass appends functions: an index beyond the module's own must not come to mean one of those.
        if (reader.u32() >= this.#module.functions.length) throw malformed('a reference to no function')
        this.#apply({ pops: 0, pushes: 1 })
        return 0
      case OP.prefixed: {
        const opcode = reader.u32()
        this.#apply(readPrefixed(reader, opcode))
        return opcode
      }
      case OP.vector: {
        const opcode = reader.u32()
        this.#apply(readVector(reader, opcode, readMemarg))
        return opcode
      }
      default:
        this.#apply(readPlain(reader, op, this.#module.globalCount))
        return 0
    }
  }
}

/**
 * Decodes the function body that lies at `bytes[from, to)`.
 *
 * @throws RUN_REJECTED
 */
export function decodeBody(module: Module, type: FunctionType, bytes: Uint8Array, from: number, to: number): Body {
  if (to - from > limit.MAX_BODY_BYTES) throw tooLarge(`a function of ${to - from} bytes`)
  const reader = new Reader(bytes, from, to)
  let localCount = type.params.length
  let localSlots = type.params.reduce((sum, param) => sum + slotsOf(param), 0)
  const locals = reader.list((): [number, number] => {
    const count = reader.u32()
    const local = readValueType(reader)
    localCount += count
    localSlots += count * slotsOf(local)
    if (localCount > limit.MAX_LOCALS) throw tooLarge('locals of a function')
    return [count, local]
  })
  const decoder = new Decoder(module, reader, type)
  const instructions: Instruction[] = []
  const joins = new Set<number>()
  while (!decoder.isOver) {
    const at = reader.at
    const op = reader.byte()
    if (op === OP.end) {
      if (decoder.close()) joins.add(instructions.length)
      instructions.push({ op, arg: 0, from: at, to: reader.at })
    } else {
      const arg = decoder.step(op, instructions.length)
      instructions.push({ op, arg, from: at, to: reader.at })
    }
  }
  if (!reader.done) throw malformed('bytes after the end of a function')
  const { tabled, withElse, maxHeight: maxOperands } = decoder
  return { bytes, locals, localCount, localSlots, instructions, joins, tabled, withElse, maxOperands }
}
