// The desk over a real chain: proposals that come at once are said yes to, and their deals committed in fewer transactions
// than there are deals.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Components } from '../../../node/market/components.ts'
import { Proposer } from '../../../node/market/deal.ts'
import { Facts } from '../../../node/market/facts.ts'
import { Offers } from '../../../node/market/offer.ts'
import { peerIdOfPublicKey } from '../../../node/market/peer-id.ts'
import type { Chain, Runner, Startable } from '../../../node/market/ports.ts'
import { Provider } from '../../../node/market/roles/provider.ts'
import { Runs } from '../../../node/market/run.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'
import { dealId } from '../../../protocols/deal/typed-data.ts'
import { JOB } from '../../../protocols/job/job.ts'
import type { Runtime } from '../../../protocols/offer/machine.ts'
import { priceOfTick } from '../../../protocols/offer/price.ts'
import { RESOURCE_SLOT_WEI } from '../../../protocols/params.ts'
import { Bus } from '../../fakes/network.ts'
import { fakeNode, TERMS } from '../../fakes/node.ts'
import { FakeRunner } from '../../fakes/runner.ts'
import { until } from '../../support.ts'
import { chainOf, signerOf, startTestChain, type TestChain } from '../chain/support.ts'

const CREATOR = 1
const PROVIDER = 2
const PRICE = priceOfTick(TERMS.askTick)

const test = suite('Desk on a chain')
let dev: TestChain
test.before(async () => {
  dev = await startTestChain()
})
test.after(async () => {
  await dev.anvil.stop()
})

/** A market node with the chain of one of anvil's accounts. */
async function settle(bus: Bus, index: number, common: Partial<Components>) {
  const chain: Chain & Startable = chainOf(dev, index)
  const signer = signerOf(dev.anvil, index)
  const { parts: fake } = fakeNode(bus, `unused ${index}`)
  const network = bus.join(peerIdOfPublicKey(signer.publicKey))
  const parts: Components = { ...fake, ...common, chain, signer, network }
  const facts: Facts = new Facts(chain, id => offers.slotOf(id))
  const offers: Offers = new Offers(parts, facts)
  await chain.start()
  await facts.start()
  await offers.start()
  return { chain, parts, facts, offers }
}

test('proposals that come at once are committed together', async () => {
  const bus = new Bus()
  const runner = new FakeRunner()
  // Runs fail, so that nothing but commits is sent.
  runner.ending = { status: 'oom', exitCode: -1, stdout: '' }
  const runners = new Map<Runtime, Runner>([[runner.runtime, runner]])
  const creator = await settle(bus, CREATOR, { runners })
  const seller = await settle(bus, PROVIDER, { runners, content: creator.parts.content })
  const sent = (valueWei: bigint, account = creator.chain.account) =>
    creator.chain.send({ name: 'deposit', valueWei, account })
  const deposits = Promise.all([sent(100n * PRICE), sent(100n * PRICE + RESOURCE_SLOT_WEI, seller.chain.account)])
  let isDeposited = false
  deposits.then(() => {
    isDeposited = true
  }, assert.unreachable)
  await until(async () => {
    await dev.mine()
    return isDeposited
  })
  const provider = new Provider(seller.parts, seller.offers, seller.facts, new Runs(seller.parts), {
    ...TERMS,
    slices: 6
  })
  await provider.start()
  await dev.mine()
  const head = Number(await dev.anvil.rpc('eth_blockNumber'))
  await until(() => creator.chain.head().number === head && seller.chain.head().number === head)

  const { content } = creator.parts
  const module = await content.addTree([
    {
      path: 'module.json',
      content: utf8('{"name":"moo","version":"1","runtime":"lily-wasi/1","entrypoint":"moo.wasm"}')
    },
    { path: 'moo.wasm', content: new Uint8Array([0]) }
  ])
  const [resource] = [...creator.offers.resources.live(head)]
  if (resource === undefined) throw new Error('the provider has no offer')
  const proposer = new Proposer(creator.parts)
  const signedDeal = async (slot: number) => {
    const job = await content.putBlock('dag-cbor', JOB.encode({ v: 1, module, values: {}, files: {}, salt: `${slot}` }))
    const offer = await creator.offers.jobs.publish({
      ...{ slot, job, module, isPublished: false, runtime: 'lily-wasi/1', arch: null, maxTick: 300, tipTick: 0 },
      ...{ machine: { cpuMilli: 1000, memoryMiB: 256, diskMiB: 256, gpus: [] }, target: null, collateralTimes: 2 },
      ...{ runTimeSec: 60, windowSec: 30, seats: 3, rounds: 2, seatFeeWei: 10_000n, expiry: head + 20 }
    })
    const pair = { job: offer, resource, priceTick: resource.body.askTick }
    return { pair, signed: await proposer.sign(pair, head) }
  }
  const deals = await Promise.all(Array.from({ length: 6 }, (_, slot) => signedDeal(slot)))
  const nonce = async () => Number(await dev.anvil.rpc('eth_getTransactionCount', seller.chain.account, 'latest'))
  const before = await nonce()
  const answers = await Promise.all(deals.map(({ pair, signed }) => proposer.propose(pair, signed, {})))
  assert.equal(new Set(answers.map(({ answer }) => answer)), new Set(['accept']), JSON.stringify(answers))
  const ids = deals.map(({ signed }) => dealId(dev.deployment, signed.deal))
  const records = await until(async () => {
    await dev.mine()
    const found = await Promise.all(ids.map(id => creator.chain.deal(id)))
    return found.every(({ status }) => status !== 'none') && found
  })
  const commits = (await nonce()) - before
  assert.ok(commits < records.length, `${commits} transactions`)
  await provider.stop()
  for (const { chain, facts, offers } of [creator, seller]) {
    await offers.stop()
    await facts.stop()
    await chain.stop()
  }
})

test.run()
