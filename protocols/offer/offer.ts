/**
 * Offers: what a node gossips. A book entry is a register (account, slot) whose highest seq wins, so that replacing an
 * offer is cancelling it. Times are block numbers (protocol.md section 3).
 */
import { type Address, accountOfPublicKey, PUBLIC_KEY_BYTES } from '../core/account.ts'
import { type Bytes32, concat, type Hex, toHex } from '../core/bytes.ts'
import { address, bytes, cid, codec, flag, hex, integer, list, nullable, oneOf, struct, uint } from '../core/codec.ts'
import { sha256 } from '../core/hash.ts'
import { utf8 } from '../core/utf8.ts'
import {
  MAX_COLLATERAL_TIMES,
  MAX_JOB_SLOTS,
  MAX_RESOURCE_SLOTS,
  MAX_ROUNDS,
  MAX_RUN_TIME_SEC,
  MAX_SEATS,
  MAX_SLICES,
  MAX_TIP_TICKS
} from '../params.ts'
import { ARCHES, MACHINE, RUNTIMES } from './machine.ts'
import { MAX_PRICE_TICK } from './price.ts'

const BLOCK = integer(0, Number.MAX_SAFE_INTEGER)
const TICK = integer(0, MAX_PRICE_TICK)

/** What every offer begins with. */
const HEAD = {
  v: integer(1, 1),
  /** The compressed public key of the account; account and peer id follow from it. */
  key: bytes(PUBLIC_KEY_BYTES),
  /** Replaces lower ones of the same account and slot. */
  seq: integer(0, Number.MAX_SAFE_INTEGER),
  /** The block that the sender had seen, and the first bytes of its hash: which fork it speaks of, and its age. */
  refBlock: BLOCK,
  refHash: hex(4),
  /** The last block in which it may be matched. */
  expiry: BLOCK,
  /** An empty slot: what was offered before is withdrawn. */
  isCancel: flag()
} as const

/** What a provider sells: slices of a machine, at an ask. */
export const RESOURCE_OFFER = struct({
  ...HEAD,
  slot: integer(0, MAX_RESOURCE_SLOTS - 1),
  machine: MACHINE,
  arch: oneOf(...ARCHES),
  slices: integer(1, MAX_SLICES),
  runtimes: list(oneOf(...RUNTIMES), RUNTIMES.length),
  /** Modules that it runs; null is any. */
  modules: nullable(list(cid(), 64)),
  askTick: TICK,
  moduleAsks: list(struct({ module: cid(), askTick: TICK }), 8),
  /** Collateral that it puts up, as a multiple of the price. */
  collateralTimes: integer(0, MAX_COLLATERAL_TIMES),
  /** The longest run and challenge window that it accepts, in seconds. */
  maxRunTimeSec: integer(1, MAX_RUN_TIME_SEC),
  maxWindowSec: integer(1, MAX_RUN_TIME_SEC)
})

/** What a creator asks for: a job, the machine that it needs, and the most it pays. */
export const JOB_OFFER = struct({
  ...HEAD,
  slot: integer(0, MAX_JOB_SLOTS - 1),
  /** The job's spec: module and inputs. */
  job: cid(),
  module: cid(),
  /** Whether the registry knows the module: the deal then names it, and its author has a fee of what is earned. */
  isPublished: flag(),
  runtime: oneOf(...RUNTIMES),
  arch: nullable(oneOf(...ARCHES)),
  machine: MACHINE,
  maxTick: TICK,
  /** Ticks above the ask that it pays to be served before others. */
  tipTick: integer(0, MAX_TIP_TICKS),
  /** The only provider that may take it; null is any. */
  target: nullable(address()),
  collateralTimes: integer(0, MAX_COLLATERAL_TIMES),
  runTimeSec: integer(1, MAX_RUN_TIME_SEC),
  windowSec: integer(1, MAX_RUN_TIME_SEC),
  seats: integer(1, MAX_SEATS),
  rounds: integer(1, MAX_ROUNDS),
  /** Wei that a mediator is paid for a seat. */
  seatFeeWei: uint(96)
})

/** @see RESOURCE_OFFER */
export type ResourceOffer = ReturnType<(typeof RESOURCE_OFFER)['fromCbor']>
/** @see JOB_OFFER */
export type JobOffer = ReturnType<(typeof JOB_OFFER)['fromCbor']>
/** Either kind. */
export type OfferBody = ResourceOffer | JobOffer

/** The kinds of offers; also the last part but one of the gossip topic. */
export type OfferKind = 'resource' | 'job'

/** The market that an offer is for: offers of another one are not heard here. */
export interface MarketDomain {
  readonly chainId: bigint
  readonly market: Address
}

/** Longest signed offer of a kind, in bytes: gossip carries nothing longer. */
export const MAX_SIGNED_OFFER_BYTES = { resource: 5120, job: 2048 } as const

const RESOURCE_BODY = codec('resource offer', RESOURCE_OFFER, MAX_SIGNED_OFFER_BYTES.resource)
const JOB_BODY = codec('job offer', JOB_OFFER, MAX_SIGNED_OFFER_BYTES.job)

/** The bytes of an offer without its signature. */
export function encodeOffer(kind: 'resource', offer: ResourceOffer): Uint8Array
export function encodeOffer(kind: 'job', offer: JobOffer): Uint8Array
export function encodeOffer(kind: OfferKind, offer: OfferBody): Uint8Array {
  return kind === 'resource' ? RESOURCE_BODY.encode(offer as ResourceOffer) : JOB_BODY.encode(offer as JobOffer)
}

/** What the account signs (and SHA-256 then hashes): the domain and the offer's bytes. */
export function offerPreimage(kind: OfferKind, domain: MarketDomain, body: Uint8Array): Uint8Array {
  return concat(utf8(`lilynode/offer/${kind}/${domain.chainId}/${domain.market}/`), body)
}

/** An offer as heard: authenticated, with what follows from its bytes. */
export interface Offer<Body extends OfferBody = OfferBody> {
  /** SHA-256 of the preimage: names the offer in deals. */
  readonly id: Bytes32
  readonly account: Address
  readonly body: Body
  /** 64 bytes, r and s, low s. */
  readonly signature: Hex
  /** The block from which its age counts, where that is not its `refBlock`: it came late. @see ageFromOf */
  readonly ageFrom?: number
}

/** An offer from its parts; the signature is not checked here. */
export function offerOf<Body extends OfferBody>(preimage: Uint8Array, body: Body, signature: Uint8Array): Offer<Body> {
  return { id: toHex(sha256(preimage)), account: accountOfPublicKey(body.key), body, signature: toHex(signature) }
}

/** A signed offer on the wire. */
export const SIGNED_RESOURCE_OFFER = codec(
  'signed resource offer',
  struct({ offer: RESOURCE_OFFER, signature: bytes(64) }),
  MAX_SIGNED_OFFER_BYTES.resource
)
/** @see SIGNED_RESOURCE_OFFER */
export const SIGNED_JOB_OFFER = codec(
  'signed job offer',
  struct({ offer: JOB_OFFER, signature: bytes(64) }),
  MAX_SIGNED_OFFER_BYTES.job
)

/** What stands in a signed offer before the offer (a map of two, "offer") and after it ("signature", its 64 bytes). */
const SIGNED_HEAD_BYTES = 1 + 6
const SIGNED_TAIL_BYTES = 10 + 2 + 64

/** The bytes of the offer in those of a signed one, where they are one: what {@link encodeOffer} would give again. */
export function signedPart(signed: Uint8Array): Uint8Array {
  return signed.subarray(SIGNED_HEAD_BYTES, signed.length - SIGNED_TAIL_BYTES)
}
