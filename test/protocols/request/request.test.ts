// Requests of contracts: the job's block as OnchainJobs hashes it, the price of a block, whose turn it is.
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { ResultKind } from '../../../contracts/generated/index.ts'
import { fromHex, type Hex, isHex } from '../../../protocols/core/bytes.ts'
import { fromUtf8 } from '../../../protocols/core/utf8.ts'
import { IF_ACCEPTED } from '../../../protocols/deal/totals.ts'
import { parseModule } from '../../../protocols/module/module.ts'
import { priceOfTick } from '../../../protocols/offer/price.ts'
import {
  type ChainRequest,
  dealOfRequest,
  firstBlockAt,
  jobBlockOf,
  type Order,
  offeredWei,
  offerOfRequest,
  RESULT_KINDS,
  turnOf
} from '../../../protocols/request/request.ts'
import { resourceOf } from '../match/market.ts'

const digest = v.custom<Hex>(value => isHex(value, 32))
const VECTORS = v.object({
  cases: v.array(
    v.object({
      what: v.string(),
      module: digest,
      nonce: v.string(),
      inputs: v.array(v.object({ name: v.string(), value: v.custom<Hex>(value => isHex(value)) })),
      digest
    })
  )
})

const ORDER: Order = {
  client: `0x${'c1'.repeat(20)}`,
  nonce: 1n,
  from: 100n,
  spec: `0x${'00'.repeat(32)}`,
  module: `0x${'33'.repeat(32)}`,
  price: priceOfTick(200),
  ramp: 0,
  expiry: 200n,
  collateralTimes: 10,
  seatFee: 0n,
  runTime: 600,
  window: 600,
  seats: 3,
  rounds: 2,
  reward: 0n,
  isChecked: false,
  isPublished: false,
  kind: 2,
  dataLimit: 1024,
  callbackGas: 100_000
}
const JOBS = `0x${'0b'.repeat(20)}` as const
const requestOf = (order: Partial<Order>): ChainRequest => ({
  id: `0x${'1d'.repeat(32)}`,
  order: { ...ORDER, ...order },
  inputs: []
})

const fixtureModule = () =>
  parseModule(JSON.stringify({ name: 'moo', version: '1', runtime: 'lily-wasi/1', entrypoint: 'moo.wasm' }))
/** The first asks least, the last most; the two between ask the same. */
const resourceOffers = () => [100, 120, 120, 150].map((askTick, i) => resourceOf(`provider ${i}`, { askTick }))

const blocks = suite('jobBlockOf')

blocks('is the block that the contract hashed', async () => {
  const file = new URL('../../vectors/job.json', import.meta.url)
  const { cases } = v.parse(VECTORS, JSON.parse(await readFile(file, 'utf8')))
  assert.ok(cases.length > 5)
  for (const { what, module, nonce, inputs, digest: spec } of cases) {
    const texts = inputs.map(({ name, value }) => ({ name, value: fromUtf8(fromHex(value)) }))
    const request = { ...requestOf({ module, nonce: BigInt(nonce), spec }), inputs: texts }
    assert.ok(jobBlockOf(request) !== undefined, what)
    assert.is(jobBlockOf({ ...request, order: { ...request.order, nonce: BigInt(nonce) + 1n } }), undefined, what)
  }
})

blocks('is none of a request that nodes cannot read', () => {
  const inputs = [{ name: 'a', value: 'x'.repeat(64 * 1024) }]
  assert.is(jobBlockOf({ ...requestOf({}), inputs }), undefined)
})

blocks.run()

// ---

const prices = suite('offeredWei')

prices('climbs to the price over the ramp, and stays', () => {
  const order = { ...ORDER, price: 1_000n, ramp: 10 }
  assert.equal(
    [100, 101, 105, 110, 150].map(block => offeredWei(order, block)),
    [0n, 100n, 500n, 1_000n, 1_000n]
  )
  assert.is(offeredWei({ ...order, ramp: 0 }, 100), 1_000n)
})

prices('reaches a tick in the block that firstBlockAt names, and not before', () => {
  for (const ramp of [1, 7, 100])
    for (const tick of [150, 199, 200]) {
      const order = { ...ORDER, ramp }
      const first = firstBlockAt(order, tick)
      assert.ok(offeredWei(order, first) >= priceOfTick(tick))
      assert.ok(first === 100 || offeredWei(order, first - 1) < priceOfTick(tick))
    }
  assert.is(firstBlockAt(ORDER, 200), 100)
})

prices.run()

// ---

const deals = suite('dealOfRequest')

deals('has the terms of the request, at the price that the provider asks', () => {
  const [cheap] = resourceOffers()
  const job = offerOfRequest(requestOf({}), JOBS, fixtureModule())
  assert.ok(job && cheap)
  const deal = dealOfRequest(job, cheap, 120, 9n)
  assert.ok(deal)
  assert.is(deal.creator, JOBS)
  assert.is(deal.unitPrice, IF_ACCEPTED)
  assert.is(deal.price, priceOfTick(cheap.body.askTick))
  assert.is(deal.collateral, deal.price * 10n)
  assert.is(deal.jobOffer, job.id)
  assert.equal([deal.runTime, deal.window, deal.seats, deal.rounds, deal.auditBps], [600, 600, 3, 2, 0])
})

deals('is none where the module may run longer than the request gives, or nothing is paid', () => {
  const module = fixtureModule()
  assert.is(offerOfRequest(requestOf({ runTime: module.limits.wallSec - 1 }), JOBS, module), undefined)
  assert.is(offerOfRequest(requestOf({ price: 0n }), JOBS, module), undefined)
})

deals('is none where the provider asks more than is paid', () => {
  const [cheap] = resourceOffers()
  const job = offerOfRequest(requestOf({ price: priceOfTick(99) }), JOBS, fixtureModule())
  assert.ok(job && cheap)
  assert.is(dealOfRequest(job, cheap, 120, 0n), undefined)
})

deals('goes to who asks least; equals take turns by a hash', () => {
  const offers = resourceOffers()
  const turnsOf = (id: ChainRequest['id']) => {
    const job = offerOfRequest({ ...requestOf({}), id }, JOBS, fixtureModule())
    assert.ok(job)
    return offers.map(({ account }) => turnOf(job, account, offers))
  }
  const seen = new Set<string>()
  for (let i = 16; i < 48; i++) {
    const turns = turnsOf(`0x${i.toString(16).repeat(32)}`)
    assert.equal([turns[0], turns[3]], [0, 3])
    assert.equal(new Set(turns).size, 4)
    seen.add(turns.join())
  }
  assert.is(seen.size, 2)
})

deals.run()

// ---

const kinds = suite('RESULT_KINDS')

kinds('are those of the contract', () => {
  assert.equal(
    RESULT_KINDS.map(kind => kind.replaceAll('-', '')),
    ResultKind.map(kind => kind.toLowerCase())
  )
})

kinds.run()
