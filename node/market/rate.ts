/** Rates per peer: a token bucket for each of the peers seen last. */

/** Peers remembered at once; beyond it the oldest bucket goes. More peers than any node has connections. */
const MAX_PEERS = 4_096

interface Bucket {
  tokens: number
  atMs: number
}

/** Lets each peer pass `perSecond` times a second on average, and so often at once. */
export class PeerRate {
  readonly #perSecond: number
  readonly #burst: number
  readonly #nowMs: () => number
  readonly #buckets = new Map<string, Bucket>()

  /** @param burst @default what two seconds allow */
  constructor(perSecond: number, nowMs: () => number, burst = 2 * perSecond) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#nowMs = nowMs
  }

  /** Whether the peer may pass now; if so, it has used up one of its tokens. */
  take(peerId: string): boolean {
    const bucket = this.#bucketOf(peerId)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  /** Whether the peer may pass now. */
  has(peerId: string): boolean {
    return this.#bucketOf(peerId).tokens >= 1
  }

  #bucketOf(peerId: string): Bucket {
    const nowMs = this.#nowMs()
    const burst = this.#burst
    const known = this.#buckets.get(peerId)
    const bucket = known ?? { tokens: burst, atMs: nowMs }
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * this.#perSecond) / 1000)
    bucket.atMs = nowMs
    // Whoever was seen last goes last in the map, so the first is the oldest.
    this.#buckets.delete(peerId)
    this.#buckets.set(peerId, bucket)
    if (this.#buckets.size > MAX_PEERS) this.#forgetOldest()
    return bucket
  }

  #forgetOldest(): void {
    for (const peerId of this.#buckets.keys()) {
      this.#buckets.delete(peerId)
      return
    }
  }
}
