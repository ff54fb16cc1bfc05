/**
 * What the chain says that the rule needs: which deals are open (and so which units are busy), which offers were taken,
 * and how many slots an account's free money carries. Folded from the follower's blocks, and unfolded when one is reverted.
 */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import type { ChainFacts } from '../../protocols/match/match.ts'
import type { OfferKind } from '../../protocols/offer/offer.ts'
import { JOB_SLOT_WEI, MAX_JOB_SLOTS, MAX_RESOURCE_SLOTS, RESOURCE_SLOT_WEI } from '../../protocols/params.ts'
import type { AbortOptions, BlockRef, Chain, ChainEvent, ChainUpdate, Startable } from './ports.ts'

/** Blocks for which an account's balance is believed before it is read again. */
const BALANCE_BLOCKS = 8

/** Hashes of recent blocks that are kept to tell which fork an offer speaks of. */
const RECENT_BLOCKS = 1024

/** Ended deals that are remembered: a revert may open the newest again, and people ask about the others. */
const MAX_CLOSED = 10_000

/** Where a resource offer's id points: needed to count the busy units of its slot. */
export type SlotOfOffer = (offer: Bytes32) => { readonly account: Address; readonly slot: number } | undefined

/** Chain facts as of the followed head. */
export class Facts implements ChainFacts, Startable {
  readonly #chain: Chain
  readonly #slotOf: SlotOfOffer
  readonly #open = new Map<DealId, Deal>()
  /** Deals that came to an end, kept so that a revert can open them again. */
  readonly #closed = new Map<DealId, Deal>()
  /** Open deals whose result is handed in: their collateral is still locked, their machine is free. */
  readonly #submitted = new Set<DealId>()
  readonly #taken = new Map<Bytes32, DealId>()
  /** Committees that were drawn, by round. */
  readonly #committees = new Map<DealId, (readonly Address[])[]>()
  readonly #balances = new Map<Address, { readonly freeWei: bigint; readonly block: number }>()
  readonly #hashes = new Map<number, Bytes32>()
  readonly #listeners = new Set<(block: BlockRef, events: readonly ChainEvent[]) => void>()
  #unfollow: (() => void) | undefined

  constructor(chain: Chain, slotOf: SlotOfOffer) {
    this.#chain = chain
    this.#slotOf = slotOf
  }

  async start(): Promise<void> {
    this.#unfollow ??= this.#chain.follow(update => this.#apply(update))
  }

  async stop(): Promise<void> {
    this.#unfollow?.()
    this.#unfollow = undefined
  }

  /** Calls back after each applied block has been folded in. Returns the way out. */
  onBlock(listener: (block: BlockRef, events: readonly ChainEvent[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A deal of this market, open or ended while this node watched. */
  dealOf(id: DealId): Deal | undefined {
    return this.#open.get(id) ?? this.#closed.get(id)
  }

  /** The committees of a deal's dispute, one for each round that was drawn. */
  roundsOf(id: DealId): readonly (readonly Address[])[] {
    return this.#committees.get(id) ?? []
  }

  /** Deals that are open. */
  openDeals(): IterableIterator<[DealId, Deal]> {
    return this.#open.entries()
  }

  /** Hash of a recent block; undefined when it is not known here. */
  hashOf(block: number): Bytes32 | undefined {
    return this.#hashes.get(block)
  }

  unitsInUse(provider: Address, slot: number): number {
    let units = 0
    for (const [id, deal] of this.#open) {
      if (deal.provider !== provider || this.#submitted.has(id)) continue
      const sold = this.#slotOf(deal.resourceOffer)
      // A deal over an offer that was never heard here still takes a unit of something: count it everywhere.
      if (sold === undefined || sold.slot === slot) units += 1
    }
    return units
  }

  resourceSlots(provider: Address): number {
    return slotsOf('resource', this.#balances.get(provider)?.freeWei)
  }

  jobSlots(creator: Address): number {
    return slotsOf('job', this.#balances.get(creator)?.freeWei)
  }

  isTaken(jobOffer: Bytes32): boolean {
    return this.#taken.has(jobOffer)
  }

  /** The deal that a job offer became. */
  dealOfOffer(jobOffer: Bytes32): DealId | undefined {
    return this.#taken.get(jobOffer)
  }

  /** What an account had free when it was last read. */
  freeWeiOf(account: Address): bigint | undefined {
    return this.#balances.get(account)?.freeWei
  }

  /** Reads the balances of accounts that were not read lately. */
  async refresh(accounts: Iterable<Address>, options: AbortOptions = {}): Promise<void> {
    const block = this.#chain.head().number
    const stale = [...new Set(accounts)].filter(account => {
      const known = this.#balances.get(account)
      return known === undefined || block - known.block >= BALANCE_BLOCKS
    })
    await Promise.all(
      stale.map(async account => {
        const { freeWei } = await this.#chain.balance(account, options)
        this.#balances.set(account, { freeWei, block })
      })
    )
  }

  #apply({ kind, block, events }: ChainUpdate): void {
    if (kind === 'apply') this.#hashes.set(block.number, block.hash)
    else this.#hashes.delete(block.number)
    this.#hashes.delete(block.number - RECENT_BLOCKS)
    for (const event of kind === 'apply' ? events : [...events].reverse()) this.#fold(event, kind === 'apply')
    if (kind === 'apply') for (const listener of this.#listeners) listener(block, events)
  }

  #fold(event: ChainEvent, isApplied: boolean): void {
    if (event.type === 'deal:committed') {
      this.#forget(event.deal)
      if (isApplied) {
        this.#open.set(event.id, event.deal)
        this.#taken.set(event.deal.jobOffer, event.id)
      } else {
        this.#open.delete(event.id)
        this.#taken.delete(event.deal.jobOffer)
      }
    } else if (event.type === 'deal:submitted') {
      if (isApplied) this.#submitted.add(event.id)
      else this.#submitted.delete(event.id)
    } else if (event.type === 'deal:closed') {
      const [from, to] = isApplied ? [this.#open, this.#closed] : [this.#closed, this.#open]
      const deal = from.get(event.id)
      if (deal === undefined) return
      from.delete(event.id)
      to.set(event.id, deal)
      this.#forget(deal)
      this.#forgetOldest()
    } else if (event.type === 'committee:drawn') {
      const rounds = this.#committees.get(event.id) ?? []
      if (isApplied) rounds[event.round] = event.members
      else rounds.length = Math.min(rounds.length, event.round)
      this.#committees.set(event.id, rounds)
    }
  }

  #forgetOldest(): void {
    for (const [id, deal] of this.#closed) {
      if (this.#closed.size <= MAX_CLOSED) return
      this.#closed.delete(id)
      this.#submitted.delete(id)
      this.#committees.delete(id)
      this.#taken.delete(deal.jobOffer)
    }
  }

  /** A deal changes what its parties have free. */
  #forget(deal: Deal): void {
    this.#balances.delete(deal.creator)
    this.#balances.delete(deal.provider)
  }
}

/** Slots that so much free money in the Market carries. */
export function slotsOf(kind: OfferKind, freeWei = 0n): number {
  const [slotWei, max] = kind === 'resource' ? [RESOURCE_SLOT_WEI, MAX_RESOURCE_SLOTS] : [JOB_SLOT_WEI, MAX_JOB_SLOTS]
  const slots = freeWei / slotWei
  return slots > BigInt(max) ? max : Number(slots)
}
