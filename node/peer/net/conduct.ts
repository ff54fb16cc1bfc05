/**
 * How peers have conducted themselves lately. What a peer sends beyond its rates is measured in seconds of its own quota, so
 * that one scale serves every topic; it is forgotten by and by. Gossip hears of it as a score, and whoever passes the limit
 * is sent away and not let in again for a while. A peer that is merely unlucky never gets there: see the limits.
 */

/**
 * Seconds of quota in excess at which a peer is sent away. A tenth is forgiven each second, so whoever sends n times its
 * quota tends to 10 (n - 1): twice is ignored for ever, ten times is sent away within three seconds. An honest neighbour's
 * worst is one burst: a healed partition of 10,000 offers can bring what gossip still carries, some 5 seconds of quota.
 */
export const MAX_EXCESS_SEC = 20

/** Share that is forgiven in a second. */
const FORGIVEN_PER_SEC = 0.1

/** A message that only a faulty sender makes weighs as much: the second one in a row ends it. */
export const REJECT_SEC = 12

/** How long a peer that was sent away is kept out. */
const BANNED_MS = 10 * 60_000

/** Gossip's graylist begins at -80 (its default): reached where a peer is sent away, so no message slips in before. */
export const SCORE_PER_SEC = 80 / MAX_EXCESS_SEC

/** Peers remembered at once; beyond it the oldest is forgotten. More than any node has connections. */
const MAX_PEERS = 4_096

interface Record {
  excessSec: number
  atMs: number
  bannedUntilMs: number
}

/** @see the head of this file */
export class Conduct {
  readonly #nowMs: () => number
  readonly #records = new Map<string, Record>()
  #onBanned: (peerId: string) => void = () => {}

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Calls back for each peer that is to be sent away. */
  onBanned(listener: (peerId: string) => void): void {
    this.#onBanned = listener
  }

  /** Holds so many seconds of quota against a peer. */
  blame(peerId: string, seconds: number): void {
    const record = this.#lately(peerId)
    record.excessSec += seconds
    if (record.excessSec < MAX_EXCESS_SEC || this.isBanned(peerId)) return
    record.bannedUntilMs = this.#nowMs() + BANNED_MS
    this.#onBanned(peerId)
  }

  /** Whether a peer is kept out now. */
  isBanned(peerId: string): boolean {
    const record = this.#records.get(peerId)
    return record !== undefined && this.#nowMs() < record.bannedUntilMs
  }

  /** The peer's excess as gossip's own scale has it: 0 or less. */
  scoreOf(peerId: string): number {
    return this.#records.has(peerId) ? -this.#lately(peerId).excessSec : 0
  }

  #lately(peerId: string): Record {
    const nowMs = this.#nowMs()
    const record = this.#records.get(peerId) ?? { excessSec: 0, atMs: nowMs, bannedUntilMs: Number.NEGATIVE_INFINITY }
    record.excessSec *= (1 - FORGIVEN_PER_SEC) ** ((nowMs - record.atMs) / 1000)
    record.atMs = nowMs
    // Whoever was seen last goes last in the map, so the first is the oldest.
    this.#records.delete(peerId)
    this.#records.set(peerId, record)
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= MAX_PEERS) break
      this.#records.delete(oldest)
    }
    return record
  }
}
