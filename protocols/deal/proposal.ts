/** How a deal is proposed, and what a provider answers. What binds is the signatures, and the commit on chain. */
import { bytes, codec, nullable, oneOf, struct, text } from '../core/codec.ts'
import { JOB_OFFER } from '../offer/offer.ts'
import { DEAL } from './deal.ts'

/** Request of the `deal` stream: the deal, signed, and the offer that it came from, which the provider may not have heard. */
export const PROPOSAL = codec(
  'proposal',
  struct({ deal: DEAL, signature: bytes(64, 65), offer: JOB_OFFER, offerSignature: bytes(64) }),
  4096
)

/** @see PROPOSAL */
export type Proposal = ReturnType<(typeof PROPOSAL)['decode']>

/**
 * The answers: it will commit; it has no free unit; it still fetches the job's data (ask again in a later block); its units are for jobs
 * that come before; the deal breaks a rule.
 */
export const DEAL_ANSWERS = ['accept', 'busy', 'fetching', 'better', 'refuse'] as const

/** Why a provider says no, beside what is wrong with the terms (`DealCode`) and with the job's data. */
export type AnswerCode =
  | 'DEAL_OFFER_UNKNOWN'
  | 'DEAL_BAD_SIGNATURE'
  | 'DEAL_TAKEN'
  | 'DEAL_UNFUNDED'
  | 'DEAL_MODULE_UNKNOWN'
  | 'DEAL_NO_ROOM'
  | 'DEAL_BETTER'
  | 'DEAL_FETCHING'
  | 'DEAL_COMMITTING'
  | 'DEAL_REVERTED'

/** Answer of the `deal` stream. */
export const DEAL_ANSWER = codec(
  'deal answer',
  struct({
    answer: oneOf(...DEAL_ANSWERS),
    /** Why not, as a stable code; empty with `accept`. */
    code: text(64),
    /** The same in words, for the creator's log. */
    detail: text(256),
    /** With `accept` the provider's over the deal's id: with it the creator may commit the deal itself. */
    signature: nullable(bytes(64, 65))
  }),
  512
)

/** @see DEAL_ANSWER */
export type DealAnswer = ReturnType<(typeof DEAL_ANSWER)['decode']>
