/**
 * Where the gas left is while a function's code is written: in a local, in the global or in both, less what was used
 * since. What is used along a way is only added up here; code for it is written where ways meet or others read it.
 */
import type { Writer } from './writer.ts'

const LOCAL_GET = 0x20
const LOCAL_SET = 0x21
const LOCAL_TEE = 0x22
const GLOBAL_GET = 0x23
const GLOBAL_SET = 0x24
const I64_CONST = 0x42
const I64_LT_S = 0x53
const I64_SUB = 0x7d

/** What is known at one place of a function. */
export interface Balance {
  /** What is to be taken from the local; undefined where the local tells nothing. */
  readonly ofLocal: number | undefined
  /** What is to be taken from the global; likewise. */
  readonly ofGlobal: number | undefined
  /** Whether the gas left was found not to be below zero, and none was used since. */
  readonly isSafe: boolean
}

/** Writes the code that keeps the gas left; one of the two always tells it. */
export class Ledger {
  readonly #out: Writer
  readonly #global: number
  readonly #local: () => number
  #balance: Balance

  /**
   * @param local the index of the local, asked for where it is needed
   * @param isPassed whether the local is a parameter, which tells the gas at entry; otherwise the global does
   */
  constructor(out: Writer, global: number, local: () => number, isPassed: boolean) {
    this.#out = out
    this.#global = global
    this.#local = local
    this.#balance = { ofLocal: isPassed ? 0 : undefined, ofGlobal: isPassed ? undefined : 0, isSafe: false }
  }

  /** What is known here; kept for the other way where ways part. */
  get balance(): Balance {
    return this.#balance
  }

  set balance(balance: Balance) {
    this.#balance = balance
  }

  /**
   * Whether the host would know debt from the global if the run broke off here: the global is exact, or there is no debt,
   * and then it tells none either, for it holds what was left earlier.
   */
  get isShown(): boolean {
    return this.#balance.isSafe || this.#balance.ofGlobal === 0
  }

  /** Gas is used. */
  use(gas: number): void {
    const { ofLocal, ofGlobal } = this.#balance
    this.#balance = {
      ofLocal: ofLocal === undefined ? undefined : ofLocal + gas,
      ofGlobal: ofGlobal === undefined ? undefined : ofGlobal + gas,
      isSafe: false
    }
  }

  /** Pushes the gas left and `more`. */
  push(more = 0): void {
    const { ofLocal, ofGlobal } = this.#balance
    if (ofLocal === undefined) this.#out.op(GLOBAL_GET).u32(this.#global)
    else this.#out.op(LOCAL_GET).u32(this.#local())
    const less = (ofLocal ?? ofGlobal ?? 0) - more
    if (less !== 0) this.#out.op(I64_CONST).signed(less).op(I64_SUB)
  }

  /** Pushes whether there is debt (i32). The code that follows it is reached only if there is none. */
  pushDebt(): void {
    const { ofLocal, ofGlobal } = this.#balance
    const less = ofLocal ?? ofGlobal ?? 0
    if (ofLocal === undefined) this.#out.op(GLOBAL_GET).u32(this.#global).op(LOCAL_TEE).u32(this.#local())
    else this.#out.op(LOCAL_GET).u32(this.#local())
    this.#out.op(I64_CONST).signed(less).op(I64_LT_S)
    this.#balance = { ofLocal: less, ofGlobal, isSafe: true }
  }

  /** Pops the gas left. */
  pop(): void {
    this.#out.op(LOCAL_SET).u32(this.#local())
    this.arrive(0)
  }

  /** The local tells the gas left. @returns what is to be taken from it */
  hear(): number {
    const { ofLocal, ofGlobal, isSafe } = this.#balance
    if (ofLocal !== undefined) return ofLocal
    this.#out.op(GLOBAL_GET).u32(this.#global).op(LOCAL_SET).u32(this.#local())
    this.#balance = { ofLocal: ofGlobal, ofGlobal, isSafe }
    return ofGlobal ?? 0
  }

  /** The global is exact. */
  tell(): void {
    if (this.#balance.ofGlobal === 0) return
    this.push()
    this.#out.op(GLOBAL_SET).u32(this.#global)
    this.#balance = { ...this.#balance, ofGlobal: 0 }
  }

  /** The local tells the gas left, with so much to be taken from it, as on the other ways to where this one leads. */
  meet(rest: number): void {
    if (this.#balance.ofLocal === rest) return
    this.push(rest)
    this.#out.op(LOCAL_SET).u32(this.#local())
    this.#balance = { ...this.#balance, ofLocal: rest }
  }

  /** Ways have met, with so much to be taken from the local. */
  arrive(rest: number): void {
    this.#balance = { ofLocal: rest, ofGlobal: undefined, isSafe: false }
  }

  /** Others have used gas, and the global is exact. */
  resume(): void {
    this.#balance = { ofLocal: undefined, ofGlobal: 0, isSafe: false }
  }
}
