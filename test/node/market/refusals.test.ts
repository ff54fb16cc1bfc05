// The order in which a creator asks providers: the rule's, without who refused, and who was not reached last.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_SILENT_BLOCKS, Refusals, SILENT_BLOCKS } from '../../../node/market/refusals.ts'
import { jobOf, resourceOf } from '../../protocols/match/market.ts'

const job = jobOf('j')
const pairs = ['a', 'b', 'c'].map(name => ({ job, resource: resourceOf(name), priceTick: 10 }))
const [a, b, c] = pairs.map(pair => pair.resource.account)

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
  refusals.refuse(job.id, a ?? '0x', 'DEAL_TERMS', 'no')
  refusals.refuse(job.id, b ?? '0x', 'DEAL_TERMS', 'not so')
  assert.equal(asked(refusals), [c])
  assert.is(refusals.summary(job.id), 'refused by 2 providers, last: DEAL_TERMS (not so)')
})

order('asks who was not reached after all others', () => {
  const refusals = new Refusals()
  refusals.miss(job.id, a ?? '0x', 1)
  assert.equal(asked(refusals), [b, c, a])
  assert.is(refusals.summary(job.id), '1 providers could not be reached')
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
  refusals.refuse(jobOf('other').id, a ?? '0x', 'DEAL_TERMS', '')
  assert.equal(asked(refusals), [a, b, c])
  refusals.refuse(job.id, a ?? '0x', 'DEAL_TERMS', '')
  refusals.forget(job.id)
  assert.equal(asked(refusals), [a, b, c])
})

order.run()
