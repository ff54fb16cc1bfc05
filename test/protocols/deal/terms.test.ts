// From a pair to its deal, and the provider's check of what it is asked to commit.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ZERO_BYTES32 } from '../../../protocols/core/bytes.ts'
import { digestOfCid } from '../../../protocols/core/cid.ts'
import { DEAL } from '../../../protocols/deal/deal.ts'
import { checkProposal, dealOfPair } from '../../../protocols/deal/terms.ts'
import { match } from '../../../protocols/match/match.ts'
import { priceOfTick } from '../../../protocols/offer/price.ts'
import { DEAL_VALID_BLOCKS } from '../../../protocols/params.ts'
import { testSeed } from '../../support.ts'
import { BLOCK, chainOf, jobOf, market, resourceOf } from '../match/market.ts'

const seed = testSeed()
const terms = suite('terms')
const job = jobOf('j', {
  tipTick: 2,
  collateralTimes: 7,
  runTimeSec: 9,
  windowSec: 8,
  seats: 5,
  rounds: 1,
  seatFeeWei: 3n
})
const resource = resourceOf('r', { askTick: 20 })
const deal = dealOfPair({ job, resource, priceTick: 22 }, BLOCK, 5n)
const answer = (changes: Partial<typeof deal>, block = BLOCK) => {
  const verdict = checkProposal({ ...deal, ...changes }, job, resource, block)
  return verdict.kind === 'accept' ? 'accept' : verdict.reason.code
}

terms('a deal says what the two offers said', () => {
  assert.is(deal.creator, job.account)
  assert.is(deal.provider, resource.account)
  assert.is(deal.price, priceOfTick(22))
  assert.is(deal.collateral, 7n * priceOfTick(22))
  assert.is(deal.validUntil, BLOCK + DEAL_VALID_BLOCKS)
  assert.equal(
    [deal.runTime, deal.window, deal.seats, deal.rounds, deal.seatFee, deal.jobOffer, deal.resourceOffer],
    [9, 8, 5, 1, 3n, job.id, resource.id]
  )
})

terms('a deal names its module when the registry knows it, and only then', () => {
  const made = (isPublished: boolean) => {
    const offer = jobOf('j', { isPublished })
    return { offer, deal: dealOfPair({ job: offer, resource, priceTick: 20 }, BLOCK, 5n) }
  }
  const known = made(true)
  assert.is(known.deal.module, digestOfCid(known.offer.body.module))
  assert.is(made(false).deal.module, ZERO_BYTES32)
  const verdict = checkProposal({ ...known.deal, module: ZERO_BYTES32 }, known.offer, resource, BLOCK)
  assert.is(verdict.kind === 'reject' && verdict.reason.code, 'DEAL_TERMS')
})

terms('every pair of every market is a deal that can be signed and that its provider commits', () => {
  fc.assert(
    fc.property(market, m => {
      for (const pair of match(m, BLOCK, m.seed, chainOf())) {
        const made = dealOfPair(pair, BLOCK, 0n)
        assert.equal(DEAL.fromCbor(DEAL.toCbor(made, 'deal'), 'deal'), made)
        assert.is(checkProposal(made, pair.job, pair.resource, BLOCK).kind, 'accept')
      }
    }),
    { seed, numRuns: 50 }
  )
})

terms('any other term is refused, but for the nonce, which is the creator’s choice', () => {
  assert.is(answer({}), 'accept')
  assert.is(answer({ nonce: 6n }), 'accept')
  const changes: readonly Partial<typeof deal>[] = [
    { creator: resource.account },
    { token: job.account },
    { price: deal.price - 1n },
    { unitPrice: 1n },
    { collateral: deal.collateral + 1n },
    { seatFee: 4n },
    { jobs: 2 },
    { runTime: 10 },
    { window: 9 },
    { seats: 3 },
    { rounds: 2 },
    { auditBps: 1 },
    { jobOffer: resource.id },
    { resourceOffer: job.id },
    { spec: job.id },
    { module: job.id }
  ]
  for (const change of changes) assert.is(answer(change), 'DEAL_TERMS', Object.keys(change).join())
})

terms('a deal is for its provider, and for a block that can still come', () => {
  assert.is(answer({ provider: job.account }), 'DEAL_NOT_YOURS')
  assert.is(answer({}, BLOCK + DEAL_VALID_BLOCKS - 1), 'accept')
  assert.is(answer({}, BLOCK + DEAL_VALID_BLOCKS), 'DEAL_EXPIRED')
})

terms('offers that do not fit make no deal', () => {
  const poor = jobOf('j', { maxTick: 3 })
  const verdict = checkProposal(dealOfPair({ job: poor, resource, priceTick: 20 }, BLOCK, 0n), poor, resource, BLOCK)
  assert.is(verdict.kind === 'reject' && verdict.reason.code, 'DEAL_INCOMPATIBLE')
})

terms.run()
