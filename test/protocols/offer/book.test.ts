// The book: the same on every node that has heard the same offers, in whatever order and however often.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Book } from '../../../protocols/offer/book.ts'
import type { JobOffer, Offer } from '../../../protocols/offer/offer.ts'
import { OFFER_MAX_LIFE_BLOCKS } from '../../../protocols/params.ts'
import { testSeed } from '../../support.ts'
import { BLOCK, digestOf, jobOf } from '../match/market.ts'

const seed = testSeed()
type Job = Offer<JobOffer>

/** An offer in a slot with a seq; `body` tells apart offers with the same. */
function offerOf(account: string, changes: Partial<JobOffer>, body = 0): Job {
  const offer = jobOf(account, { ...changes, maxTick: body })
  return { ...offer, id: digestOf(JSON.stringify([account, changes, body])) }
}

/** Few accounts, slots, seqs and bodies, so that all kinds of clashes occur. */
const offer: fc.Arbitrary<Job> = fc
  .record({
    account: fc.constantFrom('a', 'b'),
    slot: fc.nat(1),
    seq: fc.nat(3),
    body: fc.nat(2),
    isCancel: fc.boolean(),
    life: fc.nat(20)
  })
  .map(({ account, body, life, ...rest }) => offerOf(account, { ...rest, expiry: BLOCK + life }, body))

const bookOf = (offers: readonly Job[]): Book<JobOffer> => {
  const book = new Book<JobOffer>()
  for (const one of offers) book.add(one)
  return book
}
const idsOf = (offers: Iterable<Job>) => [...offers].map(({ id }) => id).sort()

/** Everything that a book shows. */
const stateOf = (book: Book<JobOffer>) => ({
  size: book.size,
  live: idsOf(book.live(BLOCK)),
  all: idsOf(book.all(BLOCK)),
  held: ['a', 'b'].map(name => [0, 1].map(slot => book.at(jobOf(name).account, slot)?.id)),
  proofs: book
    .equivocations()
    .map(pair => pair.map(({ id }) => id).join())
    .sort()
})

const merge = suite('merge')

merge('does not depend on order or repetition', () => {
  const heard = fc
    .array(offer, { maxLength: 20 })
    .chain(offers =>
      fc.tuple(
        fc.constant(offers),
        fc.shuffledSubarray(offers, { minLength: offers.length }),
        fc.array(fc.constantFrom(...(offers.length > 0 ? offers : [offerOf('a', {})])), { maxLength: 10 })
      )
    )
  fc.assert(
    fc.property(heard, ([offers, shuffled, repeated]) => {
      const again = offers.length > 0 ? repeated : []
      assert.equal(stateOf(bookOf([...again, ...shuffled, ...again])), stateOf(bookOf(offers)))
    }),
    { seed, numRuns: 500 }
  )
})

merge('two books that tell each other what they hold become the same', () => {
  fc.assert(
    fc.property(fc.array(offer, { maxLength: 15 }), fc.array(offer, { maxLength: 15 }), (left, right) => {
      const [a, b] = [bookOf(left), bookOf(right)]
      const told = [...a.all(BLOCK)]
      for (const one of b.all(BLOCK)) a.add(one)
      for (const one of told) b.add(one)
      assert.equal(stateOf(a), stateOf(b))
      assert.equal(stateOf(a), stateOf(bookOf([...left, ...right])))
    }),
    { seed, numRuns: 300 }
  )
})

merge('only offers of the highest seq stand, and none of an account that signed two', () => {
  fc.assert(
    fc.property(fc.array(offer, { maxLength: 20 }), offers => {
      for (const one of bookOf(offers).live(BLOCK)) {
        const rivals = offers.filter(o => o.account === one.account && o.body.slot === one.body.slot)
        assert.ok(rivals.every(o => o.body.seq < one.body.seq || o.id === one.id))
        assert.not.ok(one.body.isCancel)
      }
    }),
    { seed, numRuns: 300 }
  )
})

merge.run()

// ---

const add = suite('add')

add('says why an offer changes nothing', () => {
  const book = new Book<JobOffer>()
  const [first, second, other] = [offerOf('a', { seq: 1 }), offerOf('a', { seq: 2 }), offerOf('a', { seq: 2 }, 1)]
  const answer = (one: Job) => {
    const verdict = book.add(one)
    return verdict.kind === 'accept' ? 'accept' : `${verdict.kind} ${verdict.reason.code}`
  }
  assert.is(answer(first), 'accept')
  assert.is(answer(first), 'ignore OFFER_STALE')
  assert.is(answer(second), 'accept')
  assert.is(answer(first), 'ignore OFFER_STALE')
  assert.is(answer(other), 'ignore OFFER_EQUIVOCATION')
  assert.is(answer(other), 'ignore OFFER_STALE')
  assert.equal([...book.live(BLOCK)], [])
  assert.is(book.equivocations().length, 1)
  assert.is(answer(offerOf('a', { seq: 3 })), 'accept')
  assert.is(book.equivocations().length, 0)
  assert.is(book.size, 1)
})

add('of several offers with one seq the two with the lowest ids are kept as proof, lower first', () => {
  const rivals = [0, 1, 2, 3].map(body => offerOf('a', { seq: 1 }, body))
  const lowest = idsOf(rivals).slice(0, 2)
  for (const heard of [rivals, [...rivals].reverse()])
    assert.equal(
      bookOf(heard)
        .equivocations()
        .map(pair => pair.map(({ id }) => id)),
      [lowest]
    )
})

add('slots and accounts do not touch each other', () => {
  const book = bookOf([offerOf('a', { slot: 0 }), offerOf('a', { slot: 1 }), offerOf('b', { slot: 0 })])
  assert.is([...book.live(BLOCK)].length, 3)
})

add('a withdrawn slot is held, told, and shows nothing', () => {
  const book = bookOf([offerOf('a', { seq: 1 }), offerOf('a', { seq: 2, isCancel: true })])
  assert.equal([...book.live(BLOCK)], [])
  assert.is([...book.all(BLOCK)].length, 1)
})

add.run()

// ---

const prune = suite('prune')

prune('an offer stands through its last block', () => {
  const book = bookOf([offerOf('a', { expiry: BLOCK })])
  assert.is([...book.live(BLOCK)].length, 1)
  assert.is([...book.live(BLOCK + 1)].length, 0)
  assert.is([...book.all(BLOCK + 1)].length, 0)
})

prune('what was withdrawn stays withdrawn until the longest life of what it replaced is over', () => {
  const old = offerOf('a', { seq: 1, refBlock: BLOCK, expiry: BLOCK + OFFER_MAX_LIFE_BLOCKS })
  const book = bookOf([old, offerOf('a', { seq: 2, isCancel: true, refBlock: BLOCK, expiry: BLOCK + 1 })])
  assert.is(book.prune(BLOCK + OFFER_MAX_LIFE_BLOCKS), 0)
  book.add(old)
  assert.equal([...book.live(BLOCK + 2)], [])
  assert.is(book.prune(BLOCK + OFFER_MAX_LIFE_BLOCKS + 1), 1)
  assert.is(book.size, 0)
})

prune('nothing is forgotten that still lives', () => {
  fc.assert(
    fc.property(fc.array(offer, { maxLength: 15 }), fc.nat(30), (offers, later) => {
      const book = bookOf(offers)
      const before = idsOf(book.live(BLOCK + later))
      book.prune(BLOCK + later)
      assert.equal(idsOf(book.live(BLOCK + later)), before)
    }),
    { seed }
  )
})

prune.run()
