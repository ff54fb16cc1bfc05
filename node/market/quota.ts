/** What one account may send: so many offers a second for all of its slots together, and so many for each. */
import { PeerRate } from './rate.ts'

/** Offers of one slot a second, and at once: it is replaced once a block at most by whoever is in earnest. */
const SLOT_PER_SECOND = 1
const SLOT_BURST = 8

/** Counts offers of accounts. */
export class AccountQuota {
  readonly #accounts: PeerRate
  readonly #slots: PeerRate

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
  }

  /** Whether one more offer is within both; if so, it is counted. */
  take(account: string, slot: number): boolean {
    const place = `${account}/${slot}`
    if (!this.#slots.has(place) || !this.#accounts.has(account)) return false
    return this.#slots.take(place) && this.#accounts.take(account)
  }
}
