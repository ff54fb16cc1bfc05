// The provider's answers: it takes what it offered and nothing else.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Proposer } from '../../../../node/market/deal.ts'
import type { ChainCall } from '../../../../node/market/ports.ts'
import { digestOfCid } from '../../../../protocols/core/cid.ts'
import { LilyError } from '../../../../protocols/core/errors.ts'
import type { Deal } from '../../../../protocols/deal/deal.ts'
import { dealId } from '../../../../protocols/deal/typed-data.ts'
import { JOB } from '../../../../protocols/job/job.ts'
import { rejected } from '../../../../protocols/run/errors.ts'
import { DEPLOYMENT } from '../../../fakes/chain.ts'
import { until } from '../../../support.ts'
import { market, pairOf, propose } from './provider-stage.ts'

const proposals = suite('Provider and proposals')

proposals('takes the deal that its offer and the job make, and commits it once', async () => {
  const at = await market()
  const pair = await pairOf(at)
  const { answer, deal } = await propose(at, pair)
  assert.is(answer.answer, 'accept')
  await until(() => at.seller.chain.sent().includes('commit'))
  const again = await new Proposer(at.creator.parts).propose(
    pair,
    {
      id: dealId(DEPLOYMENT, deal),
      deal,
      signature: await at.creator.parts.signer.signDigest(dealId(DEPLOYMENT, deal))
    },
    {}
  )
  assert.is(again.answer, 'accept', 'asked again, it says the same')
  await at.provider.stop()
})

for (const [title, change] of [
  ['a lower price', (deal: Deal) => ({ ...deal, price: deal.price - 1n })],
  ['more collateral', (deal: Deal) => ({ ...deal, collateral: deal.collateral * 2n })],
  ['less time', (deal: Deal) => ({ ...deal, runTime: deal.runTime - 1 })],
  ['another job', (deal: Deal) => ({ ...deal, spec: `0x${'01'.repeat(32)}` as const })],
  ['two jobs for the price of one', (deal: Deal) => ({ ...deal, jobs: 2 })],
  ['a token of its own', (deal: Deal) => ({ ...deal, token: `0x${'01'.repeat(20)}` as const })]
] as const)
  proposals(`refuses ${title} than the offers say`, async () => {
    const at = await market()
    const { answer } = await propose(at, await pairOf(at), change)
    assert.equal([answer.answer, answer.code], ['refuse', 'DEAL_TERMS'])
    assert.equal(at.seller.chain.sent(), [])
    await at.provider.stop()
  })

proposals(
  'refuses a deal over a module that the registry does not know, and takes one over a module that it knows',
  async () => {
    const at = await market()
    const unknown = await propose(at, await pairOf(at, { isPublished: true }))
    assert.equal([unknown.answer.answer, unknown.answer.code], ['refuse', 'DEAL_MODULE_UNKNOWN'])
    at.seller.chain.published.set(digestOfCid(at.module), { author: at.creator.chain.account, feeBps: 100 })
    const known = await propose(at, await pairOf(at, { isPublished: true }))
    assert.is(known.answer.answer, 'accept')
    assert.is(known.deal.module, digestOfCid(at.module))
    await at.provider.stop()
  }
)

proposals(
  'refuses a job of another module than the offer names: an allowed one must not stand in for any',
  async () => {
    const at = await market()
    const { answer } = await propose(at, await pairOf(at, { module: at.job }))
    assert.equal([answer.answer, answer.code], ['refuse', 'DEAL_OTHER_MODULE'])
    assert.equal(at.seller.chain.sent(), [])
    await at.provider.stop()
  }
)

proposals('refuses a deal that somebody else signed', async () => {
  const at = await market()
  const pair = await pairOf(at)
  const signed = await new Proposer(at.creator.parts).sign(pair, at.creator.chain.head().number)
  const signature = await at.seller.parts.signer.signDigest(signed.id)
  const answer = await new Proposer(at.creator.parts).propose(pair, { ...signed, signature }, {})
  assert.equal([answer.answer, answer.code], ['refuse', 'DEAL_BAD_SIGNATURE'])
  await at.provider.stop()
})

proposals('refuses a creator without the price in the Market, before it fetches anything', async () => {
  const at = await market()
  at.seller.chain.balances.set(at.creator.parts.signer.account, { coinWei: 0n, freeWei: 1n })
  const { answer } = await propose(at, await pairOf(at))
  assert.equal([answer.answer, answer.code], ['refuse', 'DEAL_UNFUNDED'])
  await at.provider.stop()
})

proposals('refuses a job whose data nobody has: its collateral is not at stake for that', async () => {
  const at = await market()
  const job = await at.seller.parts.content.putBlock(
    'dag-cbor',
    JOB.encode({ v: 1, module: at.module, values: {}, files: {}, salt: 'x' })
  )
  const { answer } = await propose({ ...at, job }, await pairOf({ ...at, job }))
  assert.equal([answer.answer, answer.code], ['refuse', 'CONTENT_NOT_FOUND'])
  assert.equal(at.seller.chain.sent(), [])
  await at.provider.stop()
})

proposals(
  'refuses a program that its runtime does not take: nobody could run it, and it would have promised to',
  async () => {
    const at = await market()
    at.runner.refusal = rejected('feature', 'the module uses tail calls')
    const { answer } = await propose(at, await pairOf(at))
    assert.equal([answer.answer, answer.code, answer.detail], ['refuse', 'RUN_REJECTED', 'the module uses tail calls'])
    assert.equal(at.seller.chain.sent(), [])
    await at.provider.stop()
  }
)

for (const [title, change] of [
  ['less memory', { machine: { cpuMilli: 1000, memoryMiB: 255, diskMiB: 256, gpus: [] } }],
  ['less time', { runTimeSec: 59 }]
] as const)
  proposals(`refuses a job that was offered as needing ${title} than its module does`, async () => {
    const at = await market()
    const { answer } = await propose(at, await pairOf(at, change))
    assert.equal([answer.answer, answer.code], ['refuse', 'DEAL_UNDERSTATED'])
    await at.provider.stop()
  })

proposals('two proposals at once get one slice between them', async () => {
  const at = await market()
  const pairs = [await pairOf(at), await pairOf(at, { slot: 1 })]
  const answers = await Promise.all(pairs.map(pair => propose(at, pair)))
  assert.equal(answers.map(({ answer }) => answer.answer).sort(), ['accept', 'busy'])
  await at.provider.stop()
})

proposals('is busy when every slice is promised, and free again when a promise ran out', async () => {
  const at = await market()
  await propose(at, await pairOf(at))
  const second = await propose(at, await pairOf(at, { slot: 1 }))
  assert.equal([second.answer.answer, second.answer.code], ['busy', 'DEAL_NO_ROOM'])
  // They wait no more: a new job would have to let them go first.
  for (const slot of [0, 1]) await at.creator.offers.jobs.withdraw(slot)
  for (const { chain } of [at.creator, at.seller]) for (let i = 0; i < 6; i++) chain.mine()
  const third = await propose(at, await pairOf(at, { slot: 2 }))
  assert.is(third.answer.answer, 'accept')
  await at.provider.stop()
})

proposals('a new job does not take the unit of one that has waited', async () => {
  const at = await market()
  const waiting = await pairOf(at)
  for (const { chain } of [at.creator, at.seller]) chain.mine()
  const early = await propose(at, await pairOf(at, { slot: 1, tipTick: 5 }))
  assert.equal([early.answer.answer, early.answer.code], ['better', 'DEAL_BETTER'])
  const { answer } = await propose(at, waiting)
  assert.is(answer.answer, 'accept')
  await at.provider.stop()
})

proposals('a deal that the Market will not take is given up, and its creator told so when it asks again', async () => {
  const at = await market()
  at.seller.chain.refusal = new LilyError('CHAIN_REVERTED', 'the contract refuses: LedgerInsufficient()')
  const pair = await pairOf(at)
  const { id, deal, answer } = await propose(at, pair)
  assert.is(answer.answer, 'accept')
  await until(() => at.seller.chain.sent().includes('commit'))
  const signature = await at.creator.parts.signer.signDigest(id)
  const again = () => new Proposer(at.creator.parts).propose(pair, { id, deal, signature }, {})
  const told = await until(async () => {
    const said = await again()
    return said.answer === 'refuse' && said
  })
  assert.is(told.code, 'DEAL_REVERTED')
  assert.match(told.detail, 'LedgerInsufficient')
  at.seller.chain.refusal = undefined
  at.seller.chain.mine()
  at.seller.chain.mine()
  await at.provider.stop()
  assert.equal(at.seller.chain.sent(), ['commit'], 'it is not tried again behind its creator’s back')
})

proposals('of a creator that asks again and the provider, one commits a deal, not both', async () => {
  const at = await market()
  const sending = Promise.withResolvers<void>()
  const { chain } = at.seller
  const send = chain.send.bind(chain)
  Object.assign(chain, { send: (call: ChainCall) => sending.promise.then(() => send(call)) })
  const pair = await pairOf(at)
  const { id, deal } = await propose(at, pair)
  const signature = await at.creator.parts.signer.signDigest(id)
  const again = () => new Proposer(at.creator.parts).propose(pair, { id, deal, signature }, {})
  // Who asks at once would hold the unit and never pay: the provider goes on.
  assert.is((await again()).answer, 'accept')
  chain.mine()
  const told = await until(async () => {
    const said = await again()
    return said.answer === 'busy' && said
  })
  assert.equal([told.code, told.signature], ['DEAL_COMMITTING', null])
  // It has no coin left for gas: whoever asks again may do it.
  sending.reject(new LilyError('CHAIN_NO_FUNDS', 'fund it'))
  await until(async () => (await again()).answer === 'accept')
  Object.assign(chain, { send })
  chain.mine()
  await at.provider.stop()
  assert.equal(chain.sent(), [], 'it has left the commit to the creator')
})

proposals.run()
