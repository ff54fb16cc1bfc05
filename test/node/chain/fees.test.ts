// Fees that get a transaction mined, and that pools take in place of others.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { feesFor, MAX_FEE_WEI, replacingFees } from '../../../node/chain/fees.ts'

const GWEI = 1_000_000_000n
const test = suite('fees')

test('leaves room for a base fee that doubles', () => {
  assert.equal(feesFor(10n * GWEI, GWEI), { maxFeeWei: 21n * GWEI, tipWei: GWEI })
  assert.equal(feesFor(0n, 0n), { maxFeeWei: 0n, tipWei: 0n })
})

test('raises both fees by more than the tenth that pools ask for', () => {
  for (const wei of [0n, 1n, 9n, 10n, GWEI, 7n * GWEI + 3n]) {
    const old = { maxFeeWei: wei, tipWei: wei }
    const fees = replacingFees(old, 0n, 0n)
    assert.ok(fees && fees.tipWei * 10n >= wei * 11n && fees.tipWei > wei)
    assert.ok(fees.maxFeeWei >= fees.tipWei && fees.maxFeeWei * 10n >= wei * 11n)
  }
})

test('offers what the moment asks for when that is more', () => {
  const fees = replacingFees({ maxFeeWei: GWEI, tipWei: 1n }, 100n * GWEI, 2n * GWEI)
  assert.equal(fees, feesFor(100n * GWEI, 2n * GWEI))
})

test('never goes beyond the most that a transaction is worth', () => {
  const almost = { maxFeeWei: (MAX_FEE_WEI * 4n) / 5n - 4n, tipWei: 1n }
  assert.ok(replacingFees(almost, 0n, 0n))
  assert.is(replacingFees({ ...almost, maxFeeWei: (MAX_FEE_WEI * 4n) / 5n }, 0n, 0n), undefined)
  assert.is(replacingFees({ maxFeeWei: 1n, tipWei: 1n }, MAX_FEE_WEI, 0n), undefined)
})

test.run()
