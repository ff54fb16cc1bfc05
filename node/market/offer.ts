/**
 * Offers: publishes this node's own, collects everybody's. Gossip carries each offer once (shelf.ts); a node that joins or
 * that missed one compares its book with its neighbours' (sync.ts). Step 1 of a job's life.
 */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Deal } from '../../protocols/deal/deal.ts'
import {
  encodeOffer,
  type JobOffer,
  type Offer,
  type OfferKind,
  type ResourceOffer
} from '../../protocols/offer/offer.ts'
import { GOSSIP } from '../../protocols/wire.ts'
import type { Components } from './components.ts'
import { EclipseAlarm } from './eclipse.ts'
import { Gossip } from './gossip.ts'
import type { AbortOptions, Startable } from './ports.ts'
import { type Filled, type Heads, Shelf } from './shelf.ts'
import { OfferSync } from './sync.ts'

/** What a creator decides of its offer. */
export type JobDraft = Omit<JobOffer, Filled>

/** Both kinds of offers. */
export class Offers implements Startable {
  readonly resources: Shelf<ResourceOffer>
  readonly jobs: Shelf<JobOffer>
  readonly #sync: OfferSync
  readonly #alarm: EclipseAlarm
  readonly #exits: (() => void)[] = []

  constructor(parts: Components, heads: Heads) {
    const log = parts.logger('lily:offer')
    const gossip = new Gossip({ network: parts.network, clock: parts.clock, counts: parts.counts, log })
    this.resources = new Shelf('resource', GOSSIP.resource, body => encodeOffer('resource', body), parts, heads, gossip)
    this.jobs = new Shelf('job', GOSSIP.job, body => encodeOffer('job', body), parts, heads, gossip)
    this.#sync = new OfferSync(parts, { resource: this.resources, job: this.jobs }, log)
    this.#alarm = new EclipseAlarm(parts, ({ creator, jobOffer, resourceOffer }) => {
      // A contract's request is heard on the chain.
      const isHeard = creator === parts.chain.deployment.jobs || this.jobs.slotOf(jobOffer) !== undefined
      return isHeard && this.resources.slotOf(resourceOffer) !== undefined
    })
  }

  async start(): Promise<void> {
    this.#exits.push(this.resources.join(), this.jobs.join(), this.#alarm.watch())
    await this.#sync.start()
  }

  async stop(): Promise<void> {
    for (const exit of this.#exits.splice(0)) exit()
    await this.#sync.stop()
  }

  /** Where a resource offer that was heard once points, also after it was replaced: deals name offers by id. */
  slotOf(id: Bytes32): { readonly account: Address; readonly slot: number } | undefined {
    return this.resources.slotOf(id)
  }

  /** The peers of a deal's creator and its provider, as far as their offers were heard; a contract is no peer. */
  partiesOf({ jobOffer, resourceOffer }: Pick<Deal, 'jobOffer' | 'resourceOffer'>): readonly string[] {
    const peers = [this.resources.peerOf(resourceOffer), this.jobs.peerOf(jobOffer)]
    return peers.filter(peer => peer !== undefined)
  }

  /** Whether a neighbour holds an offer of ours. @throws NET_* */
  isHeldBy(peerId: string, kind: OfferKind, { id, body }: Offer, options: AbortOptions = {}): Promise<boolean> {
    return this.#sync.isHeldBy(peerId, kind, { id, block: body.refBlock }, options)
  }

  /** Forgets what has expired at `block`. */
  prune(block: number): void {
    this.resources.prune(block)
    this.jobs.prune(block)
  }
}
