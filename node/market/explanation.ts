/** Explanations: what `lilynode explain` and `lilynode offers check` say, for people and as values. */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { DealId } from '../../protocols/deal/deal.ts'

/**
 * How a job came to where it is. `by-rule`: the rule's own pair. `next-in-rank`: all that came before were taken or said
 * no. `off-rule`: something better was passed over for no reason that this node can see, or the terms are not the offers'.
 * `unseen`: an offer that the deal names was never heard here. `waiting`, `unmatched`: there is no deal, and the rule gives
 * the job a partner at the head, or none.
 */
export type ExplainVerdict = 'by-rule' | 'next-in-rank' | 'off-rule' | 'unseen' | 'waiting' | 'unmatched'

/** A provider's offer as it stood for the job. */
export interface ExplainedPlace {
  readonly rank: number
  readonly provider: Address
  readonly resourceOffer: Bytes32
  readonly priceWei: bigint
  /** The rule's choice. */
  readonly isPartner: boolean
  /** Where the deal went. */
  readonly isDeal: boolean
  /** Why the job did not go there though it came before, where that can be seen. */
  readonly reason?: string
}

/** Why a job went where it went, or where it may go. */
export interface JobExplanation {
  readonly kind: 'job'
  /** The job offer's id. */
  readonly id: Bytes32
  readonly verdict: ExplainVerdict
  /** What follows from it, in a sentence. */
  readonly words: string
  /** The block whose round is shown: in which the deal was signed, else the head. */
  readonly block: number
  readonly creator?: Address
  readonly deal?: {
    readonly id: DealId
    readonly provider: Address
    readonly resourceOffer: Bytes32
    readonly priceWei: bigint
    readonly committedAt: number
  }
  /** The pair that the rule makes of what this node saw. */
  readonly partner?: { readonly provider: Address; readonly resourceOffer: Bytes32; readonly priceWei: bigint }
  readonly ranking: readonly ExplainedPlace[]
  /** Offers that were out of the question. */
  readonly unfit: readonly {
    readonly provider: Address
    readonly resourceOffer: Bytes32
    readonly code: string
    readonly detail: string
  }[]
  /** Offers that the deal names and this node had not seen. */
  readonly unseen: readonly { readonly kind: 'job' | 'resource'; readonly id: Bytes32 }[]
  /** Set where this node joined after the block: it tells from what it heard later. */
  readonly joinedAt?: number
}

/** Why an offer of a machine has the jobs that it has. */
export interface ResourceExplanation {
  readonly kind: 'resource'
  readonly id: Bytes32
  readonly provider: Address
  readonly block: number
  readonly words: string
  /** Jobs that became deals lately, and those that wait, newest first. */
  readonly jobs: readonly {
    readonly job: Bytes32
    readonly block: number
    /** Who has it; absent where it waits. */
    readonly provider?: Address
    /** What it pays there, or would pay here. */
    readonly priceWei: bigint
    /** This offer's place in the job's ranking; absent where it was out of the question. */
    readonly rank?: number
    readonly isPartner: boolean
    /** Why it is not here. */
    readonly reason?: string
  }[]
}

/** @see JobExplanation, ResourceExplanation */
export type Explanation = JobExplanation | ResourceExplanation

/** How a provider's offer fares. */
export interface OfferCheck {
  readonly id: Bytes32
  readonly block: number
  readonly askWei: bigint
  /** Neighbours that were asked for it; `undefined` in `hasIt` is no answer. */
  readonly peers: readonly { readonly peerId: string; readonly hasIt: boolean | undefined }[]
  /** Its place by price among the offers that could do the same jobs: 1 is the cheapest. */
  readonly priceRank: number
  readonly rivals: number
  readonly cheapestWei: bigint
  /** The last proposals that were not taken, newest first. */
  readonly declined: readonly {
    readonly block: number
    readonly job: Bytes32
    readonly creator: Address
    readonly code: string
    readonly reason: string
  }[]
  /** What the rule would have brought at other asks, of the deals made in the last blocks. */
  readonly earnings: readonly { readonly askWei: bigint; readonly deals: number; readonly totalWei: bigint }[]
  readonly earningsFromBlock: number
}
