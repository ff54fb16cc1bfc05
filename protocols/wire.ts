/**
 * One table of everything that travels: each message with its topic or stream, codec, longest size and rate. Handlers,
 * validators and tests are derived from it, so a message without its codec and limits does not compile.
 */

import type { Codec } from './core/codec.ts'
import { DEAL_ANSWER, PROPOSAL } from './deal/proposal.ts'
import type { MarketDomain } from './offer/offer.ts'
import { SIGNED_JOB_OFFER, SIGNED_RESOURCE_OFFER } from './offer/offer.ts'
import { MAX_JOB_SLOTS, MAX_RESOURCE_SLOTS } from './params.ts'
import { RESULT_ANSWER, RESULT_REQUEST } from './result/handover.ts'
import { LOGS_PIECE, LOGS_REQUEST, MAX_LOGS_BYTES } from './run/logs.ts'
import { STATUS, STATUS_REQUEST } from './status.ts'
import { GIFT, OFFERS_ENTRY, OFFERS_REQUEST, SYNC_ANSWER, SYNC_REQUEST, THANKS } from './sync/message.ts'
import { WHERE_ANSWER, WHERE_REQUEST } from './where.ts'

/** A gossiped message. */
export interface GossipMessage<T> {
  readonly codec: Codec<T>
  /** Messages of one peer that are looked at per second; beyond it they are ignored. Bursts of twice that pass. */
  readonly perSecond: number
  /** Messages of one account that are passed on per second, whoever brings them: each of its slots once in four blocks. */
  readonly ownPerSecond: number
  /** How many of them at once: each of its slots twice. */
  readonly ownBurst: number
}

/** A request and its answers over a stream of its own. */
export interface StreamMessage<Q, A> {
  readonly protocol: string
  readonly request: Codec<Q>
  readonly answer: Codec<A>
  readonly maxRequestBytes: number
  /** All answers of one request together. */
  readonly maxResponseBytes: number
  /** Requests of one peer that are answered per second. */
  readonly perSecond: number
  readonly timeoutMs: number
}

/** Gossip: small signed offers only. A forwarder relays the whole network's offers, hence the rates. */
export const GOSSIP = {
  resource: { codec: SIGNED_RESOURCE_OFFER, perSecond: 200, ownPerSecond: 4, ownBurst: 2 * MAX_RESOURCE_SLOTS },
  job: { codec: SIGNED_JOB_OFFER, perSecond: 200, ownPerSecond: 16, ownBurst: 2 * MAX_JOB_SLOTS }
} as const

/** The topic of a kind of offers on a market. */
export function topicOf(kind: keyof typeof GOSSIP, domain: MarketDomain): string {
  return `/lilynode/${domain.chainId}/${domain.market}/${kind}/1`
}

/** All answers of one request for offers: 200 of the longest. */
const MAX_OFFERS_BYTES = 1152 * 1024

/** Streams: everything between two parties. */
export const STREAMS = {
  /** The creator proposes a signed deal for its job offer; the provider answers once. */
  deal: stream('/lilynode/deal/1', PROPOSAL, DEAL_ANSWER, { perSecond: 20, timeoutMs: 15_000 }),
  /** Fingerprints of ranges of the offers that a neighbour holds; a session of reconciliation asks some five times. */
  sync: stream('/lilynode/sync/1', SYNC_REQUEST, SYNC_ANSWER, { perSecond: 16, timeoutMs: 20_000 }),
  /** The offers of some ranges; many answers. A node that joins asks for batch after batch. */
  offers: stream('/lilynode/offers/1', OFFERS_REQUEST, OFFERS_ENTRY, {
    perSecond: 8,
    timeoutMs: 20_000,
    maxResponseBytes: MAX_OFFERS_BYTES
  }),
  /** Offers that the receiver has said it lacks. */
  gift: stream('/lilynode/gift/1', GIFT, THANKS, { perSecond: 4, timeoutMs: 20_000 }),
  /** The creator asks for the opened result of its deal, or hands over its acceptance of it. */
  result: stream('/lilynode/result/1', RESULT_REQUEST, RESULT_ANSWER, { perSecond: 20, timeoutMs: 10_000 }),
  /** The creator asks what its job has printed; many pieces a turn, and turn after turn while the job runs. */
  logs: stream('/lilynode/logs/1', LOGS_REQUEST, LOGS_PIECE, {
    perSecond: 8,
    timeoutMs: 30_000,
    maxResponseBytes: MAX_LOGS_BYTES
  }),
  /** Where a peer can be dialled; pages ask, which have no DHT. */
  where: stream('/lilynode/where/1', WHERE_REQUEST, WHERE_ANSWER, { perSecond: 8, timeoutMs: 3_000 }),
  /** What a node says of itself. */
  status: stream('/lilynode/status/1', STATUS_REQUEST, STATUS, { perSecond: 2, timeoutMs: 5_000 })
} as const

function stream<Q, A>(
  protocol: string,
  request: Codec<Q>,
  answer: Codec<A>,
  limits: { readonly perSecond: number; readonly timeoutMs: number; readonly maxResponseBytes?: number }
): StreamMessage<Q, A> {
  return { protocol, request, answer, maxRequestBytes: request.maxBytes, maxResponseBytes: answer.maxBytes, ...limits }
}
