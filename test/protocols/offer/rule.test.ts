// Which offers may enter a book: each clause at its limit, and who is blamed.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { OfferBody, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { checkLag, checkOffer } from '../../../protocols/offer/rule.ts'
import { OFFER_HEAD_SLACK_BLOCKS, OFFER_MAX_LAG_BLOCKS, OFFER_MAX_LIFE_BLOCKS } from '../../../protocols/params.ts'
import { cidOf } from '../arbitrary.ts'
import { BLOCK, jobOf, resourceOf } from '../match/market.ts'

const answer = (body: OfferBody) => {
  const verdict = checkOffer(body, BLOCK)
  return verdict === undefined ? 'ok' : verdict.kind === 'accept' ? 'accept' : `${verdict.kind} ${verdict.reason.code}`
}
const job = (refBlock: number, expiry: number) => answer(jobOf('j', { refBlock, expiry }).body)
const resource = (changes: Partial<ResourceOffer>) => answer(resourceOf('r', changes).body)

const rule = suite('checkOffer')

rule('an offer lives at least its own block and at most the longest life', () => {
  assert.is(job(BLOCK, BLOCK), 'ok')
  assert.is(job(BLOCK, BLOCK + OFFER_MAX_LIFE_BLOCKS), 'ok')
  assert.is(job(BLOCK, BLOCK - 1), 'reject OFFER_LIFE_TOO_LONG')
  assert.is(job(BLOCK, BLOCK + OFFER_MAX_LIFE_BLOCKS + 1), 'reject OFFER_LIFE_TOO_LONG')
})

rule('a sender may be a few blocks ahead; further is ignored, not blamed', () => {
  const ahead = BLOCK + OFFER_HEAD_SLACK_BLOCKS
  assert.is(job(ahead, ahead + 1), 'ok')
  assert.is(job(ahead + 1, ahead + 2), 'ignore OFFER_FROM_FUTURE')
})

rule('an expired offer is ignored, not blamed', () => {
  assert.is(job(BLOCK - 9, BLOCK), 'ok')
  assert.is(job(BLOCK - 9, BLOCK - 1), 'ignore OFFER_EXPIRED')
})

rule('lists of a resource have one spelling: sorted, nothing twice, a runtime at least', () => {
  const [a, b] = [cidOf('a'), cidOf('b')].sort((x, y) => (String(x) < String(y) ? -1 : 1))
  if (a === undefined || b === undefined) throw new Error('two CIDs')
  const ask = (module: typeof a) => ({ module, askTick: 1 })
  for (const changes of [{ modules: [a, b] }, { modules: [] }, { modules: null }, { moduleAsks: [ask(a), ask(b)] }])
    assert.is(resource(changes), 'ok')
  for (const changes of [
    { modules: [b, a] },
    { modules: [a, a] },
    { moduleAsks: [ask(b), ask(a)] },
    { moduleAsks: [ask(a), ask(a)] },
    { runtimes: [] },
    { runtimes: ['lily-wasi/1', 'docker/linux-amd64'] as const },
    { runtimes: ['lily-wasi/1', 'lily-wasi/1'] as const }
  ])
    assert.is(resource(changes), 'reject OFFER_MALFORMED')
})

rule('gossip carries what is new, and withdrawals of what is old', () => {
  const lag = (refBlock: number, isCancel = false) => checkLag(jobOf('j', { refBlock, isCancel }).body, BLOCK)?.kind
  assert.is(lag(BLOCK - OFFER_MAX_LAG_BLOCKS), undefined)
  assert.is(lag(BLOCK - OFFER_MAX_LAG_BLOCKS - 1), 'ignore')
  assert.is(lag(BLOCK - OFFER_MAX_LAG_BLOCKS - 1, true), undefined)
})

rule.run()
