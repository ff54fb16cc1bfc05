// The order in which a creator asks providers: the rule's, without who refused, and who was not reached last.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_SILENT_BLOCKS, NOT_FOUND_BLOCKS, Refusals, SILENT_BLOCKS } from '../../../node/market/refusals.ts'
import type { Address } from '../../../protocols/core/account.ts'
import { jobOf, resourceOf } from '../../protocols/match/market.ts'

const job = jobOf('j')
const pairs = ['a', 'b', 'c'].map(name => ({ job, resource: resourceOf(name), priceTick: 10 }))
const [a, b, c] = pairs.map(pair => pair.resource.account)
const over = (provider = '0x' as Address) => ({
  provider,
  resourceOffer: pairs.find(({ resource }) => resource.account === provider)?.resource.id ?? '0x'
})

const order = suite('Refusals')

function asked(refusals: Refusals, block = 1, id = job.id) {
  return refusals.order(id, pairs, block).map(pair => pair.resource.account)
}

order('keeps the order of the rule while nobody has said anything', () => {
  assert.equal(asked(new Refusals()), [a, b, c])
})

order('leaves out who refused, and says why the last one did', () => {
  const refusals = new Refusals()
  assert.is(refusals.summary(job.id), undefined)
  refusals.refuse(job.id, over(a), 'DEAL_TERMS', 'no', 1)
  refusals.refuse(job.id, over(b), 'DEAL_TERMS', 'not so', 1)
  assert.equal(asked(refusals), [c])
  assert.is(refusals.summary(job.id), 'refused by 2 providers, last: DEAL_TERMS (not so)')
})

order('asks who refused again over a new offer: it may have started anew, or asks another price', () => {
  const refusals = new Refusals()
  refusals.refuse(job.id, over(a), 'DEAL_OFFER_UNKNOWN', 'that offer of ours no longer stands', 1)
  const renewed = pairs.map(pair => ({ ...pair, resource: { ...pair.resource, id: `0x${'5e'.repeat(32)}` as const } }))
  assert.equal(refusals.order(job.id, renewed.slice(0, 1), 1), renewed.slice(0, 1))
  assert.equal(asked(refusals), [b, c])
  assert.is(
    refusals.summary(job.id),
    'refused by 1 provider, last: DEAL_OFFER_UNKNOWN (that offer of ours no longer stands)'
  )
})

order('asks who did not find the data again after some blocks: its creator may have been away', () => {
  const refusals = new Refusals()
  refusals.refuse(job.id, over(a), 'CONTENT_NOT_FOUND', 'came from no peer', 5)
  refusals.refuse(job.id, over(b), 'CONTENT_TOO_LARGE', 'never', 5)
  assert.equal(asked(refusals, 5 + NOT_FOUND_BLOCKS), [c])
  assert.equal(asked(refusals, 6 + NOT_FOUND_BLOCKS), [a, c])
  assert.is(refusals.summary(job.id), 'refused by 2 providers, last: CONTENT_TOO_LARGE (never)')
})

order('asks who was not reached after all others', () => {
  const refusals = new Refusals()
  refusals.miss(job.id, a ?? '0x', 1)
  assert.equal(asked(refusals), [b, c, a])
  assert.is(refusals.summary(job.id), '1 provider could not be reached')
})

order('remembers silence for other jobs as well, each time for longer, until a word is kept', () => {
  const refusals = new Refusals()
  const other = jobOf('other').id
  let block = 10
  for (let blocks = SILENT_BLOCKS; blocks <= MAX_SILENT_BLOCKS; blocks *= 2) {
    refusals.miss(job.id, a ?? '0x', block)
    refusals.miss(job.id, a ?? '0x', block)
    refusals.forget(job.id)
    assert.equal(asked(refusals, block + blocks, other), [b, c, a], `${blocks}`)
    block += blocks + 1
    assert.equal(asked(refusals, block, other), [a, b, c], `${blocks}`)
  }
  refusals.miss(job.id, a ?? '0x', block)
  assert.equal(asked(refusals, block + MAX_SILENT_BLOCKS + 1, other), [a, b, c])
  refusals.keptWord(a ?? '0x')
  refusals.miss(job.id, a ?? '0x', 1)
  assert.equal(asked(refusals, 1 + SILENT_BLOCKS, other), [b, c, a])
  assert.equal(asked(refusals, 2 + SILENT_BLOCKS, other), [a, b, c])
})

order('knows each job by itself, and forgets one that has ended', () => {
  const refusals = new Refusals()
  refusals.refuse(jobOf('other').id, over(a), 'DEAL_TERMS', '', 1)
  assert.equal(asked(refusals), [a, b, c])
  refusals.refuse(job.id, over(a), 'DEAL_TERMS', '', 1)
  refusals.forget(job.id)
  assert.equal(asked(refusals), [a, b, c])
})

order.run()
