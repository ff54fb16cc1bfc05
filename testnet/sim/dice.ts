/** Seeded chance for simulations: the same run for the same seed, on every machine. */

import { sha256 } from '../../protocols/core/hash.ts'
import { type Random, seededRandom } from '../../protocols/core/random.ts'
import { utf8 } from '../../protocols/core/utf8.ts'

/** Draws from the usual distributions. */
export class Dice {
  readonly #seed: string
  readonly #random: Random

  constructor(seed: string) {
    this.#seed = seed
    this.#random = seededRandom(sha256(utf8(seed)))
  }

  /** Dice of their own for a part of the run, so that changing one part leaves the others as they were. */
  fork(name: string): Dice {
    return new Dice(`${this.#seed}/${name}`)
  }

  /** Uniform in 0..1, 1 excluded. */
  unit(): number {
    return this.#random() / 2 ** 32
  }

  /** A whole number of 0..n-1. */
  below(n: number): number {
    return Math.floor(this.unit() * n)
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** One of some things. */
  pick<T>(things: readonly T[]): T {
    const thing = things[this.below(things.length)]
    if (thing === undefined) throw new TypeError('nothing to pick from')
    return thing
  }

  /** Normal, mean 0 and standard deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit())
  }

  /** Log-normal with a median; `sigma` is the standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal())
  }

  /** Exponential with a mean: the time between events that come at random. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit())
  }
}
