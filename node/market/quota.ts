/** What one account may send: so many offers a second for all of its slots together, and so many for each. */
import { PeerRate } from './rate.ts'

/** Offers of one slot a second, and at once: it is replaced once a block at most by whoever is in earnest. */
const SLOT_PER_SECOND = 1
const SLOT_BURST = 8

/** Counts offers of accounts. */
export class AccountQuota {
  readonly #accounts: PeerRate
  readonly #slots: PeerRate

  /** @param limits as in the wire table */
  constructor(limits: { readonly ownPerSecond: number; readonly ownBurst: number }, nowMs: () => number) {
    this.#accounts = new PeerRate(limits.ownPerSecond, nowMs, limits.ownBurst)
    this.#slots = new PeerRate(SLOT_PER_SECOND, nowMs, SLOT_BURST)
  }

  /** Whether one more offer is within both; if so, it is counted. */
  take(account: string, slot: number): boolean {
    return this.#slots.take(`${account}/${slot}`) && this.#accounts.take(account)
  }
}
