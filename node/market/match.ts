/**
 * What the rule says for this node's own jobs at the head: the partner of each, who comes next when it is busy, and why
 * nobody does. Computed once per block, however many jobs ask. Step 2 of a job's life.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { incompatibility } from '../../protocols/match/compatible.ts'
import { IncrementalMatch } from '../../protocols/match/incremental.ts'
import { type Pair, ranking } from '../../protocols/match/match.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import type { Facts } from './facts.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions, BlockRef, Chain } from './ports.ts'

/** The rule over this node's view. */
export class Matches {
  readonly #chain: Chain
  readonly #offers: Offers
  readonly #facts: Facts
  readonly #rule = new IncrementalMatch()
  #at: { readonly hash: Bytes32; readonly pairs: Promise<ReadonlyMap<Bytes32, Pair>> } | undefined

  constructor(chain: Chain, offers: Offers, facts: Facts) {
    this.#chain = chain
    this.#offers = offers
    this.#facts = facts
  }

  /** Where a job may go at the head, best first: its partner by the rule, then the others in order of rank. */
  async candidates(job: Offer<JobOffer>, options: AbortOptions = {}): Promise<readonly Pair[]> {
    const head = this.#chain.head()
    const pairs = await this.#pairsAt(head, options)
    const ranked = ranking(job, this.#view(head.number), head.number, head.hash, this.#facts)
    const partner = pairs.get(job.id)
    if (partner === undefined) return ranked
    return [partner, ...ranked.filter(pair => pair.resource.id !== partner.resource.id)]
  }

  /** Why no offer of the book fits a job: the commonest reason, with how many offers it is true of. */
  reasonsAgainst(job: Offer<JobOffer>): string {
    const counts = new Map<string, { count: number; detail: string }>()
    let offers = 0
    for (const resource of this.#offers.resources.live(this.#chain.head().number)) {
      offers += 1
      const clash = incompatibility(job, resource)
      if (clash === undefined) continue
      const known = counts.get(clash.code)
      counts.set(clash.code, { count: (known?.count ?? 0) + 1, detail: known?.detail ?? clash.detail })
    }
    if (offers === 0) return 'no provider has an offer'
    if (counts.size === 0) return `${offers} offers fit, none has a free unit`
    const commonest = [...counts].sort(([, a], [, b]) => b.count - a.count)
    return commonest.map(([code, { count, detail }]) => `${count} of ${offers} offers: ${code} (${detail})`).join('; ')
  }

  #pairsAt(head: BlockRef, options: AbortOptions): Promise<ReadonlyMap<Bytes32, Pair>> {
    if (this.#at?.hash !== head.hash) {
      const pairs = this.#compute(head, options)
      this.#at = { hash: head.hash, pairs }
      // A failure (the RPC is down) is not kept: the next asker computes again.
      pairs.catch(() => {
        this.#at = undefined
      })
    }
    return this.#at.pairs
  }

  async #compute(head: BlockRef, options: AbortOptions): Promise<ReadonlyMap<Bytes32, Pair>> {
    const view = this.#view(head.number)
    await this.#facts.refresh(
      [...view.jobs, ...view.resources].map(({ account }) => account),
      options
    )
    return new Map(this.#rule.match(view, head.number, head.hash, this.#facts).map(pair => [pair.job.id, pair]))
  }

  #view(block: number): { readonly jobs: Offer<JobOffer>[]; readonly resources: Offer<ResourceOffer>[] } {
    return { jobs: [...this.#offers.jobs.live(block)], resources: [...this.#offers.resources.live(block)] }
  }
}
