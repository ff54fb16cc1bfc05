/** At which addresses a neighbour knows a peer: what a node without the DHT asks before it dials. */
import { codec, list, nullable, struct, text } from './core/codec.ts'

/** Addresses in one answer. */
export const MAX_WHERE_ADDRESSES = 16

/** Request of the `where` stream: a peer id in base58; null asks for anybody whom a browser can dial. */
export const WHERE_REQUEST = codec('where request', struct({ peer: nullable(text(128)) }), 160)

/** Its answer: multiaddrs, of anybody with the peer id at the end; none where nobody is known. */
export const WHERE_ANSWER = codec(
  'where answer',
  struct({ addresses: list(text(512), MAX_WHERE_ADDRESSES) }),
  MAX_WHERE_ADDRESSES * 520
)
