// Appeals: by who loses, while there is time, with the next committee's fees.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { appeal, appealDepositWei, isWorthAppealing, loserOf } from '../../../node/market/appeal.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { FakeChain, NO_DISPUTE } from '../../fakes/chain.ts'
import { sampleDeal } from '../../fakes/deal.ts'
import { rejects } from '../../support.ts'

const ID: Bytes32 = `0x${'11'.repeat(32)}`
const DEAL = sampleDeal()
const CORRECT = { ...NO_DISPUTE, phase: 'appeal', pending: 'correct' } as const
const WRONG = { ...CORRECT, pending: 'wrong' } as const

const terms = suite('terms of an appeal')

terms('cost the fees of the next committee', () => {
  assert.is(appealDepositWei(DEAL, { round: 0 }), 7n * DEAL.seatFee)
  assert.is(appealDepositWei({ ...DEAL, seats: 1 }, { round: 0 }), 3n * DEAL.seatFee)
  assert.is(appealDepositWei({ ...DEAL, seats: 1 }, { round: 1 }), 7n * DEAL.seatFee)
})

terms('name the provider when it was found wrong, the creator in all other cases', () => {
  assert.is(loserOf(DEAL, WRONG), DEAL.provider)
  assert.is(loserOf(DEAL, CORRECT), DEAL.creator)
  assert.is(loserOf(DEAL, { pending: 'unverifiable' }), DEAL.creator)
})

terms('are worth it for a provider that has more to lose', () => {
  const stakeWei = DEAL.price + DEAL.collateral
  assert.is(isWorthAppealing(DEAL, { round: 0 }), true)
  assert.is(isWorthAppealing({ ...DEAL, seatFee: stakeWei / 7n + 1n }, { round: 0 }), false)
})

const appeals = suite('appeal')

appeals('is sent by the loser, once what it costs is in the Market', async () => {
  const chain = new FakeChain(DEAL.creator)
  chain.disputes.set(ID, CORRECT)
  chain.balances.set(DEAL.creator, { coinWei: 10n ** 18n, freeWei: 100n })
  await appeal(chain, ID, DEAL)
  assert.equal(chain.calls, [
    { name: 'deposit', valueWei: 600n },
    { name: 'appeal', deal: DEAL }
  ])
})

appeals('is refused to who wins, before anything is paid', async () => {
  const chain = new FakeChain(DEAL.creator)
  chain.disputes.set(ID, WRONG)
  await rejects(appeal(chain, ID, DEAL), 'DEAL_NOT_LOSER')
  assert.equal(chain.sent(), [])
})

appeals('is refused while no verdict waits for it', async () => {
  const chain = new FakeChain(DEAL.creator)
  for (const phase of ['none', 'seed', 'commit', 'reveal', 'tally', 'closed'] as const) {
    chain.disputes.set(ID, { ...NO_DISPUTE, phase })
    await rejects(appeal(chain, ID, DEAL), 'DEAL_NOT_APPEALABLE')
  }
  assert.equal(chain.sent(), [])
})

for (const each of [terms, appeals]) each.run()
