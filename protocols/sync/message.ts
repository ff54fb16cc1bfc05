/**
 * Messages of reconciliation. A session asks a neighbour for fingerprints of ever smaller ranges (`sync`), then for the
 * offers of the ranges that differ (`offers`), naming what it holds there, so that the neighbour sends what is missing on
 * one side and says what is missing on the other; that is then given (`gift`).
 */
import { bytes, codec, integer, list, nullable, oneOf, struct } from '../core/codec.ts'
import { MAX_SIGNED_OFFER_BYTES } from '../offer/offer.ts'
import { MAX_BOUND_BYTES } from './range.ts'
import { PRINT_BYTES } from './snapshot.ts'

/** Ranges of one request for fingerprints, and parts that each is cut into. */
export const MAX_ASKED = 128
export const MAX_PARTS = 16

/** Ranges of one request for offers, and offers of each that the asker may name as known. */
export const MAX_FETCHED = 64
export const MAX_HAVE = 64

/** Offers in one answer. */
export const MAX_OFFERS = 200

/** Offers in one gift: what a cut kept apart is mostly one. */
export const MAX_GIFT = 64

const KIND = oneOf('resource', 'job')
const SALT = bytes(8)
const BASE = integer(0, Number.MAX_SAFE_INTEGER)
const BOUND = bytes(2, MAX_BOUND_BYTES)
const OFFER = bytes(1, MAX_SIGNED_OFFER_BYTES.resource)

/** Asks for fingerprints: of one range that the asker has a fingerprint of, or of some that are known to differ. */
export const SYNC_REQUEST = codec(
  'sync request',
  struct({
    kind: KIND,
    salt: SALT,
    /** Bounds count blocks from here. */
    base: BASE,
    /** The asker's own fingerprint of the only range; where it is the answerer's as well, the answer is empty. */
    print: nullable(bytes(PRINT_BYTES)),
    /** Where each range begins and ends, two a range. */
    bounds: list(BOUND, 2 * MAX_ASKED)
  }),
  10_240
)

/** Fingerprints of the parts of each range that was asked for. */
export const SYNC_ANSWER = codec(
  'sync answer',
  struct({
    /** One byte a range: how many parts it has, and 128 more where each is small enough to be fetched. */
    parts: bytes(0, MAX_ASKED),
    /** Where the parts of a range meet, one less than there are parts. */
    bounds: list(BOUND, MAX_ASKED * (MAX_PARTS - 1)),
    prints: bytes(0, MAX_ASKED * MAX_PARTS * PRINT_BYTES)
  }),
  98_304
)

/** Asks for what some ranges hold beyond what the asker has there. */
export const OFFERS_REQUEST = codec(
  'offers request',
  struct({
    kind: KIND,
    salt: SALT,
    base: BASE,
    bounds: list(BOUND, 2 * MAX_FETCHED),
    /** Short ids that the asker holds, end to end, for each range; of none where it holds too many to name. */
    have: list(bytes(0, MAX_HAVE * PRINT_BYTES), MAX_FETCHED)
  }),
  49_152
)

/** One answer of several: an offer, or at the end what the answerer would like to have. */
export const OFFERS_ENTRY = codec(
  'offers entry',
  struct({
    /** A signed offer as gossiped; null in the last entry. */
    offer: nullable(OFFER),
    /** In the last entry one bit for each short id of the request, in its order: set where the offer is not held. */
    wanted: nullable(bytes(0, (MAX_FETCHED * MAX_HAVE) / 8))
  }),
  MAX_SIGNED_OFFER_BYTES.resource + 600
)

/** Offers that the receiver has asked for. */
export const GIFT = codec('gift', struct({ kind: KIND, offers: list(OFFER, MAX_GIFT) }), 331_776)

/** How many of them it took. */
export const THANKS = codec('thanks', struct({ taken: integer(0, MAX_GIFT) }), 16)

/** @see SYNC_REQUEST */
export type SyncRequest = ReturnType<(typeof SYNC_REQUEST)['decode']>
/** @see SYNC_ANSWER */
export type SyncAnswer = ReturnType<(typeof SYNC_ANSWER)['decode']>
/** @see OFFERS_REQUEST */
export type OffersRequest = ReturnType<(typeof OFFERS_REQUEST)['decode']>
