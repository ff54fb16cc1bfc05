// Amounts as people write them, and the conversions of time.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatCoins, minWei, msToSec, parseWei, secToMs, WEI_PER_COIN } from '../../../protocols/core/units.ts'
import { testSeed, throws } from '../../support.ts'

const seed = testSeed()
const amounts = suite('amounts')

amounts('reads coins, eth, gwei and wei', () => {
  const cases: readonly (readonly [string, bigint])[] = [
    ['0', 0n],
    ['1', WEI_PER_COIN],
    ['0.5', WEI_PER_COIN / 2n],
    ['2.50eth', (WEI_PER_COIN * 5n) / 2n],
    [' 3 Gwei ', 3_000_000_000n],
    ['0.000000001gwei', 1n],
    ['10wei', 10n],
    ['0.000000000000000001', 1n]
  ]
  for (const [text, wei] of cases) assert.is(parseWei(text), wei, text)
})

amounts('refuses what is no amount, or finer than a wei', () => {
  for (const text of ['', '-1', '1.', '.5', '1,5', '1e3', '0x10', '1 btc', '1.5wei', '0.0000000000000000001', '١'])
    throws(() => parseWei(text), 'UNITS_BAD_AMOUNT')
})

amounts('what is shown reads back as the same amount', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 100n }), wei => assert.is(parseWei(formatCoins(wei)), wei)),
    { seed }
  )
})

amounts('shows no zeros that say nothing, and the sign', () => {
  assert.is(formatCoins(0n), '0')
  assert.is(formatCoins(1n), '0.000000000000000001')
  assert.is(formatCoins((5n * WEI_PER_COIN) / 4n), '1.25')
  assert.is(formatCoins(-WEI_PER_COIN), '-1')
})

amounts('the smaller of two', () => {
  assert.is(minWei(1n, 2n), 1n)
  assert.is(minWei(2n, 1n), 1n)
})

amounts.run()

// ---

const times = suite('times')

times('seconds to milliseconds and back, rounded up', () => {
  assert.is(secToMs(2), 2000)
  assert.is(msToSec(2000), 2)
  assert.is(msToSec(2001), 3)
})

times.run()
