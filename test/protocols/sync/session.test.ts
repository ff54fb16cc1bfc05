// Reconciliation of two sets over the wire's own bytes: both sides learn all that they lack, for few bytes, and an answer
// that fits no request is an error.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_OFFERS } from '../../../protocols/sync/message.ts'
import type { Item } from '../../../protocols/sync/range.ts'
import { SyncSession } from '../../../protocols/sync/session.ts'
import { Snapshot } from '../../../protocols/sync/snapshot.ts'
import { reconcile } from '../../../testnet/bench/sync.ts'
import { testSeed, throws } from '../../support.ts'
import { digestOf } from '../match/market.ts'

const seed = testSeed()
const SALT = new Uint8Array(8).fill(7)

const itemOf = (name: string, block: number): Item => ({ block, id: digestOf(name) })
/** Offers over the longest life, as a book at rest has them. */
const book = (count: number, prefix = '') =>
  Array.from({ length: count }, (_, i) => itemOf(`${prefix}${i}`, 5_000 + ((i * 7919) % 512)))
const idsOf = (items: readonly Item[]) => items.map(({ id }) => id).sort()
const without = (all: readonly Item[], some: readonly Item[]) => all.filter(item => !some.includes(item))

const session = suite('SyncSession')

session('finds all that either side lacks, whatever they hold', () => {
  const item = fc.nat(900).map(n => itemOf(`${n}`, n % 41))
  const set = fc.uniqueArray(item, { selector: ({ id }) => id, maxLength: 200, size: 'max' })
  const isExact = fc.property(set, set, set, (both, a, b) => {
    const ids = new Set(both.map(({ id }) => id))
    const [onlyA, onlyB] = [a.filter(({ id }) => !ids.has(id)), b.filter(({ id }) => !ids.has(id))]
    const [mine, theirs] = [
      [...both, ...onlyA],
      [...both, ...onlyB]
    ]
    const [idsA, idsB] = [new Set(idsOf(mine)), new Set(idsOf(theirs))]
    const { missing, given, isCut } = reconcile(mine, theirs)
    const lacking = idsOf(theirs.filter(({ id }) => !idsA.has(id)))
    const found = new Set(idsOf(missing))
    if (!isCut) assert.ok(lacking.every(id => found.has(id)))
    for (const { id } of given) assert.ok(idsA.has(id) && !idsB.has(id))
    // Parts of a range that only we fill are not gone through: the neighbour will ask for them.
    if (both.length > 0 && onlyA.length < 8 && onlyB.length > 0) assert.ok(given.length <= onlyA.length)
  })
  fc.assert(isExact, { seed, numRuns: 200 })
})

session('equal books of 10,000 offers cost at most 0.3 kB and one request', () => {
  const all = book(10_000)
  const { bytes, requests, missing, given } = reconcile(all, all.toReversed())
  console.log(`  equal: ${bytes} B`)
  assert.ok(bytes <= 300, `${bytes}`)
  assert.equal([requests, missing, given], [1, [], []])
})

session('1 % of recent differences, 50 on each side, costs at most 3 kB', () => {
  const all = book(9_900)
  const recent = (side: string) => Array.from({ length: 50 }, (_, i) => itemOf(`${side} ${i}`, 5_508 + (i % 4)))
  const [a, b] = [recent('a'), recent('b')]
  const { bytes, requests, missing, given } = reconcile([...all, ...a], [...all, ...b])
  console.log(`  recent: ${bytes} B in ${requests} requests`)
  assert.ok(bytes <= 3_000, `${bytes}`)
  assert.equal([idsOf(missing), idsOf(given)], [idsOf(b), idsOf(a)])
})

session('1 % of differences spread over all ages, 50 on each side, costs at most 25 kB', () => {
  const all = book(10_000)
  const [a, b] = [all.filter((_, i) => i % 200 === 0), all.filter((_, i) => i % 200 === 100)]
  const { bytes, requests, missing, given } = reconcile(without(all, a), without(all, b))
  console.log(`  spread: ${bytes} B in ${requests} requests`)
  assert.ok(bytes <= 25_000, `${bytes}`)
  assert.equal([idsOf(missing), idsOf(given)], [idsOf(a), idsOf(b)])
})

session('an empty book is filled in one session, page by page, with nothing sent twice', () => {
  for (const count of [MAX_OFFERS - 1, MAX_OFFERS, MAX_OFFERS + 1, 1_000]) {
    const all = book(count)
    const { missing, requests, isCut } = reconcile([], all)
    assert.equal(idsOf(missing), idsOf(all))
    assert.is(requests, 1 + Math.ceil(count / MAX_OFFERS))
    assert.not(isCut)
  }
})

session('what lies behind a cut answer, where some were named, is found by the next sessions', () => {
  const all = book(2_000)
  let mine = all.filter((_, i) => i % 2 !== 0)
  for (let sessions = 0; mine.length < all.length && sessions < 5; sessions++) {
    const { missing, isCut } = reconcile(mine, all)
    assert.is(isCut, missing.length < all.length - mine.length)
    assert.is(new Set(idsOf([...mine, ...missing])).size, mine.length + missing.length, 'nothing is sent twice')
    mine = [...mine, ...missing]
  }
  assert.equal(idsOf(mine), idsOf(all))
})

session('compares only what is not older than its base', () => {
  const [old, recent] = [itemOf('old', 10), itemOf('recent', 100)]
  assert.equal(idsOf(reconcile([], [old, recent], 50).missing), [recent.id])
  assert.equal(reconcile([recent], [old, recent], 50).missing, [])
})

session('refuses an answer that does not fit the request', () => {
  const begin = () => {
    const started = new SyncSession(new Snapshot(book(100)), 'job', SALT, 0)
    started.ask()
    return started
  }
  const bound = (n: number) => Uint8Array.of(0, n)
  const prints = (n: number) => new Uint8Array(8 * n)
  for (const answer of [
    { parts: Uint8Array.of(1, 1), bounds: [], prints: prints(2) },
    { parts: Uint8Array.of(0), bounds: [], prints: prints(0) },
    { parts: Uint8Array.of(17), bounds: [], prints: prints(17) },
    { parts: Uint8Array.of(2), bounds: [], prints: prints(2) },
    { parts: Uint8Array.of(2), bounds: [bound(3)], prints: prints(1) },
    { parts: Uint8Array.of(3), bounds: [bound(5), bound(5)], prints: prints(3) },
    { parts: Uint8Array.of(3), bounds: [bound(5), bound(4)], prints: prints(3) }
  ])
    throws(() => begin().take(answer), 'OFFER_BAD_SYNC')
})

session('a neighbour that never comes to an end is left', () => {
  const started = new SyncSession(new Snapshot(book(1_000)), 'job', SALT, 0)
  throws(() => {
    for (let i = 0; i < 1_000 && started.ask() !== undefined; i++)
      started.take({ parts: Uint8Array.of(1), bounds: [], prints: new Uint8Array(8) })
  }, 'OFFER_BAD_SYNC')
})

session.run()
