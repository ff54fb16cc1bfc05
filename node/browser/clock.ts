/** Process time and entropy of a page, behind the market's ports. */
import type { Clock, Entropy } from '../market/ports.ts'
import { delay } from '../peer/delay.ts'

/** The browser's clock. A hidden tab's timers are slowed by the browser; nothing but waiting depends on them. */
export const browserClock: Clock = {
  nowMs: () => Date.now(),
  sleep: delay
}

/** The browser's generator. */
export const browserEntropy: Entropy = length => crypto.getRandomValues(new Uint8Array(length))
