/**
 * The price grid: 8 ticks per doubling (9.05 % each), in integers, so that ranks are the same on every machine and an
 * undercut costs real money (matching.md 0.5). `price(t) = MANTISSA[t mod 8] << (t div 8)` wei.
 */

/** round(2^(16 + i/8)) for i = 0..7. */
const MANTISSA = [65536n, 71468n, 77936n, 84990n, 92682n, 101070n, 110218n, 120194n] as const

/** The highest tick whose price still fits 96 bits as collateral, {@link MAX_COLLATERAL_TIMES} times: 7.4 million coins. */
export const MAX_PRICE_TICK = 66 * 8 + 5

/** Wei of a tick. @throws TypeError outside 0..MAX_PRICE_TICK */
export function priceOfTick(tick: number): bigint {
  const mantissa = MANTISSA[tick & 7]
  if (!Number.isInteger(tick) || tick < 0 || tick > MAX_PRICE_TICK || mantissa === undefined)
    throw new TypeError(`not a price tick of 0..${MAX_PRICE_TICK}: ${tick}`)
  return mantissa << BigInt(tick >> 3)
}

/** The highest tick that costs at most `wei`; undefined when even tick 0 costs more. */
export function tickAtMost(wei: bigint): number | undefined {
  let [low, high] = [-1, MAX_PRICE_TICK]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (priceOfTick(middle) <= wei) low = middle
    else high = middle - 1
  }
  return low < 0 ? undefined : low
}

/** The lowest tick that brings at least `wei`; undefined when no tick does. */
export function tickAtLeast(wei: bigint): number | undefined {
  const below = tickAtMost(wei)
  if (below === undefined) return 0
  if (priceOfTick(below) === wei) return below
  return below === MAX_PRICE_TICK ? undefined : below + 1
}
