/** Gas as the host sees it, and the time that comes of it: the guest's clock runs on gas, never on the machine's. */

import { NO_EXIT_CODE } from '../exit-code.ts'
import { BULK_SHIFT } from '../instrument/params.ts'
import { CLOCK } from './abi.ts'
import { EndOfRun } from './end.ts'
import { ERRNO, fail } from './errno.ts'

/** The guest's exported gas counter. */
export interface GasCounter {
  value: bigint
}

/** Charges for host work and tells the time. One gas is one nanosecond. */
export class Meter {
  readonly #limit: bigint
  readonly #epochNs: bigint
  readonly #counter: () => GasCounter
  #sleptNs = 0n

  constructor(limit: bigint, epochNs: bigint, counter: () => GasCounter) {
    this.#limit = limit
    this.#epochNs = epochNs
    this.#counter = counter
  }

  /** Gas used so far. */
  get used(): bigint {
    return this.#limit - this.#counter().value
  }

  /** Takes gas. @throws EndOfRun out-of-gas */
  charge(gas: bigint): void {
    const counter = this.#counter()
    counter.value -= gas
    if (counter.value < 0n) throw new EndOfRun('out-of-gas', NO_EXIT_CODE)
  }

  /** Takes the gas of moving bytes, before they are moved. @throws EndOfRun out-of-gas */
  chargeBytes(count: number): void {
    this.charge(BigInt(count >>> 0) >> BigInt(BULK_SHIFT))
  }

  /** Passes time without work. */
  sleep(ns: bigint): void {
    this.#sleptNs += ns
  }

  /** A clock's time in nanoseconds. @throws CallError invalid for a clock that WASI does not know */
  nowNs(clock: number): bigint {
    switch (clock) {
      case CLOCK.realtime:
        return BigInt.asUintN(64, this.#epochNs + this.used + this.#sleptNs)
      case CLOCK.monotonic:
        return BigInt.asUintN(64, this.used + this.#sleptNs)
      case CLOCK.processTime:
      case CLOCK.threadTime:
        return BigInt.asUintN(64, this.used)
      default:
        return fail(ERRNO.invalid)
    }
  }
}
