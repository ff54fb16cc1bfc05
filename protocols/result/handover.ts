/** How a result is handed over off chain: the creator asks for what opens the commitment, and may give its acceptance. */
import { bytes, codec, hex, nullable, oneOf, struct } from '../core/codec.ts'
import { OPENED } from './result.ts'

/** Request of the `result` stream; only the deal's creator is answered. */
export const RESULT_REQUEST = codec(
  'result request',
  struct({
    deal: hex(32),
    /** The creator's signature over the acceptance of the result; null while it only asks. */
    acceptance: nullable(bytes(64, 65))
  }),
  256
)

/** How far the provider is: it does not know the deal, runs it, has its result, or took the acceptance. */
export const RESULT_STATES = ['unknown', 'running', 'ready', 'taken'] as const

/** Its answer: the result with its salt; null as long as there is none. */
export const RESULT_ANSWER = codec(
  'result answer',
  struct({ state: oneOf(...RESULT_STATES), opened: nullable(OPENED) }),
  512
)

/** @see RESULT_ANSWER */
export type ResultAnswer = ReturnType<(typeof RESULT_ANSWER)['decode']>
