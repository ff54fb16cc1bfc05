/**
 * Commits that share a transaction: those that are asked for in the same moment, or while the transaction before is
 * prepared. `commitMany` reverts as a whole, so what would revert is found by simulation and left out, each with its own
 * reason; where sound ones do not go together (two deals, escrow for one), halves go one after the other.
 */
import type { Clock } from '../market/ports.ts'
import type { Action } from './calls.ts'
import { ChainError } from './errors.ts'

/** Before a lot is closed, in ms: proposals of one block come within the spread of its head. A fortieth of a block of 2 s. */
const GATHER_MS = 50

/** Most commits of one transaction: what one node can have units for, and far below any block's gas. */
const MAX_COMMITS = 16

/** What lots are made with. */
export interface LotsInit {
  readonly clock: Clock
  /** Runs work when it is the account's turn. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** Simulates, journals and broadcasts one transaction that stands for all the keys; gives its nonce. */
  place(action: Action, keys: readonly string[]): Promise<number>
  /** Simulates each by itself: why it would revert, or undefined. */
  tryEach(actions: readonly Action[]): Promise<readonly (ChainError | undefined)[]>
  /** One action of several commits. */
  join(actions: readonly Action[]): Action
}

interface Part extends PromiseWithResolvers<number> {
  readonly action: Action
  readonly key: string
}

/** @see the head of this file */
export class CommitLots {
  readonly #init: LotsInit
  readonly #waiting: Part[] = []

  constructor(init: LotsInit) {
    this.#init = init
  }

  /**
   * Sends a commit with those that come in the same moment; resolves to the nonce of their transaction.
   *
   * @throws what {@link LotsInit.place} throws, of this commit alone
   */
  async add(action: Action, key: string, signal: AbortSignal): Promise<number> {
    const part = { action, key, ...Promise.withResolvers<number>() }
    part.promise.catch(() => {})
    this.#waiting.push(part)
    if (this.#waiting.length === 1) {
      // When it ends, or is aborted: whoever waits is told by the turn.
      await this.#init.clock.sleep(GATHER_MS, { signal }).catch(() => {})
      this.#sendNext()
    }
    return await part.promise
  }

  #sendNext(): void {
    this.#init.inTurn(() => this.#send()).catch(() => {})
  }

  async #send(): Promise<void> {
    // Taken when the turn has come: who came while others were prepared goes along.
    const lot = this.#waiting.splice(0, MAX_COMMITS)
    if (this.#waiting.length > 0) this.#sendNext()
    try {
      await this.#place(lot, false)
    } catch (error) {
      for (const part of lot) part.reject(error)
    }
  }

  async #place(lot: readonly Part[], isTried: boolean): Promise<void> {
    const [first] = lot
    if (first === undefined) return
    const actions = lot.map(({ action }) => action)
    try {
      const action = lot.length === 1 ? first.action : this.#init.join(actions)
      const nonce = await this.#init.place(
        action,
        lot.map(({ key }) => key)
      )
      for (const part of lot) part.resolve(nonce)
    } catch (error) {
      if (!(error instanceof ChainError) || error.code !== 'CHAIN_REVERTED') throw error
      if (lot.length === 1) return first.reject(error)
      if (!isTried) return await this.#place(await this.#sound(lot), true)
      const half = lot.length >> 1
      await this.#place(lot.slice(0, half), true)
      await this.#place(lot.slice(half), true)
    }
  }

  /** Those that would not revert by themselves; the others are told why they do. */
  async #sound(lot: readonly Part[]): Promise<readonly Part[]> {
    const faults = await this.#init.tryEach(lot.map(({ action }) => action))
    return lot.filter((part, i) => {
      const fault = faults[i]
      if (fault !== undefined) part.reject(fault)
      return fault === undefined
    })
  }
}
