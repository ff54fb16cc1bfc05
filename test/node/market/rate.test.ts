// A peer's rate: so much a second, twice that in a burst, each peer for itself.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PeerRate } from '../../../node/market/rate.ts'

const test = suite('PeerRate')

/** How many of `tries` pass. */
function passes(rate: PeerRate, peer: string, tries: number): number {
  return Array.from({ length: tries }, () => rate.take(peer)).filter(Boolean).length
}

test('lets a burst of twice the rate pass, then the rate', () => {
  let nowMs = 0
  const rate = new PeerRate(10, () => nowMs)
  assert.is(passes(rate, 'a', 50), 20)
  nowMs += 1_000
  assert.is(passes(rate, 'a', 50), 10)
  nowMs += 50
  assert.is(passes(rate, 'a', 50), 0)
  nowMs += 50
  assert.is(passes(rate, 'a', 50), 1)
})

test('counts each peer for itself', () => {
  const rate = new PeerRate(1, () => 0)
  assert.is(passes(rate, 'a', 5), 2)
  assert.is(passes(rate, 'b', 5), 2)
})

test('has uses nothing up', () => {
  const rate = new PeerRate(1, () => 0)
  for (let i = 0; i < 9; i++) assert.ok(rate.has('a'))
  assert.is(passes(rate, 'a', 5), 2)
  assert.not.ok(rate.has('a'))
})

test('stays bounded, and forgets the peer that was seen longest ago', () => {
  const rate = new PeerRate(1, () => 0)
  assert.is(passes(rate, 'first', 2), 2)
  assert.is(passes(rate, 'second', 2), 2)
  for (let i = 0; i < 4_094; i++) rate.take(`peer ${i}`)
  assert.not.ok(rate.take('second'), 'still known, and now the newest')
  rate.take('one more')
  assert.ok(rate.take('first'), 'forgotten, so new')
  assert.not.ok(rate.take('second'))
})

test.run()
