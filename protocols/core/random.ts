/** A small seeded generator (xoshiro128**): the same numbers everywhere, for guests, tests and simulations; never for keys. */

/** A source of 32-bit unsigned numbers. */
export type Random = () => number

/**
 * A generator keyed by the first 16 bytes of a seed.
 *
 * @see https://prng.di.unimi.it/xoshiro128starstar.c
 */
export function seededRandom(seed: Uint8Array): Random {
  const state = new Uint32Array(4)
  for (let i = 0; i < 16; i++) state[i >> 2] = (state[i >> 2] ?? 0) | ((seed[i] ?? 0) << (8 * (i & 3)))
  let [a, b, c, d] = [state[0] ?? 0, state[1] ?? 0, state[2] ?? 0, state[3] ?? 0]
  // The all-zero state is a fixed point.
  if ((a | b | c | d) === 0) a = 1
  const rotl = (x: number, k: number) => (x << k) | (x >>> (32 - k))
  return () => {
    const out = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotl(d, 11)
    return out
  }
}
