// The provider: takes what it offered and nothing else, and does each step once, also when it died in between.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Proposer } from '../../../../node/market/deal.ts'
import { peerIdOfPublicKey } from '../../../../node/market/peer-id.ts'
import type { ChainCall, Runner } from '../../../../node/market/ports.ts'
import { ResultClient } from '../../../../node/market/result.ts'
import { Provider } from '../../../../node/market/roles/provider.ts'
import { Runs } from '../../../../node/market/run.ts'
import type { SupplyTerms } from '../../../../node/market/supply.ts'
import { recoverAccount } from '../../../../protocols/core/account.ts'
import type { Hex } from '../../../../protocols/core/bytes.ts'
import { type CID, digestOfCid } from '../../../../protocols/core/cid.ts'
import { LilyError } from '../../../../protocols/core/errors.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import type { Deal } from '../../../../protocols/deal/deal.ts'
import type { DealRecord } from '../../../../protocols/deal/state.ts'
import { dealId } from '../../../../protocols/deal/typed-data.ts'
import { JOB } from '../../../../protocols/job/job.ts'
import type { Pair } from '../../../../protocols/match/match.ts'
import type { Runtime } from '../../../../protocols/offer/machine.ts'
import { STREAMS } from '../../../../protocols/wire.ts'
import { DEPLOYMENT, NO_DISPUTE } from '../../../fakes/chain.ts'
import { Bus } from '../../../fakes/network.ts'
import { type FakeNode, fakeNode, TERMS } from '../../../fakes/node.ts'
import { FakeRunner } from '../../../fakes/runner.ts'
import { until } from '../../../support.ts'

const MODULE_JSON = JSON.stringify({ name: 'moo', version: '1', runtime: 'lily-wasi/1', entrypoint: 'moo.wasm' })

async function addJob(node: FakeNode): Promise<{ job: CID; module: CID }> {
  const { content } = node.parts
  const module = await content.addTree([
    { path: 'module.json', content: utf8(MODULE_JSON) },
    { path: 'moo.wasm', content: new Uint8Array([0]) }
  ])
  const job = await content.putBlock('dag-cbor', JOB.encode({ v: 1, module, values: {}, files: {}, salt: '' }))
  return { job, module }
}

async function market(terms: Partial<SupplyTerms> = {}) {
  const bus = new Bus()
  const [creator, seller] = [fakeNode(bus, 'creator'), fakeNode(bus, 'provider')]
  const runner = new FakeRunner()
  // One content for both: what moves between nodes is tested over Helia.
  const parts = {
    ...seller.parts,
    content: creator.parts.content,
    runners: new Map<Runtime, Runner>([[runner.runtime, runner]])
  }
  const open = (options: { readonly appeals?: boolean } = {}) =>
    new Provider(parts, seller.offers, seller.facts, new Runs(parts), { ...TERMS, ...terms }, options)
  for (const { facts, offers } of [creator, seller]) {
    await facts.start()
    await offers.start()
  }
  const provider = open()
  await provider.start()
  for (const { chain } of [creator, seller]) chain.mine()
  return { creator, seller, provider, runner, open, ...(await addJob(creator)) }
}

type Market = Awaited<ReturnType<typeof market>>

async function pairOf({ creator, job, module }: Market, change: object = {}): Promise<Pair> {
  const { number } = creator.chain.head()
  const draft = {
    ...{
      slot: 0,
      expiry: number + 20,
      job,
      module,
      runtime: 'lily-wasi/1' as const,
      arch: null,
      maxTick: 300,
      tipTick: 0
    },
    ...{ machine: { cpuMilli: 1000, memoryMiB: 256, diskMiB: 256, gpus: [] }, target: null, collateralTimes: 2 },
    ...{ runTimeSec: 60, windowSec: 30, seats: 3, rounds: 2, seatFeeWei: 1n, isPublished: false },
    ...change
  }
  const offer = await creator.offers.jobs.publish(draft)
  const [resource] = [...creator.offers.resources.live(number)]
  if (resource === undefined) throw new Error('the provider has no offer')
  return { job: offer, resource, priceTick: resource.body.askTick + offer.body.tipTick }
}

async function propose(at: Market, pair: Pair, change: (deal: Deal) => Deal = deal => deal) {
  const { creator } = at
  const proposer = new Proposer(creator.parts)
  const deal = change((await proposer.sign(pair, creator.chain.head().number)).deal)
  const id = dealId(DEPLOYMENT, deal)
  const signature = await creator.parts.signer.signDigest(id)
  return { id, deal, answer: await proposer.propose(pair, { id, deal, signature }, {}) }
}

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

const flow = suite('Provider and the flow')

/** Accepts a deal and lets the chain say it is committed. */
async function committed(at: Market): Promise<{ id: Hex; deal: Deal }> {
  const { id, deal } = await propose(at, await pairOf(at))
  await until(() => at.seller.chain.sent().includes('commit'))
  show(at, id, { status: 'committed', atSec: at.seller.chain.head().timestampSec })
  return { id, deal }
}

function show({ seller }: Market, id: Hex, record: DealRecord): void {
  seller.chain.records.set(id, record)
  seller.chain.mine()
}

flow('commits, runs, submits what it can open, settles with the acceptance', async () => {
  const at = await market()
  const { id, deal } = await committed(at)
  await until(() => at.seller.chain.sent().includes('submit'))
  const submit = at.seller.chain.calls.find(call => call.name === 'submit')
  const commitment = (submit?.commitment.slice(0, 54) ?? '0x') as Hex
  show(at, id, { status: 'submitted', atSec: at.seller.chain.head().timestampSec, commitment })
  const client = new ResultClient(at.creator.parts)
  const peerId = peerIdOfPublicKey(at.seller.parts.signer.publicKey)
  const opened = await client.ask(id, deal, commitment, peerId, {})
  assert.ok(opened, 'what is served opens what was submitted')
  if (opened === undefined) return
  await client.accept(id, await client.sign(id, opened.result), peerId, {})
  await until(() => at.seller.chain.sent().includes('settleAccepted'))
  assert.is(at.runner.specs.length, 1)
  show(at, id, { status: 'settled', atSec: 0 })
  await until(() => at.seller.heard.some(event => event.name === 'deal:closed'))
  await at.provider.stop()
})

flow('after a crash it submits the very result that it kept, without running again', async () => {
  const at = await market()
  const { id } = await committed(at)
  await until(() => at.seller.chain.sent().includes('submit'))
  await at.provider.stop()
  const again = at.open()
  await again.start()
  at.seller.chain.mine()
  await until(() => at.seller.chain.sent().filter(name => name === 'submit').length === 2)
  const [first, second] = at.seller.chain.calls.filter(call => call.name === 'submit')
  assert.is(first?.commitment, second?.commitment)
  assert.is(at.runner.specs.length, 1)
  assert.ok(id)
  await again.stop()
})

flow(
  'a deal that its creator has committed with the signed yes is run, also one that was given up before',
  async () => {
    const at = await market()
    at.seller.chain.refusal = new LilyError('CHAIN_REVERTED', 'the contract refuses: LedgerInsufficient()')
    const { id, answer } = await propose(at, await pairOf(at))
    assert.is(recoverAccount(id, answer.signature ?? new Uint8Array()), at.seller.chain.account)
    await until(() => at.seller.chain.sent().includes('commit'))
    at.seller.chain.refusal = undefined
    show(at, id, { status: 'committed', atSec: at.seller.chain.head().timestampSec })
    await until(() => at.seller.chain.sent().includes('submit'))
    await at.provider.stop()
  }
)

flow('a restarted provider still holds the unit of a deal that it has promised', async () => {
  const at = await market()
  await propose(at, await pairOf(at))
  await at.provider.stop()
  const again = at.open()
  await again.start()
  for (const { chain } of [at.creator, at.seller]) chain.mine()
  const second = await propose(at, await pairOf(at, { slot: 1 }))
  assert.equal([second.answer.answer, second.answer.code], ['busy', 'DEAL_NO_ROOM'])
  await again.stop()
})

flow('a run that this machine failed at is never submitted, and the deal ends by its deadline', async () => {
  const at = await market()
  at.runner.ending = { status: 'oom', exitCode: -1, stdout: '' }
  const { id } = await committed(at)
  await until(() => at.seller.heard.some(event => event.name === 'run:failed'))
  show(at, id, { status: 'committed', atSec: at.seller.chain.head().timestampSec - 100 })
  await until(() => at.seller.chain.sent().includes('timeout'))
  assert.not(at.seller.chain.sent().includes('submit'))
  await at.provider.stop()
})

flow('a job that exits non-zero is a result like any other', async () => {
  const at = await market()
  at.runner.ending = { status: 'exited', exitCode: 3, stdout: '' }
  await committed(at)
  await until(() => at.seller.chain.sent().includes('submit'))
  await at.provider.stop()
})

for (const [title, stdout, isAppealed] of [
  ['appeals against being found wrong, when a second run finds the same', 'moo', true],
  ['accepts being found wrong, when a second run finds something else', 'boo', false]
] as const)
  flow(title, async () => {
    const at = await market()
    const { chain } = at.seller
    await at.provider.stop()
    const provider = at.open({ appeals: true })
    await provider.start()
    chain.mine()
    const { id } = await committed(at)
    await until(() => chain.sent().includes('submit'))
    at.runner.ending = { status: 'exited', exitCode: 0, stdout }
    const appealEndSec = chain.head().timestampSec + 1000
    chain.disputes.set(id, { ...NO_DISPUTE, phase: 'appeal', pending: 'wrong', appealEndSec })
    show(at, id, { status: 'disputed', atSec: chain.head().timestampSec, commitment: '0x' })
    await until(() => at.runner.specs.length === 2)
    if (isAppealed) await until(() => chain.sent().includes('appeal'))
    chain.mine()
    await provider.stop()
    assert.is(at.runner.specs.length, 2, 'one second run')
    assert.is(chain.sent().includes('appeal'), isAppealed)
  })

flow('withdraws its offer when it stops', async () => {
  const at = await market()
  const live = () => [...at.creator.offers.resources.live(at.creator.chain.head().number)].length
  assert.is(live(), 1)
  await at.provider.stop()
  assert.is(live(), 0)
  assert.is(at.seller.network.answerOf(STREAMS.deal.protocol), undefined)
})

for (const each of [proposals, flow]) each.run()
