/** At which addresses a neighbour knows a peer: what a node without the DHT asks before it dials. */
import { codec, list, struct, text } from './core/codec.ts'

/** Addresses in one answer. */
export const MAX_WHERE_ADDRESSES = 16

/** Request of the `where` stream: a peer id in base58. */
export const WHERE_REQUEST = codec('where request', struct({ peer: text(128) }), 160)

/** Its answer: multiaddrs; none where the peer is not known. */
export const WHERE_ANSWER = codec(
  'where answer',
  struct({ addresses: list(text(512), MAX_WHERE_ADDRESSES) }),
  MAX_WHERE_ADDRESSES * 520
)
