// What the provider's tests play on: a creator that proposes, and the provider with its parts and a runner that does as told.
import { Proposer } from '../../../../node/market/deal.ts'
import type { Runner } from '../../../../node/market/ports.ts'
import { Provider } from '../../../../node/market/roles/provider.ts'
import { Runs } from '../../../../node/market/run.ts'
import type { SupplyTerms } from '../../../../node/market/supply.ts'
import type { CID } from '../../../../protocols/core/cid.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import type { Deal } from '../../../../protocols/deal/deal.ts'
import { dealId } from '../../../../protocols/deal/typed-data.ts'
import { JOB } from '../../../../protocols/job/job.ts'
import type { Pair } from '../../../../protocols/match/match.ts'
import type { Runtime } from '../../../../protocols/offer/machine.ts'
import { DEPLOYMENT } from '../../../fakes/chain.ts'
import { Bus } from '../../../fakes/network.ts'
import { type FakeNode, fakeNode, TERMS } from '../../../fakes/node.ts'
import { FakeRunner } from '../../../fakes/runner.ts'

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

/** A creator and a provider on one bus, the provider with an offer. */
export async function market(terms: Partial<SupplyTerms> = {}) {
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

/** @see market */
export type Market = Awaited<ReturnType<typeof market>>

/** A job of the creator's and the provider's offer, matched. */
export async function pairOf({ creator, job, module }: Market, change: object = {}): Promise<Pair> {
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

/** Proposes the deal of a pair, or another in its place; gives the provider's answer. */
export async function propose(at: Market, pair: Pair, change: (deal: Deal) => Deal = deal => deal) {
  const { creator } = at
  const proposer = new Proposer(creator.parts)
  const deal = change((await proposer.sign(pair, creator.chain.head().number)).deal)
  const id = dealId(DEPLOYMENT, deal)
  const signature = await creator.parts.signer.signDigest(id)
  return { id, deal, answer: await proposer.propose(pair, { id, deal, signature }, {}) }
}
