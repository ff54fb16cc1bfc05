/**
 * The past as this node saw it: the offers that stood here in a block and what the chain said then, so that anybody can
 * apply the rule again. Deals come from the chain's events, offers from what was heard, money from what was read in that block.
 */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import type { ChainFacts } from '../../protocols/match/match.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import { type Facts, slotsOf } from './facts.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions, Chain, ChainEvent, ChainUpdate, Startable } from './ports.ts'
import { REPLAY_BLOCKS } from './shelf.ts'

/** A deal with the blocks in which it took its unit and gave it back. */
export interface PastDeal {
  readonly id: DealId
  readonly deal: Deal
  readonly committedAt: number
  /** Infinity while it is at work. */
  readonly freedAt: number
}

/** What stood in a block. */
export interface PastView {
  readonly jobs: readonly Offer<JobOffer>[]
  readonly resources: readonly Offer<ResourceOffer>[]
}

/** Accounts whose money is read in one block at most; whose has changed comes first. */
const READS_PER_BLOCK = 64

/** @see the head of this file */
export class Past implements Startable {
  readonly #chain: Chain
  readonly #offers: Offers
  readonly #facts: Facts
  readonly #deals = new Map<DealId, PastDeal>()
  /** What accounts had free, each time that it was found to be another sum. */
  readonly #money = new Map<Address, readonly { readonly block: number; readonly freeWei: bigint }[]>()
  readonly #exits: (() => void)[] = []
  #joinedBlock = 0
  #isReading = false
  #abort: AbortController | undefined

  constructor(chain: Chain, offers: Offers, facts: Facts) {
    this.#chain = chain
    this.#offers = offers
    this.#facts = facts
  }

  async start(): Promise<void> {
    if (this.#abort !== undefined) return
    this.#abort = new AbortController()
    this.#joinedBlock = this.#chain.head().number
    this.#exits.push(
      this.#chain.follow(update => this.#apply(update)),
      this.#facts.onBlock(({ number }) => this.#onBlock(number))
    )
  }

  async stop(): Promise<void> {
    this.#abort?.abort()
    this.#abort = undefined
    for (const exit of this.#exits.splice(0)) exit()
  }

  /** From which block on this node heard for itself what it knows. */
  get joinedBlock(): number {
    return this.#joinedBlock
  }

  /** A deal that was committed lately. */
  dealOf(id: DealId): PastDeal | undefined {
    return this.#deals.get(id)
  }

  /** Deals that were committed lately, in the order of their commits. */
  deals(): readonly PastDeal[] {
    return [...this.#deals.values()]
  }

  /** The deal that a job offer became. */
  dealOfOffer(jobOffer: Bytes32): PastDeal | undefined {
    return this.deals().find(({ deal }) => deal.jobOffer === jobOffer)
  }

  /** What stood here in a block. @param lag as in {@link Heard.at} */
  view(block: number, lag = 0): PastView {
    const { jobs, resources } = this.#offers
    return {
      jobs: jobs.heard.at(block, lag, this.#joinedBlock),
      resources: resources.heard.at(block, lag, this.#joinedBlock)
    }
  }

  /** What the chain said in a block, by the money that was read when the head was `lag` blocks further. */
  facts(block: number, lag = 0): ChainFacts {
    const readBy = block + lag
    const atWork = this.deals().filter(({ committedAt, freedAt }) => committedAt <= block && freedAt > block)
    const taken = new Set(
      this.deals().flatMap(({ deal, committedAt }) => (committedAt <= block ? [deal.jobOffer] : []))
    )
    return {
      unitsInUse: (provider, slot) => atWork.filter(({ deal }) => this.#isOfSlot(deal, provider, slot)).length,
      resourceSlots: provider => slotsOf('resource', this.freeWei(provider, readBy)),
      jobSlots: creator => slotsOf('job', this.freeWei(creator, readBy)),
      isTaken: jobOffer => taken.has(jobOffer)
    }
  }

  /** As in the facts of the head: a deal over an offer that was never heard takes a unit of every slot. */
  #isOfSlot(deal: Deal, provider: Address, slot: number): boolean {
    return deal.provider === provider && (this.#offers.slotOf(deal.resourceOffer)?.slot ?? slot) === slot
  }

  /** Reads the money of those that were never read, who came with sync or a moment ago. @throws CHAIN_UNREACHABLE */
  async complete(options: AbortOptions = {}): Promise<void> {
    const { jobs, resources } = this.#offers
    const heard = [...resources.heard.all(), ...jobs.heard.all()].map(({ offer }) => offer.account)
    const unread = [...new Set(heard)].filter(account => !this.#money.has(account))
    await this.#facts.refresh(unread, options)
    this.#note(unread, this.#chain.head().number)
  }

  /** What an account had free by a block's readings; the oldest stands in for what was before it. */
  freeWei(account: Address, block: number): bigint | undefined {
    const readings = this.#money.get(account) ?? []
    return (readings.findLast(reading => reading.block <= block) ?? readings[0])?.freeWei
  }

  /** Reads the money of whoever has an offer: endpoints keep no past state that could be asked for later. */
  async #watch(block: number, signal: AbortSignal): Promise<void> {
    const { jobs, resources } = this.view(block)
    const accounts = [...new Set([...resources, ...jobs].map(({ account }) => account))]
    const unread = accounts.filter(account => this.#facts.freeWeiOf(account) === undefined)
    const at = block % Math.max(1, accounts.length)
    const turn = [...accounts.slice(at), ...accounts.slice(0, at)]
    await this.#facts.refresh([...unread, ...turn].slice(0, READS_PER_BLOCK), { signal })
    this.#note(accounts, block)
  }

  #note(accounts: readonly Address[], block: number): void {
    for (const account of accounts) {
      const freeWei = this.#facts.freeWeiOf(account)
      const readings = this.#money.get(account) ?? []
      if (freeWei === undefined || readings.at(-1)?.freeWei === freeWei) continue
      this.#money.set(account, [
        ...readings.filter(reading => reading.block > block - REPLAY_BLOCKS),
        { block, freeWei }
      ])
    }
  }

  #onBlock(block: number): void {
    if (this.#isReading || this.#abort === undefined) return
    this.#isReading = true
    this.#watch(block, this.#abort.signal)
      // A chain that cannot be read now is read in the next block.
      .catch(() => {})
      .finally(() => {
        this.#isReading = false
      })
  }

  #apply({ kind, block, events }: ChainUpdate): void {
    for (const event of kind === 'apply' ? events : events.toReversed())
      this.#fold(event, block.number, kind === 'apply')
    for (const [id, { freedAt }] of this.#deals) if (freedAt < block.number - REPLAY_BLOCKS) this.#deals.delete(id)
  }

  #fold(event: ChainEvent, block: number, isApplied: boolean): void {
    if (event.type === 'deal:committed') {
      const { id, deal } = event
      if (isApplied) this.#deals.set(id, { id, deal, committedAt: block, freedAt: Number.POSITIVE_INFINITY })
      else this.#deals.delete(id)
    } else if (event.type === 'deal:submitted' || event.type === 'deal:closed') {
      const known = this.#deals.get(event.id)
      if (known === undefined) return
      // A deal that is closed after its result was handed in had given its unit back before.
      if (isApplied) this.#deals.set(event.id, { ...known, freedAt: Math.min(known.freedAt, block) })
      else if (known.freedAt === block) this.#deals.set(event.id, { ...known, freedAt: Number.POSITIVE_INFINITY })
    }
  }
}
