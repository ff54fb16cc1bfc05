/** Follows the ways that control takes through a function, so that wherever they meet the gas left is told alike. */
import { type Body, type Instruction, OP } from './body.ts'
import { FUNCTION_ENTRY } from './gas.ts'
import type { Balance, Ledger } from './ledger.ts'
import { Reader } from './reader.ts'

interface Frame {
  readonly op: number
  /** Index of the instruction that opened it; {@link FUNCTION_ENTRY} for the function itself. */
  readonly index: number
  /** What is to be taken from the local where its branches lead; undefined until it is known. */
  rest: number | undefined
  /** What was known where it was opened: an `else` begins with that. */
  readonly before: Balance
  /** Whether it was opened in code that is never reached. */
  readonly wasDead: boolean
  /** Whether a branch, or the end of one side of an `if`, leads behind it. */
  isReached: boolean
}

/** The ways through one function, in the order in which it is written. */
export class Ways {
  readonly #body: Body
  readonly #ledger: Ledger
  readonly #passesGas: boolean
  readonly #frames: Frame[] = []
  #isDead = false

  /** @param passesGas whether the function gives the gas left back as a result, and not in the global */
  constructor(body: Body, ledger: Ledger, passesGas: boolean) {
    this.#body = body
    this.#ledger = ledger
    this.#passesGas = passesGas
    this.#push(OP.block, FUNCTION_ENTRY, this.#isTabled(FUNCTION_ENTRY) ? 0 : undefined)
  }

  /** Whether the code that is written now is never reached. */
  get isDead(): boolean {
    return this.#isDead
  }

  /** Open blocks, the function among them. */
  get depth(): number {
    return this.#frames.length
  }

  /** All targets of a `br_table` are told the gas left in the same way, for there is no place where they could differ. */
  #isTabled(index: number): boolean {
    return this.#body.tabled.has(index)
  }

  #push(op: number, index: number, rest: number | undefined, isReached = false): void {
    this.#frames.push({ op, index, rest, before: this.#ledger.balance, wasDead: this.#isDead, isReached })
  }

  #open(op: number, index: number): void {
    const isSkipped = op === OP.if && !this.#body.withElse.has(index)
    let rest = this.#isTabled(index) ? 0 : undefined
    // These are reached from here with what is known here, and by branches with the same.
    if ((isSkipped || op === OP.loop) && !this.#isDead) {
      if (rest !== undefined) this.#ledger.meet(rest)
      rest = this.#ledger.hear()
    }
    this.#push(op, index, rest, isSkipped)
  }

  #goTo(frame: Frame | undefined): void {
    if (frame === undefined || this.#isDead) return
    frame.isReached = true
    if (frame.index === FUNCTION_ENTRY && !this.#passesGas) this.#ledger.tell()
    else if (frame.rest === undefined) frame.rest = this.#ledger.hear()
    else this.#ledger.meet(frame.rest)
  }

  /** Before an instruction is written: what it needs to be known where it leads. Leaves the operand stack as it was. */
  before({ op, from, to }: Instruction, index: number): void {
    switch (op) {
      case OP.block:
      case OP.loop:
      case OP.if:
        this.#open(op, index)
        break
      case OP.else:
      case OP.end: {
        const frame = this.#frames.at(-1)
        if (frame?.op !== OP.loop) this.#goTo(frame)
        break
      }
      case OP.br:
      case OP.brIf:
      case OP.brTable: {
        const reader = new Reader(this.#body.bytes, from + 1, to)
        for (let count = op === OP.brTable ? reader.u32() + 1 : 1; count > 0; count--)
          this.#goTo(this.#frames.at(-1 - reader.u32()))
        break
      }
      case OP.return:
        if (!this.#passesGas && !this.#isDead) this.#ledger.tell()
        break
    }
  }

  /** After an instruction was written: what is known behind it. */
  after({ op }: Instruction): void {
    switch (op) {
      case OP.br:
      case OP.brTable:
      case OP.return:
      case OP.unreachable:
        this.#isDead = true
        break
      case OP.loop:
        this.#ledger.arrive(this.#frames.at(-1)?.rest ?? 0)
        break
      case OP.else: {
        const frame = this.#frames.at(-1)
        if (frame === undefined) break
        this.#isDead = frame.wasDead
        this.#ledger.balance = frame.before
        break
      }
      case OP.end: {
        const frame = this.#frames.pop()
        // Only its head is where ways meet at a loop.
        if (frame === undefined || frame.op === OP.loop) break
        this.#isDead = frame.wasDead || !frame.isReached
        this.#ledger.arrive(frame.rest ?? 0)
        break
      }
    }
  }
}
