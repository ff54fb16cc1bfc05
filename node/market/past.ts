/**
 * The past as this node saw it: the offers that stood here in a block and what the chain said then, so that anybody can
 * apply the rule again. Deals come from the chain's events, offers from what was heard, money from the chain at that block.
 */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import type { ChainFacts } from '../../protocols/match/match.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import { slotsOf } from './facts.ts'
import type { Moment } from './heard.ts'
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

/** Blocks whose money is remembered: whoever explains asks for the same ones again. */
const MAX_BLOCKS_OF_MONEY = 64

/** @see the head of this file */
export class Past implements Startable {
  readonly #chain: Chain
  readonly #offers: Offers
  readonly #deals = new Map<DealId, PastDeal>()
  readonly #money = new Map<number, Map<Address, bigint>>()
  #joinedBlock = 0
  #unfollow: (() => void) | undefined

  constructor(chain: Chain, offers: Offers) {
    this.#chain = chain
    this.#offers = offers
  }

  async start(): Promise<void> {
    if (this.#unfollow !== undefined) return
    this.#joinedBlock = this.#chain.head().number
    this.#unfollow = this.#chain.follow(update => this.#apply(update))
  }

  async stop(): Promise<void> {
    this.#unfollow?.()
    this.#unfollow = undefined
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

  /** What stood here in a block. */
  view(block: number, moment: Moment): PastView {
    const { jobs, resources } = this.#offers
    return {
      jobs: jobs.heard.at(block, moment, this.#joinedBlock),
      resources: resources.heard.at(block, moment, this.#joinedBlock)
    }
  }

  /** What the chain said in a block of some accounts' offers. @throws CHAIN_UNREACHABLE */
  async facts(block: number, { jobs, resources }: PastView, options: AbortOptions = {}): Promise<ChainFacts> {
    const money = await this.#moneyAt(block, new Set([...jobs, ...resources].map(({ account }) => account)), options)
    const atWork = this.deals().filter(({ committedAt, freedAt }) => committedAt <= block && freedAt > block)
    const taken = new Set(
      this.deals().flatMap(({ deal, committedAt }) => (committedAt <= block ? [deal.jobOffer] : []))
    )
    return {
      unitsInUse: (provider, slot) => atWork.filter(({ deal }) => this.#isOfSlot(deal, provider, slot)).length,
      resourceSlots: provider => slotsOf('resource', money.get(provider)),
      jobSlots: creator => slotsOf('job', money.get(creator)),
      isTaken: jobOffer => taken.has(jobOffer)
    }
  }

  /** As in the facts of the head: a deal over an offer that was never heard takes a unit of every slot. */
  #isOfSlot(deal: Deal, provider: Address, slot: number): boolean {
    return deal.provider === provider && (this.#offers.slotOf(deal.resourceOffer)?.slot ?? slot) === slot
  }

  async #moneyAt(block: number, accounts: ReadonlySet<Address>, options: AbortOptions): Promise<Map<Address, bigint>> {
    const known = this.#money.get(block) ?? new Map<Address, bigint>()
    await Promise.all(
      [...accounts].map(async account => {
        if (!known.has(account)) known.set(account, await this.#freeWei(account, block, options))
      })
    )
    this.#money.set(block, known)
    for (const oldest of this.#money.keys()) {
      if (this.#money.size <= MAX_BLOCKS_OF_MONEY) break
      this.#money.delete(oldest)
    }
    return known
  }

  /** What is free now stands in where the endpoint has no state of the block any more. */
  async #freeWei(account: Address, atBlock: number, options: AbortOptions): Promise<bigint> {
    try {
      return (await this.#chain.balance(account, { ...options, atBlock })).freeWei
    } catch (error) {
      if (!isLilyError(error, 'CHAIN_RPC_ERROR')) throw error
      return (await this.#chain.balance(account, options)).freeWei
    }
  }

  #apply({ kind, block, events }: ChainUpdate): void {
    for (const event of kind === 'apply' ? events : events.toReversed())
      this.#fold(event, block.number, kind === 'apply')
    if (kind === 'revert') this.#money.delete(block.number)
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
