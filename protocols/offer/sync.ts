/**
 * Offers that a neighbour holds, page by page: how a node that joins late gets the book. An entry is the very message that
 * was gossiped, so it passes the same decoder, the same rule and the same signature check.
 */
import { bytes, codec, hex, nullable, oneOf, struct } from '../core/codec.ts'
import { MAX_SIGNED_OFFER_BYTES } from './offer.ts'

/** Request of the `sync` stream: the offers of a kind whose id follows `after`, in ascending order; null is the first page. */
export const SYNC_REQUEST = codec(
  'sync request',
  struct({ kind: oneOf('resource', 'job'), after: nullable(hex(32)) }),
  128
)

/** One answer of many: a signed offer of the asked kind. */
export const SYNC_ENTRY = codec(
  'sync entry',
  struct({ offer: bytes(1, MAX_SIGNED_OFFER_BYTES.resource) }),
  MAX_SIGNED_OFFER_BYTES.resource + 16
)

/** @see SYNC_REQUEST */
export type SyncRequest = ReturnType<(typeof SYNC_REQUEST)['decode']>
