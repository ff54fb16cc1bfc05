// The tie-break: over identities and slots, uniform, different in every block.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pairHash, slotHash } from '../../../protocols/match/rank.ts'
import { testSeed } from '../../support.ts'
import { account, bytes32 } from '../arbitrary.ts'

const seed = testSeed()
const rank = suite('pairHash')
const hash = fc.tuple(bytes32, account, fc.nat(63)).map(([block, a, slot]) => slotHash(block, a, slot))

rank('is a whole number of at most 53 bits', () => {
  fc.assert(
    fc.property(hash, hash, (a, b) => {
      assert.ok(Number.isSafeInteger(pairHash(a, b)) && pairHash(a, b) >= 0)
      assert.is(pairHash(a, b), pairHash({ ...a }, { ...b }))
    }),
    { seed }
  )
})

rank('tells sides, slots, accounts and blocks apart', () => {
  fc.assert(
    fc.property(bytes32, bytes32, account, account, (block, next, a, b) => {
      fc.pre(a !== b && block !== next)
      const [x, y] = [slotHash(block, a, 0), slotHash(block, b, 0)]
      const all = [
        pairHash(x, y),
        pairHash(y, x),
        pairHash(slotHash(block, a, 1), y),
        pairHash(x, slotHash(block, b, 1)),
        pairHash(slotHash(next, a, 0), slotHash(next, b, 0))
      ]
      assert.is(new Set(all).size, all.length)
    }),
    { seed }
  )
})

rank('is uniform: each sixteenth of the range gets its share', () => {
  const bins = new Array<number>(16).fill(0)
  const sides = fc.sample(hash, { seed, numRuns: 128 })
  for (const a of sides)
    for (const b of sides) {
      const bin = Math.floor(pairHash(a, b) / 2 ** 49)
      bins[bin] = (bins[bin] ?? 0) + 1
    }
  // 1024 expected, standard deviation 31; samples share their sides, hence the wide margin.
  for (const count of bins) assert.ok(count > 700 && count < 1350, bins.join(' '))
})

rank('keeps its values: they are consensus', () => {
  const a = slotHash(`0x${'11'.repeat(32)}`, `0x${'22'.repeat(20)}`, 3)
  const b = slotHash(`0x${'11'.repeat(32)}`, `0x${'33'.repeat(20)}`, 0)
  assert.equal(a, { high: 995332803, low: 2851549256 })
  assert.equal(b, { high: 2887139027, low: 345669945 })
  assert.equal([pairHash(a, b), pairHash(b, a)], [3908924102412133, 645684159157113])
})

rank.run()
