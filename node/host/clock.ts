/** Process time and entropy of this machine, behind the market's ports: the only place that reads either. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Entropy } from '../market/ports.ts'

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  // A node that has been stopped must not be kept alive by what it was going to wait for.
  sleep: (ms, options = {}) => delay(ms, undefined, { ref: true, ...options })
}

/** The operating system's generator. */
export const systemEntropy: Entropy = length => Uint8Array.from(randomBytes(length))
