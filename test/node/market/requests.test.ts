// Requests of contracts: a provider takes what fits, in its turn, and delivers; everybody else ends what is left over.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChainEvent, Runner } from '../../../node/market/ports.ts'
import { Requests } from '../../../node/market/requests.ts'
import { Provider } from '../../../node/market/roles/provider.ts'
import { Runs } from '../../../node/market/run.ts'
import { toHex, ZERO_BYTES32 } from '../../../protocols/core/bytes.ts'
import { digestOfCid } from '../../../protocols/core/cid.ts'
import { sha256 } from '../../../protocols/core/hash.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'
import type { Deal } from '../../../protocols/deal/deal.ts'
import type { DealRecord } from '../../../protocols/deal/state.ts'
import { dealId } from '../../../protocols/deal/typed-data.ts'
import { JOB } from '../../../protocols/job/job.ts'
import type { Runtime } from '../../../protocols/offer/machine.ts'
import { priceOfTick } from '../../../protocols/offer/price.ts'
import { type ChainRequest, jobOfRequest, type Order } from '../../../protocols/request/request.ts'
import { resultDigest } from '../../../protocols/result/result.ts'
import { rejected } from '../../../protocols/run/errors.ts'
import { DEPLOYMENT } from '../../fakes/chain.ts'
import { Bus } from '../../fakes/network.ts'
import { type FakeNode, fakeNode, TERMS } from '../../fakes/node.ts'
import { FakeRunner } from '../../fakes/runner.ts'
import { until } from '../../support.ts'

const MODULE_JSON = JSON.stringify({ name: 'moo', version: '1', runtime: 'lily-wasi/1', entrypoint: 'moo.wasm' })
const JOBS = DEPLOYMENT.jobs ?? '0x'
const ID = `0x${'1d'.repeat(32)}` as const

async function requestAt(node: FakeNode, changes: Partial<Order> = {}): Promise<ChainRequest> {
  const module = await node.parts.content.addTree([
    { path: 'module.json', content: utf8(MODULE_JSON) },
    { path: 'moo.wasm', content: new Uint8Array([0]) }
  ])
  const order: Order = {
    ...{ client: `0x${'c1'.repeat(20)}`, nonce: 1n, from: BigInt(node.chain.head().number), spec: ZERO_BYTES32 },
    ...{ module: digestOfCid(module), price: priceOfTick(220), ramp: 0, expiry: 1000n, collateralTimes: 2 },
    ...{ seatFee: 0n, runTime: 600, window: 60, seats: 3, rounds: 2, reward: 10n ** 9n, isChecked: false },
    ...{ isPublished: false, kind: 2, dataLimit: 100, callbackGas: 100_000 },
    ...changes
  }
  const request = { id: ID, order, inputs: [] }
  const spec = toHex(sha256(JOB.encode(jobOfRequest(request))))
  return { ...request, order: { ...order, spec } }
}

const made = (request: ChainRequest): ChainEvent => ({ type: 'request:made', id: request.id, request })

async function seller(changes: Partial<Order> = {}, refusal?: Error) {
  const node = fakeNode(new Bus(), 'provider')
  const runner = new FakeRunner()
  runner.refusal = refusal
  // Where something fails, nobody waits before the next try.
  const clock = refusal === undefined ? node.parts.clock : { ...node.parts.clock, sleep: async () => {} }
  const parts = { ...node.parts, clock, runners: new Map<Runtime, Runner>([[runner.runtime, runner]]) }
  await node.facts.start()
  await node.offers.start()
  const requests = new Requests(parts, node.facts)
  await requests.start()
  const provider = new Provider(parts, node.offers, node.facts, new Runs(parts), TERMS, { requests })
  await provider.start()
  const request = await requestAt(node, changes)
  node.chain.mine([made(request)])
  const stop = async () => {
    await provider.stop()
    await requests.stop()
  }
  return { ...node, runner, request, stop }
}

/** Mines until the node has sent a call of that name; gives the last one. */
async function sent(chain: FakeNode['chain'], name: string) {
  await until(
    () => {
      chain.mine()
      return chain.sent().includes(name)
    },
    { what: name }
  )
  return chain.calls.findLast(call => call.name === name)
}

const taking = suite('a provider and requests')

taking('takes what fits its offer, at its ask, and delivers what it found', async () => {
  const { chain, request, parts, stop } = await seller()
  const call = await sent(chain, 'takeRequest')
  if (call?.name !== 'takeRequest') throw new Error('not taken')
  const { deal } = call
  assert.equal(call.order, request.order)
  assert.is(deal.price, priceOfTick(TERMS.askTick))
  assert.equal(
    [deal.creator, deal.provider, deal.jobOffer, deal.spec],
    [JOBS, parts.signer.account, ID, request.order.spec]
  )
  const id = dealId(DEPLOYMENT, deal)
  chain.records.set(id, { status: 'committed', atSec: chain.head().timestampSec })
  chain.mine([{ type: 'deal:committed', id, deal }])
  await sent(chain, 'submit')
  const atSec = chain.head().timestampSec
  chain.records.set(id, { status: 'submitted', atSec, commitment: '0x' })
  chain.mine([{ type: 'deal:submitted', id }], deal.window - 1)
  assert.not(chain.sent().includes('deliverRequest'))
  const delivery = await sent(chain, 'deliverRequest')
  if (delivery?.name !== 'deliverRequest') throw new Error('not delivered')
  assert.ok(chain.head().timestampSec > atSec + deal.window)
  assert.is(delivery.ending.digest, resultDigest(delivery.ending.result))
  assert.is(delivery.ending.file, toHex(utf8('moo')))
  assert.is(
    toHex(sha256(Uint8Array.from(Buffer.from(delivery.ending.directory.slice(2), 'hex')))),
    delivery.ending.result.root
  )
  // The Market would have paid nothing for it.
  assert.not(chain.sent().includes('settle'))
  await stop()
})

taking('asks for the check that its pay hangs on', async () => {
  const { chain, stop } = await seller({ isChecked: true })
  const call = await sent(chain, 'takeRequest')
  if (call?.name !== 'takeRequest') throw new Error('not taken')
  const id = dealId(DEPLOYMENT, call.deal)
  chain.mine([{ type: 'deal:committed', id, deal: call.deal }])
  chain.records.set(id, { status: 'submitted', atSec: chain.head().timestampSec, commitment: '0x' })
  await sent(chain, 'checkRequest')
  assert.not(chain.sent().includes('deliverRequest'))
  await stop()
})

taking('waits until the price has climbed to its ask', async () => {
  const ramp = 20
  const { chain, request, stop } = await seller({ ramp, price: 2n * priceOfTick(TERMS.askTick) })
  await sent(chain, 'takeRequest')
  assert.ok(chain.head().number >= Number(request.order.from) + ramp / 2)
  await stop()
})

taking('leaves what pays less than it asks, gives too little time, or is of a job that cannot be read', async () => {
  const spec = `0x${'77'.repeat(32)}` as const
  for (const changes of [{ price: priceOfTick(TERMS.askTick - 1) }, { runTime: 1 }, { collateralTimes: 11 }]) {
    const { chain, stop } = await seller(changes)
    for (let i = 0; i < 5; i++) chain.mine()
    await stop()
    assert.equal(chain.sent(), [], JSON.stringify(Object.keys(changes)))
  }
  const { chain, request, stop } = await seller({ price: 0n })
  chain.mine([made({ ...request, id: spec, order: { ...request.order, price: priceOfTick(220), spec } })])
  for (let i = 0; i < 5; i++) chain.mine()
  await stop()
  assert.equal(chain.sent(), [])
})

taking('leaves a program that nobody can run, and looks at it once', async () => {
  const { chain, runner, stop } = await seller({}, rejected('feature', 'the module uses tail calls'))
  await until(() => {
    chain.mine()
    return runner.looks > 0
  })
  for (let i = 0; i < 5; i++) {
    chain.mine()
    await new Promise(resolve => setImmediate(resolve))
  }
  await stop()
  assert.is(runner.looks, 1)
  assert.equal(chain.sent(), [])
})

taking.run()

// ---

const keeping = suite('a keeper')

async function keeper(changes: Partial<Order> = {}) {
  const node = fakeNode(new Bus(), 'keeper')
  await node.facts.start()
  const requests = new Requests(node.parts, node.facts)
  await requests.start()
  const request = await requestAt(node, changes)
  node.chain.mine([made(request)])
  const deal: Deal = {
    ...{
      creator: JOBS,
      provider: `0x${'0b'.repeat(20)}`,
      token: `0x${'00'.repeat(20)}`,
      price: 1000n,
      unitPrice: 2n ** 96n - 1n
    },
    ...{ collateral: 2000n, seatFee: 0n, jobs: 1, runTime: 600, window: 60, seats: 3, rounds: 2, auditBps: 0 },
    ...{
      jobOffer: ID,
      resourceOffer: ZERO_BYTES32,
      spec: request.order.spec,
      module: ZERO_BYTES32,
      validUntil: 100,
      nonce: 1n
    }
  }
  const id = dealId(DEPLOYMENT, deal)
  const become = (record: DealRecord) => node.chain.records.set(id, record)
  const commit = () => node.chain.mine([{ type: 'deal:committed', id, deal }])
  return { ...node, requests, request, deal, id, become, commit }
}

keeping('gives back what nobody took, after its expiry', async () => {
  const { chain, requests } = await keeper({ expiry: 10n })
  while (chain.head().number <= 10) chain.mine()
  assert.equal(chain.sent(), [])
  await sent(chain, 'refundRequest')
  await requests.stop()
})

keeping('does nothing that is not worth its gas', async () => {
  // A unit of gas costs 1 wei here.
  const { chain, requests } = await keeper({ expiry: 3n, reward: 349_999n })
  for (let i = 0; i < 40; i++) chain.mine()
  await requests.stop()
  assert.equal(chain.sent(), [])
})

keeping('ends what its provider does not: without a result, after two windows, after a verdict', async () => {
  const cases = [
    { status: 'committed' as const, wait: 600, digest: ZERO_BYTES32, toCreator: 1050n },
    { status: 'submitted' as const, wait: 120, digest: ZERO_BYTES32, toCreator: 1000n },
    { status: 'slashed' as const, wait: 0, digest: ID, toCreator: 1234n }
  ]
  for (const { status, wait, digest, toCreator } of cases) {
    const { chain, requests, id, become, commit } = await keeper()
    chain.outcomes.set(id, { digest: ID, toCreatorWei: 1234n })
    const atSec = chain.head().timestampSec
    become(status === 'submitted' ? { status, atSec, commitment: '0x' } : { status, atSec })
    commit()
    chain.mine([], Math.max(1, wait - 1))
    assert.equal(chain.sent(), [], status)
    const call = await sent(chain, 'deliverRequest')
    if (call?.name !== 'deliverRequest') throw new Error('not delivered')
    assert.equal([call.ending.digest, call.ending.toCreator], [digest, toCreator], status)
    assert.ok(chain.head().timestampSec > atSec + wait)
    await requests.stop()
  }
})

keeping('asks for the check that a contract has paid for, within the window', async () => {
  const { chain, requests, become, commit } = await keeper({ isChecked: true })
  become({ status: 'submitted', atSec: chain.head().timestampSec, commitment: '0x' })
  commit()
  await sent(chain, 'checkRequest')
  assert.not(chain.sent().includes('deliverRequest'))
  await requests.stop()
})

keeping('believes no deal but those of the contract, and forgets what is over', async () => {
  const { chain, requests, deal, become } = await keeper({ expiry: 3n })
  become({ status: 'committed', atSec: 0 })
  // Somebody names the request in a deal of its own.
  chain.mine([{ type: 'deal:committed', id: ID, deal: { ...deal, creator: `0x${'ee'.repeat(20)}` } }])
  assert.equal(
    [...requests.open()].map(({ id }) => id),
    [ID]
  )
  chain.mine([{ type: 'request:closed', id: ID }])
  assert.equal([...requests.open()], [])
  chain.revert()
  assert.is([...requests.open()].length, 1)
  await requests.stop()
})

keeping.run()
