/** What one account may send: so many offers a second for all of its slots together, and so many for each. */
import { PeerRate } from './rate.ts'

/**
 * Offers of one slot a second, and at once: it is replaced once a block at most by whoever is in earnest. Each goes to the whole
 * network, and is as much work there as any other.
 */
const SLOT_PER_SECOND = 1
const SLOT_BURST = 5

/**
 * What an account sends beyond its rate weighs so many times what a neighbour does beyond the rate of a connection: nobody
 * but its author can have sent it, and it knows its rate. Half as much again is never sent away.
 */
const ACCOUNT_WEIGHT = 4

/** Counts offers of accounts. */
export class AccountQuota {
  readonly #accounts: PeerRate
  readonly #slots: PeerRate
  readonly #excessSec: number

  /**
   * @param limits as in the wire table
   * @param share how much of what may come at once is used
   */
  constructor(
    { ownPerSecond, ownBurst }: { readonly ownPerSecond: number; readonly ownBurst: number },
    nowMs: () => number,
    share = 1
  ) {
    this.#accounts = new PeerRate(ownPerSecond, nowMs, ownBurst * share)
    this.#slots = new PeerRate(SLOT_PER_SECOND, nowMs, SLOT_BURST * share)
    this.#excessSec = ACCOUNT_WEIGHT / ownPerSecond
  }

  /** Counts one more offer. Gives by how many seconds of quota it is beyond what is allowed: 0 if it is not. */
  take(account: string, slot: number): number {
    const place = `${account}/${slot}`
    if (!this.#slots.has(place)) return 1 / SLOT_PER_SECOND
    if (!this.#accounts.take(account)) return this.#excessSec
    this.#slots.take(place)
    return 0
  }
}
