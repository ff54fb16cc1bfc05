// What reconciliation is given of a book: at each moment and block what the book itself would tell, in order.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Shelved } from '../../../node/market/shelved.ts'
import { Book } from '../../../protocols/offer/book.ts'
import type { JobOffer, Offer } from '../../../protocols/offer/offer.ts'
import { OFFER_MAX_LIFE_BLOCKS } from '../../../protocols/params.ts'
import { wholeFrom } from '../../../protocols/sync/range.ts'
import { Snapshot } from '../../../protocols/sync/snapshot.ts'
import { digestOf, jobOf } from '../../protocols/match/market.ts'
import { testSeed } from '../../support.ts'

const seed = testSeed()
const SALT = new Uint8Array(8).fill(3)

/** Offers that come, clash and expire, and books that are pruned and asked for in between. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      account: fc.constantFrom('a', 'b', 'c'),
      slot: fc.nat(2),
      seq: fc.nat(4),
      maxTick: fc.nat(1),
      refBlock: fc.nat(30),
      life: fc.nat(20)
    })
  },
  { weight: 1, arbitrary: fc.record({ prune: fc.nat(60 + OFFER_MAX_LIFE_BLOCKS) }) },
  { weight: 2, arbitrary: fc.record({ ask: fc.nat(60) }) }
)

const test = suite('Shelved')

test('tells what the book would tell, after whatever came and went, at any block', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), steps => {
      const shelved = new Shelved<JobOffer>(() => new Uint8Array())
      const book = new Book<JobOffer>(shelved)
      for (const one of steps) {
        if ('account' in one) book.add(offerOf(one))
        else if ('prune' in one) book.prune(one.prune)
        else assertTold(shelved, book, one.ask)
      }
      for (const block of [0, 20, 40, 1_000]) assertTold(shelved, book, block)
    }),
    { seed, numRuns: 1_000 }
  )
})

test('is the same object until something changes', () => {
  const shelved = new Shelved<JobOffer>(() => new Uint8Array())
  const book = new Book<JobOffer>(shelved)
  const offer = { account: 'a', slot: 0, seq: 1, maxTick: 0, refBlock: 5, life: 10 }
  book.add(offerOf(offer))
  const told = shelved.at(6)
  assert.is(shelved.at(6), told)
  assert.is(shelved.at(7), told, 'nothing has expired')
  book.add(offerOf(offer))
  assert.is(shelved.at(7), told, 'it is known')
  book.add(offerOf({ ...offer, seq: 2 }))
  assert.is.not(shelved.at(7), told)
})

function offerOf({ account, life, ...terms }: { account: string; life: number } & Partial<JobOffer>): Offer<JobOffer> {
  const expiry = Number(terms.refBlock) + life
  return { ...jobOf(account, { ...terms, expiry }), id: digestOf(JSON.stringify([account, life, terms])) }
}

function assertTold(shelved: Shelved<JobOffer>, book: Book<JobOffer>, block: number): void {
  const told = shelved.at(block)
  const own = new Snapshot([...book.all(block)].map(({ id, body }) => ({ block: body.refBlock, id })))
  const namesOf = (set: Snapshot) => set.items.map(item => [item.block, item.id])
  assert.equal(namesOf(told), namesOf(own))
  // Every item ends a range, so every sum is looked at.
  for (const item of own.items) {
    const range = { from: wholeFrom(0).from, to: item }
    assert.equal(told.print(range, SALT), own.print(range, SALT))
  }
  assert.equal(told.print(wholeFrom(0), SALT), own.print(wholeFrom(0), SALT))
}

test.run()
