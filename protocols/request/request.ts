/**
 * Jobs that contracts ask for (docs/contracts.md): the request as OnchainJobs tells it, the job that it stands for, and the
 * terms of the deal that a provider may make of it. A request is a job offer whose creator is a contract: it is compared
 * with resource offers by the same rule, and nobody speaks for it.
 */
import type { Address } from '../core/account.ts'
import { type Bytes32, type Hex, toHex } from '../core/bytes.ts'
import { CODEC, cidOfDigest } from '../core/cid.ts'
import { sha256 } from '../core/hash.ts'
import { utf8 } from '../core/utf8.ts'
import type { Deal } from '../deal/deal.ts'
import { dealOfPair } from '../deal/terms.ts'
import { IF_ACCEPTED } from '../deal/totals.ts'
import { JOB, type Job } from '../job/job.ts'
import { askTickFor, incompatibility } from '../match/compatible.ts'
import type { Module } from '../module/module.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { priceOfTick, tickAtMost } from '../offer/price.ts'
import type { Result } from '../result/result.ts'
import { machineOf } from '../run/spec.ts'

/** What a request wants of a result beside its CID, in the order of the numbers of `ResultKind`; a test holds them equal. */
export const RESULT_KINDS = ['cid', 'exit-code', 'stdout'] as const

/** Terms of a request, as `Order` of IOnchainJobs.sol; money in wei, times in seconds. */
export interface Order {
  readonly client: Address
  readonly nonce: bigint
  /** The block of the request. */
  readonly from: bigint
  readonly spec: Bytes32
  readonly module: Bytes32
  readonly price: bigint
  /** Blocks over which the offered price climbs to `price`. */
  readonly ramp: number
  /** The last block in which it may be taken. */
  readonly expiry: bigint
  readonly collateralTimes: number
  readonly seatFee: bigint
  readonly runTime: number
  readonly window: number
  readonly seats: number
  readonly rounds: number
  readonly reward: bigint
  readonly isChecked: boolean
  readonly isPublished: boolean
  readonly kind: number
  readonly dataLimit: number
  readonly callbackGas: number
}

/** A contract's request. */
export interface ChainRequest {
  readonly id: Bytes32
  readonly order: Order
  readonly inputs: readonly { readonly name: string; readonly value: string }[]
}

/** How a deal ended, as `Ending` of IOnchainJobs.sol. */
export interface RequestEnding {
  readonly digest: Bytes32
  /** What the deal credited to its creator, in wei. */
  readonly toCreator: bigint
  readonly result: Result
  readonly salt: Bytes32
  /** The block of the result's directory. */
  readonly directory: Hex
  readonly file: Hex
}

/** The job of a request. */
export function jobOfRequest({ order, inputs }: ChainRequest): Job {
  return {
    v: 1,
    module: cidOfDigest(CODEC.dagPb, order.module),
    values: Object.fromEntries(inputs.map(({ name, value }) => [name, value])),
    files: {},
    salt: order.nonce.toString()
  }
}

/** The job's block, as its deal's `spec` names it; undefined where the request is of no job that nodes can read. */
export function jobBlockOf(request: ChainRequest): Uint8Array | undefined {
  try {
    const block = JOB.encode(jobOfRequest(request))
    return toHex(sha256(block)) === request.order.spec ? block : undefined
  } catch {
    return undefined
  }
}

/** The highest price at which a request may be taken in `block`, in wei. */
export function offeredWei({ price, ramp, from }: Order, block: number): bigint {
  const elapsed = BigInt(block) - from
  return elapsed >= BigInt(ramp) ? price : (price * elapsed) / BigInt(ramp)
}

/** A request as a job offer, for the rule that compares offers; undefined where it pays less than any tick. */
export function offerOfRequest(
  { id, order }: ChainRequest,
  creator: Address,
  module: Module
): Offer<JobOffer> | undefined {
  const maxTick = tickAtMost(order.price)
  if (maxTick === undefined || module.limits.wallSec > order.runTime) return undefined
  return {
    id,
    account: creator,
    // It came over the chain, which vouches for it.
    signature: '0x',
    body: {
      v: 1,
      key: new Uint8Array(33),
      seq: 0,
      refBlock: Number(order.from),
      refHash: '0x00000000',
      expiry: Number(order.expiry),
      isCancel: false,
      slot: 0,
      job: cidOfDigest(CODEC.dagCbor, order.spec),
      module: cidOfDigest(CODEC.dagPb, order.module),
      isPublished: order.isPublished,
      runtime: module.runtime,
      arch: module.runtime === 'docker/linux-amd64' ? 'amd64' : null,
      machine: machineOf(module),
      maxTick,
      tipTick: 0,
      target: null,
      collateralTimes: order.collateralTimes,
      runTimeSec: order.runTime,
      windowSec: order.window,
      seats: order.seats,
      rounds: order.rounds,
      seatFeeWei: order.seatFee
    }
  }
}

/** The deal that the provider of `resource` may make of a request at its ask; undefined where they do not fit. */
export function dealOfRequest(
  job: Offer<JobOffer>,
  resource: Offer<ResourceOffer>,
  block: number,
  nonce: bigint
): Deal | undefined {
  if (incompatibility(job, resource) !== undefined) return undefined
  const priceTick = askTickFor(resource.body, job.body.module)
  return { ...dealOfPair({ job, resource, priceTick }, block, nonce), unitPrice: IF_ACCEPTED }
}

/**
 * How many providers go before `account` with a request: who asks less, then by a hash that nobody chooses. Each waits for
 * those before it, so that not all of them pay for a transaction that only the first can make.
 */
export function turnOf(job: Offer<JobOffer>, account: Address, resources: Iterable<Offer<ResourceOffer>>): number {
  const ranks = new Map<Address, string>()
  for (const resource of resources) {
    if (incompatibility(job, resource) !== undefined) continue
    const tick = askTickFor(resource.body, job.body.module).toString().padStart(4, '0')
    const rank = `${tick}/${toHex(sha256(utf8(`${job.id}/${resource.account}`)))}`
    const known = ranks.get(resource.account)
    if (known === undefined || rank < known) ranks.set(resource.account, rank)
  }
  const own = ranks.get(account)
  return own === undefined ? ranks.size : [...ranks.values()].filter(rank => rank < own).length
}

/** The first block in which a request may be taken at a tick. */
export function firstBlockAt({ from, ramp, price }: Order, tick: number): number {
  if (ramp === 0 || price === 0n) return Number(from)
  const wei = priceOfTick(tick)
  return Number(from + (BigInt(ramp) * wei + price - 1n) / price)
}
