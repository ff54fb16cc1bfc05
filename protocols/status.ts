/** What a node says of itself to whoever asks; believed by nobody, shown to people. */
import { codec, integer, list, oneOf, struct, text, uint } from './core/codec.ts'
import { RUNTIMES } from './offer/machine.ts'

/** Request of the `status` stream: an empty map. */
export const STATUS_REQUEST = codec('status request', struct({}), 16)

/** Its answer. */
export const STATUS = codec(
  'status',
  struct({
    /** Name and version of the software, e.g. `lilynode/0.1.0`. */
    agent: text(64),
    chainId: uint(64),
    /** Number of the block that it follows. */
    head: integer(0, Number.MAX_SAFE_INTEGER),
    roles: list(oneOf('rp', 'jc', 'mediator'), 3),
    runtimes: list(oneOf(...RUNTIMES), RUNTIMES.length),
    /** Offers in its book. */
    resourceOffers: integer(0, 0xffffffff),
    jobOffers: integer(0, 0xffffffff)
  }),
  512
)

/** @see STATUS */
export type Status = ReturnType<(typeof STATUS)['decode']>
