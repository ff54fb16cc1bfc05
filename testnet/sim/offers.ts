/**
 * A synthetic market: twelve kinds of machines, sixteen modules, prices log-normal around what each kind costs. A model, not
 * a record of any real market (matching.md section 8 says what it leaves out).
 */
import { type Address, ZERO_ADDRESS } from '../../protocols/core/account.ts'
import { type Bytes32, toHex } from '../../protocols/core/bytes.ts'
import { type CID, CODEC, cidOfBlock } from '../../protocols/core/cid.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import type { ChainFacts } from '../../protocols/match/match.ts'
import type { Machine } from '../../protocols/offer/machine.ts'
import type { JobOffer, Offer, OfferBody, ResourceOffer } from '../../protocols/offer/offer.ts'
import { MAX_PRICE_TICK } from '../../protocols/offer/price.ts'
import { MAX_TIP_TICKS, OFFER_MAX_LIFE_BLOCKS } from '../../protocols/params.ts'
import type { Dice } from './dice.ts'

/** The tick of a price of 1; prices of the model lie a few doublings around it. */
const BASE_TICK = 240

const gpu = (model: string, vramGiB: number) => ({ model, vramMiB: vramGiB * 1024 })
const kind = (cores: number, memoryGiB: number, price: number, gpus: Machine['gpus'] = []) => ({
  machine: { cpuMilli: cores * 1000, memoryMiB: memoryGiB * 1024, diskMiB: 100 * 1024, gpus },
  price
})

/** Kinds of machines with what an hour of each costs in the model's unit. */
export const KINDS = [
  kind(1, 2, 1),
  kind(2, 4, 1.8),
  kind(4, 8, 3.4),
  kind(8, 16, 6.5),
  kind(16, 32, 12.5),
  kind(4, 32, 5),
  kind(8, 64, 10),
  kind(4, 16, 8, [gpu('t4', 16)]),
  kind(8, 32, 16, [gpu('l4', 24)]),
  kind(8, 32, 20, [gpu('rtx4090', 24)]),
  kind(16, 64, 40, [gpu('a100', 40)]),
  kind(16, 128, 80, [gpu('h100', 80)])
] as const

/** Modules of the model. */
export const MODULES: readonly CID[] = Array.from({ length: 16 }, (_, i) =>
  cidOfBlock(CODEC.dagPb, utf8(`module ${i}`))
)

/** 32 bytes that follow from a text. */
export function idOf(text: string): Bytes32 {
  return toHex(sha256(utf8(text)))
}

/** An account that follows from a text; nobody has its key. */
export function accountOf(text: string): Address {
  return toHex(sha256(utf8(text)).subarray(12))
}

/** What a model's offer says beside what the dice say. */
export interface Frame {
  readonly account: Address
  readonly slot: number
  readonly refBlock: number
}

/** What is true value in the model: what a job is worth to its creator and costs its provider, in the unit of prices. */
export interface Valued<Body extends OfferBody> {
  readonly offer: Offer<Body>
  readonly worth: number
}

/** A resource offer that asks its cost. `discount` of 0.6 asks 40 % less than that. */
export function drawResource(dice: Dice, name: string, frame: Frame, discount = 1): Valued<ResourceOffer> {
  const { machine, price } = dice.pick(KINDS)
  const cost = dice.logNormal(price, 0.35)
  const body: ResourceOffer = {
    ...headOf(frame),
    machine,
    arch: 'amd64',
    slices: 1,
    runtimes: ['docker/linux-amd64', 'lily-wasi/1'],
    modules: dice.chance(0.3) ? someModules(dice) : null,
    askTick: Math.ceil(tickOf(cost * discount)),
    moduleAsks: [],
    collateralTimes: 100,
    maxRunTimeSec: 86_400,
    maxWindowSec: 86_400
  }
  return { offer: offerOf(name, frame.account, body), worth: cost }
}

/** How creators tip: not at all with 0 levels, else up to so many ticks. */
export interface JobStyle {
  readonly tipLevels: number
}

/** A job offer that pays up to what it is worth. */
export function drawJob(dice: Dice, name: string, frame: Frame, { tipLevels }: JobStyle): Valued<JobOffer> {
  const { machine, price } = dice.pick(KINDS)
  const worth = dice.logNormal(price * 1.6, 0.5)
  const maxTick = Math.floor(tickOf(worth))
  const body: JobOffer = {
    ...headOf(frame),
    job: cidOfBlock(CODEC.dagCbor, utf8(`job ${name}`)),
    module: dice.pick(MODULES),
    isPublished: false,
    runtime: 'docker/linux-amd64',
    arch: 'amd64',
    machine,
    maxTick,
    tipTick: tipOf(worth / price, tipLevels),
    target: null,
    collateralTimes: 10,
    runTimeSec: 3600,
    windowSec: 600,
    seats: 3,
    rounds: 2,
    seatFeeWei: 1n
  }
  return { offer: offerOf(name, frame.account, body), worth }
}

/** Markets for measuring the rule: everybody with one slot, everything free. */
export function drawMarket(dice: Dice, jobs: number, resources: number, style: JobStyle, refBlock: number) {
  const frame = (name: string): Frame => ({ account: accountOf(name), slot: 0, refBlock })
  const [ofJobs, ofResources] = [dice.fork('jobs'), dice.fork('resources')]
  return {
    jobs: Array.from({ length: jobs }, (_, i) => drawJob(ofJobs, `job ${i}`, frame(`creator ${i}`), style)),
    resources: Array.from({ length: resources }, (_, i) => drawResource(ofResources, `resource ${i}`, frame(`rp ${i}`)))
  }
}

/** A chain on which everybody has slots enough and nothing is in use. */
export const IDLE_CHAIN: ChainFacts = {
  unitsInUse: () => 0,
  resourceSlots: () => 16,
  jobSlots: () => 64,
  isTaken: () => false
}

function tickOf(price: number): number {
  return Math.min(Math.max(BASE_TICK + 8 * Math.log2(price), 0), MAX_PRICE_TICK)
}

/** A creator that tips gives half of what the job is worth over the usual price, up to the highest level. */
function tipOf(surplus: number, levels: number): number {
  return Math.min(Math.round(4 * Math.log2(Math.max(surplus, 1))), levels, MAX_TIP_TICKS)
}

function someModules(dice: Dice): readonly CID[] {
  const chosen = MODULES.filter(() => dice.chance(0.5))
  return chosen.sort((a, b) => (a.toString() < b.toString() ? -1 : 1))
}

function headOf({ slot, refBlock }: Frame) {
  const expiry = refBlock + OFFER_MAX_LIFE_BLOCKS
  return {
    v: 1,
    key: new Uint8Array(33),
    seq: 0,
    refBlock,
    refHash: '0x00000000',
    expiry,
    isCancel: false,
    slot
  } as const
}

function offerOf<Body extends OfferBody>(name: string, account: Address, body: Body): Offer<Body> {
  return {
    id: idOf(`${name}/${account === ZERO_ADDRESS ? '' : account}/${body.refBlock}`),
    account,
    body,
    signature: '0x'
  }
}
