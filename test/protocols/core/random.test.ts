// The seeded generator: equal to the published one, and equal everywhere.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededRandom } from '../../../protocols/core/random.ts'

const random = suite('seededRandom')

random('is xoshiro128**', () => {
  // From the state 1, 2, 3, 4 the first number is rotl(2 * 5, 7) * 9; the others are those of the published C code.
  const state = Uint8Array.from([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])
  const next = seededRandom(state)
  assert.equal([next(), next(), next(), next()], [11520, 0, 5927040, 70819200])
})

random('differs by seed, repeats by seed, and does not stand still at zero', () => {
  const take = (seed: Uint8Array) => Array.from({ length: 8 }, seededRandom(seed))
  assert.equal(take(new Uint8Array(16)), take(new Uint8Array(16)))
  assert.not.equal(take(new Uint8Array(16)), take(new Uint8Array(16).fill(1)))
  assert.ok(new Set(take(new Uint8Array(16))).size > 4)
})

random.run()
