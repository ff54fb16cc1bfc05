// The creator: accepts or challenges as its coin fell, and picks up where it died.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobRequest } from '../../../../node/market/api.ts'
import type { Hex } from '../../../../protocols/core/bytes.ts'
import { digestOfCid } from '../../../../protocols/core/cid.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import { resultCommitment } from '../../../../protocols/result/result.ts'
import { NO_DISPUTE } from '../../../fakes/chain.ts'
import { until } from '../../../support.ts'
import { DEFAULTS, idOf, type Market, market, names, SALT } from './stage.ts'

/** The deal is on chain and its result is in. */
async function submitted(at: Market, request: Partial<JobRequest>, other?: Hex) {
  const job = await at.creator.submit({ ...at.request, ...request })
  at.node.chain.mine()
  await until(() => at.desk.proposed.length === 1)
  const [deal] = at.desk.proposed
  const id = idOf(deal)
  const root = await at.node.parts.content.addTree([{ path: 'exitCode', content: utf8('0') }])
  const result = { root: digestOfCid(root), status: 0, used: 3n }
  at.desk.opened = { result, salt: SALT }
  const commitment = other ?? (resultCommitment(result, SALT, deal?.provider ?? '0x').slice(0, 54) as Hex)
  at.node.chain.records.set(id, { status: 'submitted', atSec: at.node.chain.head().timestampSec, commitment })
  at.node.chain.mine()
  return { job, id, result }
}

const checking = suite('Creator, checking the result')

checking('accepts what opens the commitment when its coin says so', async () => {
  const at = await market()
  const { job, id } = await submitted(at, { verifyBps: 0 })
  await until(() => at.desk.acceptances.length === 1)
  assert.not(at.node.chain.sent().includes('challenge'))
  at.node.chain.records.set(id, { status: 'settled', atSec: 0 })
  at.node.chain.mine()
  const record = await until(async () => {
    const found = await at.creator.job(job)
    return found.state === 'done' && found
  })
  assert.equal([record.closed?.status, record.exitCode, record.dir], ['settled', 0, `/results/${id}`])
  await at.creator.stop()
})

checking('settles its acceptance itself when the provider does not', async () => {
  const at = await market()
  await submitted(at, { verifyBps: 0 })
  await until(() => at.desk.acceptances.length === 1)
  for (let i = 0; i < 8; i++) at.node.chain.mine()
  await until(() => at.node.chain.sent().includes('settleAccepted'))
  await at.creator.stop()
})

checking('challenges when its coin says so, and does not accept', async () => {
  const at = await market()
  const { id, job } = await submitted(at, { verifyBps: 10_000 })
  await until(() => at.node.chain.sent().includes('challenge'))
  at.node.chain.records.set(id, { status: 'slashed', atSec: 0 })
  at.node.chain.disputes.set(id, { ...NO_DISPUTE, phase: 'closed', verdict: 'wrong' })
  at.node.chain.mine()
  const record = await until(async () => {
    const found = await at.creator.job(job)
    return found.state === 'failed' && found
  })
  assert.equal([record.failure?.code, record.closed?.verdict], ['JOB_RESULT_WRONG', 'wrong'])
  assert.is(at.desk.acceptances.length, 0)
  await at.creator.stop()
})

checking('a result that does not open the commitment is never accepted, and challenged in time', async () => {
  const at = await market()
  await submitted(at, { verifyBps: 1 }, `0x${'ee'.repeat(26)}`)
  await until(() => names(at).includes('result:submitted'))
  at.node.chain.mine([], DEFAULTS.windowSec / 2 + 1)
  await until(() => at.node.chain.sent().includes('challenge'))
  assert.equal(at.desk.acceptances, [])
  await at.creator.stop()
})

checking('a result that its provider keeps back is found where a dispute has opened it', async () => {
  const at = await market()
  const { id, job, result } = await submitted(at, { verifyBps: 1 }, `0x${'ee'.repeat(26)}`)
  await until(() => names(at).includes('result:submitted'))
  at.node.chain.openedResults.set(id, result)
  at.node.chain.records.set(id, { status: 'settled', atSec: 0 })
  at.node.chain.disputes.set(id, { ...NO_DISPUTE, phase: 'closed', verdict: 'correct' })
  at.node.chain.mine()
  const record = await until(async () => {
    const found = await at.creator.job(job)
    return found.state === 'done' && found
  })
  assert.equal([record.opened, record.dir, record.exitCode], [{ result, salt: null }, `/results/${id}`, 0])
  await at.creator.stop()
})

checking('the same under "never": it is not accepted, and not challenged either', async () => {
  const at = await market()
  await submitted(at, { verifyBps: 0 }, `0x${'ee'.repeat(26)}`)
  await until(() => names(at).includes('result:submitted'))
  at.node.chain.mine([], DEFAULTS.windowSec + 1)
  await until(() => at.node.chain.sent().includes('settle'), { what: 'the window to end the deal' })
  assert.equal(at.desk.acceptances, [])
  assert.not(at.node.chain.sent().includes('challenge'))
  await at.creator.stop()
})

const crashing = suite('Creator, after a crash')

crashing('takes up a job that still waits: the same offer, heard again', async () => {
  const at = await market()
  const job = await at.creator.submit(at.request)
  await at.creator.stop()
  const again = at.open()
  await again.start()
  at.node.chain.mine()
  await until(() => at.desk.proposed.length === 1)
  assert.is(at.desk.proposed[0]?.jobOffer, job)
  await again.stop()
})

crashing('takes up a deal that was proposed: no second one is signed', async () => {
  const at = await market()
  const job = await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => at.desk.proposed.length === 1)
  await at.creator.stop()
  at.node.chain.records.set(idOf(at.desk.proposed[0]), {
    status: 'committed',
    atSec: at.node.chain.head().timestampSec
  })
  const again = at.open()
  await again.start()
  await until(async () => (await again.job(job)).state === 'committed')
  assert.is(at.desk.proposed.length, 1)
  await again.stop()
})

for (const each of [checking, crashing]) each.run()
