/**
 * What the rule says for this node's own jobs at the head: the partner of each, who comes next when it is busy, and why
 * nobody does. Computed once per block, however many jobs ask. Step 2 of a job's life.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { isEarly, spare } from '../../protocols/match/early.ts'
import { IncrementalMatch } from '../../protocols/match/incremental.ts'
import { type Pair, ranking } from '../../protocols/match/match.ts'
import { comparePairs, rankedPair, slotHasher } from '../../protocols/match/rank.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import type { Facts } from './facts.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions, BlockRef, Chain } from './ports.ts'
import { whyWaiting } from './waiting.ts'

/** Where a job may go. */
export interface Candidates {
  /** The block in whose round they were ranked; a deal with one of them is signed for it. */
  readonly block: number
  /** Best first: the rule's partner, then the others in order of rank; for a job that is new, those with a spare unit. */
  readonly pairs: readonly Pair[]
}

/** What the creator knows, and the chain does not show yet. */
export interface CandidatesOptions extends AbortOptions {
  /** Pairs that hold a unit: their providers said yes. */
  readonly promised?: readonly Pair[]
}

/** Who finds partners for jobs. */
export interface Ranker {
  candidates(job: Offer<JobOffer>, options?: CandidatesOptions): Promise<Candidates>
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

  async candidates(job: Offer<JobOffer>, options: CandidatesOptions = {}): Promise<Candidates> {
    const { head, pairs } = await this.#playedAtHead(options)
    const view = this.#view(head.number)
    if (isEarly(job.body, head.number)) {
      // What the rule gives a job of ours stays given, whoever said yes to it: so it looks to everybody else.
      const ours = (options.promised ?? []).filter(pair => pairs.get(pair.job.id)?.resource.id !== pair.resource.id)
      const gone = [...pairs.values(), ...ours]
      return { block: head.number, pairs: spare(job, view, head.number, head.hash, this.#facts, gone) }
    }
    const partner = pairs.get(job.id)
    const ranked = ranking(job, view, head.number, head.hash, this.#facts)
    if (partner === undefined) return { block: head.number, pairs: ranked }
    const others = ranked.filter(pair => pair.resource.id !== partner.resource.id)
    return { block: head.number, pairs: [partner, ...others] }
  }

  /** The jobs that the rule gives the units of a provider's slot, at the head. */
  async givenTo(resource: Offer<ResourceOffer>, options: AbortOptions = {}): Promise<readonly Offer<JobOffer>[]> {
    const { account, body } = resource
    const { pairs } = await this.#playedAtHead(options)
    const given = [...pairs.values()].filter(pair => pair.resource.account === account)
    return given.filter(pair => pair.resource.body.slot === body.slot).map(({ job }) => job)
  }

  /** Pairs in the order of the rule at the head, the first to be served first. */
  inRank<T extends Pick<Pair, 'job' | 'resource'>>(pairs: readonly T[]): readonly T[] {
    const { number, hash } = this.#chain.head()
    const hashOf = slotHasher(hash)
    const ranked = pairs.map(pair => {
      // The book knows since when a job waits here.
      const job = this.#offers.jobs.heard.find(pair.job.id)?.offer ?? pair.job
      return { pair, rank: rankedPair(job, pair.resource, number, hashOf) }
    })
    return ranked.sort((a, b) => comparePairs(a.rank, b.rank)).map(({ pair }) => pair)
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
