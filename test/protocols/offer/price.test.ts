// The price grid: integers, eight steps a doubling, and back from wei.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_PRICE_TICK, priceOfTick, tickAtLeast, tickAtMost } from '../../../protocols/offer/price.ts'
import { MAX_COLLATERAL_TIMES } from '../../../protocols/params.ts'
import { testSeed } from '../../support.ts'

const seed = testSeed()
const grid = suite('price grid')
const ticks = Array.from({ length: MAX_PRICE_TICK + 1 }, (_, tick) => tick)

grid('is 65536 wei at 0 and doubles every eight ticks', () => {
  assert.is(priceOfTick(0), 65_536n)
  for (const tick of ticks.slice(8)) assert.is(priceOfTick(tick), 2n * priceOfTick(tick - 8))
})

grid('each step is within 0.001 % of the eighth root of two', () => {
  for (const tick of ticks.slice(1, 9)) {
    const step = Number(priceOfTick(tick)) / Number(priceOfTick(tick - 1))
    assert.ok(Math.abs(step / 2 ** (1 / 8) - 1) < 1e-5, `${tick}: ${step}`)
  }
})

grid('collateral for the highest price still fits 96 bits, the next one would not', () => {
  const most = priceOfTick(MAX_PRICE_TICK) * BigInt(MAX_COLLATERAL_TIMES)
  assert.ok(most < 1n << 96n)
  const next = 2n * priceOfTick(MAX_PRICE_TICK - 7) * BigInt(MAX_COLLATERAL_TIMES)
  assert.ok(next >= 1n << 96n)
})

grid('there are no other ticks', () => {
  for (const tick of [-1, MAX_PRICE_TICK + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => priceOfTick(tick), /not a price tick/)
})

grid('every price finds its own tick', () => {
  for (const tick of ticks) {
    assert.is(tickAtMost(priceOfTick(tick)), tick)
    assert.is(tickAtLeast(priceOfTick(tick)), tick)
    assert.is(tickAtMost(priceOfTick(tick) - 1n), tick === 0 ? undefined : tick - 1)
    assert.is(tickAtLeast(priceOfTick(tick) + 1n), tick === MAX_PRICE_TICK ? undefined : tick + 1)
  }
})

grid('any amount lies between its two ticks', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 84n }), wei => {
      const [below, above] = [tickAtMost(wei), tickAtLeast(wei)]
      assert.ok(below === undefined ? wei < 65_536n : priceOfTick(below) <= wei)
      assert.ok(above === undefined ? wei > priceOfTick(MAX_PRICE_TICK) : priceOfTick(above) >= wei)
      if (below !== undefined && above !== undefined) assert.ok(above - below <= 1)
    }),
    { seed }
  )
})

grid.run()
