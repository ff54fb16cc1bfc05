/**
 * What the rule says for this node's own jobs at the head: the partner of each, who comes next when it is busy, and why
 * nobody does. Computed once per block, however many jobs ask. Step 2 of a job's life.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { IncrementalMatch } from '../../protocols/match/incremental.ts'
import { type Pair, ranking } from '../../protocols/match/match.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import type { Facts } from './facts.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions, BlockRef, Chain } from './ports.ts'
import { whyWaiting } from './waiting.ts'

/** Where a job may go. */
export interface Candidates {
  /** The block in whose round they were ranked; a deal with one of them is signed for it. */
  readonly block: number
  /** Best first: the rule's partner, then the others in order of rank. */
  readonly pairs: readonly Pair[]
}

/** Who finds partners for jobs. */
export interface Ranker {
  candidates(job: Offer<JobOffer>, options?: AbortOptions): Promise<Candidates>
  /** Why no offer of the book fits a job. */
  reasonsAgainst(job: Offer<JobOffer>): string
}

/** The rule applied to one block. */
interface Played {
  readonly head: BlockRef
  readonly pairs: ReadonlyMap<Bytes32, Pair>
}

/** The rule over this node's view. */
export class Matches implements Ranker {
  readonly #chain: Chain
  readonly #offers: Offers
  readonly #facts: Facts
  readonly #rule = new IncrementalMatch()
  #at: { readonly hash: Bytes32; readonly played: Promise<Played> } | undefined

  constructor(chain: Chain, offers: Offers, facts: Facts) {
    this.#chain = chain
    this.#offers = offers
    this.#facts = facts
  }

  async candidates(job: Offer<JobOffer>, options: AbortOptions = {}): Promise<Candidates> {
    const { head, pairs } = await this.#playedAtHead(options)
    const partner = pairs.get(job.id)
    const ranked = ranking(job, this.#view(head.number), head.number, head.hash, this.#facts)
    if (partner === undefined) return { block: head.number, pairs: ranked }
    const others = ranked.filter(pair => pair.resource.id !== partner.resource.id)
    return { block: head.number, pairs: [partner, ...others] }
  }

  reasonsAgainst(job: Offer<JobOffer>): string {
    return whyWaiting(job, [...this.#offers.resources.live(this.#chain.head().number)])
  }

  #playedAtHead(options: AbortOptions): Promise<Played> {
    const { hash } = this.#chain.head()
    if (this.#at?.hash !== hash) {
      const played = this.#play(options)
      this.#at = { hash, played }
      // A failure (the RPC is down) is not kept: the next asker computes again.
      played.catch(() => {
        this.#at = undefined
      })
    }
    return this.#at.played
  }

  async #play(options: AbortOptions): Promise<Played> {
    const { jobs, resources } = this.#view(this.#chain.head().number)
    await this.#facts.refresh(
      [...jobs, ...resources].map(({ account }) => account),
      options
    )
    // From here on nothing is awaited: block, seed, offers and facts are of one moment, and anybody can play it again.
    const head = this.#chain.head()
    const pairs = this.#rule.match(this.#view(head.number), head.number, head.hash, this.#facts)
    return { head, pairs: new Map(pairs.map(pair => [pair.job.id, pair])) }
  }

  #view(block: number): { readonly jobs: Offer<JobOffer>[]; readonly resources: Offer<ResourceOffer>[] } {
    return { jobs: [...this.#offers.jobs.live(block)], resources: [...this.#offers.resources.live(block)] }
  }
}
