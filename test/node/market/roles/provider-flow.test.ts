// The provider's deals: each step once, also when it died in between.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { peerIdOfPublicKey } from '../../../../node/market/peer-id.ts'
import { ResultClient } from '../../../../node/market/result.ts'
import { recoverAccount } from '../../../../protocols/core/account.ts'
import type { Hex } from '../../../../protocols/core/bytes.ts'
import { LilyError } from '../../../../protocols/core/errors.ts'
import type { Deal } from '../../../../protocols/deal/deal.ts'
import type { DealRecord } from '../../../../protocols/deal/state.ts'
import { STREAMS } from '../../../../protocols/wire.ts'
import { NO_DISPUTE } from '../../../fakes/chain.ts'
import { until } from '../../../support.ts'
import { type Market, market, pairOf, propose } from './provider-stage.ts'

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

flow.run()
