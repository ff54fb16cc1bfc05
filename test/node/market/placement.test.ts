// Placing a job: the rule's partner first, then the next in rank; one deal signed at a time, and followed to the chain.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Network } from '../../../node/market/ports.ts'
import { recoverAccount } from '../../../protocols/core/account.ts'
import { fromHex, type Hex } from '../../../protocols/core/bytes.ts'
import { parseCid } from '../../../protocols/core/cid.ts'
import { DEAL_VALID_BLOCKS } from '../../../protocols/params.ts'
import { JOB_TERMS, stillClock } from '../../fakes/node.ts'
import { rejects, until } from '../../support.ts'
import { type Desk, idOf, market, names, SALT } from './roles/stage.ts'

/** A job of somebody else. */
const WAITING = { ...JOB_TERMS, slot: 0, machine: { cpuMilli: 1000, memoryMiB: 256, diskMiB: 256, gpus: [] } }

const finding = suite('Creator, finding a provider')

finding('offers a module that the registry knows as one that is published', async () => {
  const at = await market('cheap')
  const offered = async () => {
    await at.creator.submit(at.request)
    const { number } = at.node.chain.head()
    return [...at.node.offers.jobs.live(number)].map(({ body }) => Number(body.isPublished)).sort((a, b) => a - b)
  }
  assert.equal(await offered(), [0])
  at.node.chain.modules.termsOf = async () => ({ author: at.node.chain.account, feeBps: 100 })
  assert.equal(await offered(), [0, 1])
  await at.creator.stop()
})

finding('asks the cheapest first, and the next when it refuses', async () => {
  const at = await market('cheap', 'dear')
  at.desk.answers.push({ answer: 'refuse', code: 'DEAL_TERMS', detail: 'no' })
  await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => at.desks[1]?.proposed.length === 1)
  assert.is(at.desk.proposed.length, 1)
  await at.creator.stop()
})

finding('a new job goes to a spare unit in the very block in which it is published', async () => {
  const at = await market('cheap', 'dear')
  at.node.chain.mine()
  const { number } = at.node.chain.head()
  await at.creator.submit(at.request)
  await until(() => at.desk.proposed.length === 1)
  assert.is(at.desk.proposed[0]?.validUntil, number + DEAL_VALID_BLOCKS)
  await at.creator.stop()
})

finding('new jobs of one creator share the spare units among them, without asking anybody in vain', async () => {
  const at = await market('cheap', 'dear')
  at.node.chain.mine()
  await Promise.all([at.creator.submit(at.request), at.creator.submit(at.request)])
  await until(() => at.desks.every(({ proposed }) => proposed.length === 1))
  assert.not(names(at).includes('deal:refused'))
  await at.creator.stop()
})

finding('a new job leaves alone what the rule gives to a job that has waited', async () => {
  const at = await market('cheap', 'dear')
  const { number } = at.node.chain.head()
  // By another account, which is a provider as well; the cheap one is its partner.
  await at.desks[1]?.node.offers.jobs.publish({ ...WAITING, module: parseCid(at.request.module), expiry: number + 20 })
  for (const { chain } of [at.node, ...at.desks.map(desk => desk.node)]) chain.mine()
  await at.creator.submit(at.request)
  await until(() => at.desks[1]?.proposed.length === 1)
  assert.is(at.desk.proposed.length, 0)
  await at.creator.stop()
})

finding('asks one that is fetching again in the next block, and no other meanwhile', async () => {
  const at = await market('cheap', 'dear')
  at.desk.answers.push({ answer: 'fetching', code: 'DEAL_FETCHING', detail: '' })
  await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => names(at).includes('deal:refused'))
  at.node.chain.mine()
  await until(() => at.desk.proposed.length === 2)
  assert.is(at.desks[1]?.proposed.length, 0)
  await at.creator.stop()
})

finding('signs nothing new while what it signed could still be committed', async () => {
  const at = await market('one', 'two')
  const job = await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => at.desk.proposed.length === 1)
  const validUntil = at.desk.proposed[0]?.validUntil ?? 0
  while (at.node.chain.head().number < validUntil) at.node.chain.mine()
  assert.is((await at.creator.job(job)).state, 'proposed')
  assert.is(at.desks[1]?.proposed.length, 0)
  const signed = new Set(at.desk.proposed.map(idOf)).size
  assert.is(signed, 1, 'asked again what became of it, perhaps, but over the same deal')
  at.node.chain.mine()
  at.node.chain.mine()
  await until(() => at.desks[1]?.proposed.length === 1, { what: 'another one, once the first has run out' })
  await at.creator.stop()
})

finding(
  'a provider that said yes and gave it up is asked what became of it, and the next in rank takes the job',
  async () => {
    const at = await market('one', 'two')
    at.desk.answers.push({ answer: 'accept', code: '', detail: '' })
    at.desk.answers.push({ answer: 'refuse', code: 'DEAL_REVERTED', detail: 'LedgerInsufficient' })
    await at.creator.submit(at.request)
    at.node.chain.mine()
    await until(() => at.desk.proposed.length === 1)
    at.node.chain.mine()
    at.node.chain.mine()
    await until(() => at.desks[1]?.proposed.length === 1)
    assert.equal(at.desk.proposed.map(idOf), [idOf(at.desk.proposed[0]), idOf(at.desk.proposed[0])], 'the same deal')
    assert.ok(at.node.heard.some(event => event.name === 'deal:refused' && event.code === 'DEAL_REVERTED'))
    await at.creator.stop()
  }
)

finding('commits the deal itself where the provider says yes once more and has not committed', async () => {
  const at = await market('one')
  const job = await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => at.desk.proposed.length === 1)
  at.node.chain.mine()
  assert.not(at.node.chain.sent().includes('commitSigned'), 'it is given two blocks')
  at.node.chain.mine()
  const call = await until(() => at.node.chain.calls.find(({ name }) => name === 'commitSigned'))
  const id = idOf(at.desk.proposed[0])
  assert.ok(call.name === 'commitSigned' && idOf(call.deal) === id)
  const by = (signature: Hex) => recoverAccount(id, fromHex(signature))
  assert.equal([by(call.signature), by(call.providerSignature)], [call.deal.creator, call.deal.provider])
  at.node.chain.records.set(id, { status: 'committed', atSec: at.node.chain.head().timestampSec })
  at.node.chain.mine()
  await until(async () => (await at.creator.job(job)).state === 'committed')
  await at.creator.stop()
})

finding('waits while the commit of its provider is on its way', async () => {
  const at = await market('one', 'two')
  at.desk.answers.push({ answer: 'accept', code: '', detail: '' })
  for (let i = 0; i < DEAL_VALID_BLOCKS; i++)
    at.desk.answers.push({ answer: 'busy', code: 'DEAL_COMMITTING', detail: '' })
  await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => at.desk.proposed.length === 1)
  const validUntil = at.desk.proposed[0]?.validUntil ?? 0
  while (at.node.chain.head().number < validUntil) {
    const asked = at.desk.proposed.length
    at.node.chain.mine()
    if (at.node.chain.head().number >= validUntil - 2) await until(() => at.desk.proposed.length > asked)
  }
  assert.is(at.desks[1]?.proposed.length, 0)
  assert.not(at.node.chain.sent().includes('commitSigned'))
  at.node.chain.mine()
  await until(() => at.desks[1]?.proposed.length === 1, { what: 'another one, once the first has run out' })
  await at.creator.stop()
})

for (const [title, fault] of [
  ['is not signed', (desk: Desk) => Object.assign(desk, { isFaithless: true })],
  ['is not repeated', ({ node }: Desk) => Object.assign(node.network, { isDown: true })]
] as const)
  finding(`a yes that ${title} lets nobody commit, and another deal is signed when its time is over`, async () => {
    const at = await market('one', 'two')
    await at.creator.submit(at.request)
    if (title === 'is not signed') fault(at.desk)
    at.node.chain.mine()
    await until(() => at.desk.proposed.length === 1)
    await until(() => names(at).includes('deal:proposed'))
    fault(at.desk)
    for (let i = 0; i < DEAL_VALID_BLOCKS + 2; i++) at.node.chain.mine()
    await until(() => at.desks[1]?.proposed.length === 1)
    assert.not(at.node.chain.sent().includes('commitSigned'))
    await at.creator.stop()
  })

finding('one that is not there costs a try, and is asked last from then on', async () => {
  const at = await market('cheap', 'dear')
  Object.assign(at.desk.node.network, { isDown: true })
  await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => at.desks[1]?.proposed.length === 1)
  Object.assign(at.desk.node.network, { isDown: false })
  await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => at.desks[1]?.proposed.length === 2)
  assert.is(at.desk.proposed.length, 0)
  await at.creator.stop()
})

finding('one that hears and does not answer holds the job while its deal is valid', async () => {
  const at = await market('cheap', 'dear')
  const { network } = at.node
  const request = network.request.bind(network)
  const cheap = at.desk.node.network.peerId
  let nowMs = 0
  Object.assign(at.node.parts, { clock: { ...stillClock, nowMs: () => nowMs } })
  Object.assign(network, {
    request: (...[peerId, protocol, message, { signal }]: Parameters<Network['request']>) =>
      peerId === cheap ? hanging(signal) : request(peerId, protocol, message)
  })
  await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => names(at).includes('deal:proposed'))
  nowMs = 10_000
  for (let i = 0; i < DEAL_VALID_BLOCKS; i++) at.node.chain.mine()
  assert.is(at.desks[1]?.proposed.length, 0)
  at.node.chain.mine()
  await until(() => at.desks[1]?.proposed.length === 1)
  await at.creator.stop()
})

async function* hanging(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  yield await new Promise<Uint8Array>((_, fail) => signal?.addEventListener('abort', () => fail(signal.reason)))
}

finding('gives up when its blocks are over, and says why nobody fits', async () => {
  const at = await market()
  const job = await at.creator.submit({ ...at.request, maxPriceWei: 70_000n, waitBlocks: 3 })
  for (let i = 0; i < 6; i++) at.node.chain.mine()
  const record = await until(async () => {
    const found = await at.creator.job(job)
    return found.state === 'failed' && found
  })
  assert.is(record.failure?.code, 'JOB_NO_PROVIDER')
  assert.match(record.failure?.message ?? '', /no offer with 1 cpu and \d+ MiB under .*; nearest: /)
  await at.creator.stop()
})

finding('refuses to begin without the money, or with a request that makes no sense', async () => {
  const at = await market()
  at.node.chain.balances.set(at.node.parts.signer.account, { coinWei: 0n, freeWei: 0n })
  await rejects(at.creator.submit(at.request), 'WALLET_NO_FUNDS')
  await rejects(at.creator.submit({ ...at.request, verifyBps: 10_001 }), 'JOB_BAD_REQUEST')
  await rejects(at.creator.submit({ module: 'not a cid' }), 'JOB_BAD_REQUEST')
  await rejects(at.creator.submit({ ...at.request, values: { Nothing: 'x' } }), 'MODULE_INPUT_UNKNOWN')
  await at.creator.stop()
})

finding('a job without a deal can be cancelled, one with a deal cannot', async () => {
  const at = await market()
  const job = await at.creator.submit(at.request)
  assert.is((await at.creator.cancel(job)).state, 'cancelled')
  const second = await at.creator.submit(at.request)
  at.node.chain.mine()
  await until(() => at.desk.proposed.length === 1)
  await rejects(at.creator.cancel(second), 'JOB_HAS_DEAL')
  await rejects(at.creator.job(SALT), 'JOB_UNKNOWN')
  await at.creator.stop()
})

finding.run()
