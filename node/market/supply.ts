/**
 * What a provider sells: its resource offer, kept alive, and how many of its units are free. Deals name the offer by id, so
 * the ones just replaced are remembered as long as they could still be matched.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import type { Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import type { Components } from './components.ts'
import type { Facts } from './facts.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions } from './ports.ts'

/** Blocks that an offer lives; it is renewed at half of them, so a vanished provider is out of every book soon. */
const OFFER_LIFE_BLOCKS = 128

/** The provider's terms: a resource offer without what is filled in. */
export type SupplyTerms = Omit<
  ResourceOffer,
  'v' | 'key' | 'seq' | 'refBlock' | 'refHash' | 'isCancel' | 'expiry' | 'slot'
>

/** The slot that a node's one offer takes. */
const SLOT = 0

/** One resource offer and its units. */
export class Supply {
  readonly #parts: Components
  readonly #offers: Offers
  readonly #facts: Facts
  readonly #terms: SupplyTerms
  readonly #published = new Map<Bytes32, Offer<ResourceOffer>>()
  /** Deals that were accepted and are not on chain yet: they hold a unit and their collateral. */
  readonly #promised = new Map<DealId, Deal>()
  #current: Offer<ResourceOffer> | undefined
  #renewal: Promise<void> | undefined

  constructor(parts: Components, offers: Offers, facts: Facts, terms: SupplyTerms) {
    this.#parts = parts
    this.#offers = offers
    this.#facts = facts
    this.#terms = terms
  }

  /** Publishes the offer when there is none, or when half its life is over. */
  renew(options: AbortOptions = {}): Promise<void> {
    this.#renewal ??= this.#renew(options).finally(() => {
      this.#renewal = undefined
    })
    return this.#renewal
  }

  async #renew(options: AbortOptions): Promise<void> {
    const block = this.#parts.chain.head().number
    if (this.#current !== undefined && block < this.#current.body.refBlock + OFFER_LIFE_BLOCKS / 2) return
    for (const [id, offer] of this.#published) if (offer.body.expiry < block) this.#published.delete(id)
    const draft = { ...this.#terms, slot: SLOT, expiry: block + OFFER_LIFE_BLOCKS }
    const { resources } = this.#offers
    const offer = await (this.#current === undefined
      ? resources.publish(draft, options)
      : resources.renew(draft, options))
    this.#published.set(offer.id, offer)
    this.#current = offer
  }

  /** Takes the offer out of every book that hears of it. */
  async withdraw(options: AbortOptions = {}): Promise<void> {
    this.#current = undefined
    await this.#offers.resources.withdraw(SLOT, options)
  }

  /** The offer that stands now. */
  get current(): Offer<ResourceOffer> | undefined {
    return this.#current
  }

  /** Whether a deal over this job offer was promised and is not on the chain yet. */
  hasPromised(jobOffer: Bytes32): boolean {
    this.#settlePromises()
    return [...this.#promised.values()].some(deal => deal.jobOffer === jobOffer)
  }

  /** An offer of ours that could still be matched. */
  offerOf(id: Bytes32): Offer<ResourceOffer> | undefined {
    return this.#published.get(id)
  }

  /** Whether a unit and the deal's collateral are free. */
  async hasRoomFor(deal: Deal, options: AbortOptions): Promise<boolean> {
    const { chain, signer } = this.#parts
    if (this.freeUnits <= 0) return false
    const { freeWei } = await chain.balance(signer.account, options)
    const promisedWei = [...this.#promised.values()].reduce((sum, each) => sum + each.collateral, 0n)
    return freeWei - promisedWei >= deal.collateral
  }

  /**
   * Holds a unit for an accepted deal until the chain shows it, or it can no longer be committed. False when another
   * proposal took the last one meanwhile: between the look and the promise nothing may be awaited.
   */
  promise(id: DealId, deal: Deal): boolean {
    if (this.freeUnits <= 0) return false
    this.#promised.set(id, deal)
    return true
  }

  /** Units that are neither at work nor promised. */
  get freeUnits(): number {
    this.#settlePromises()
    return this.#terms.slices - this.#facts.unitsInUse(this.#parts.signer.account, SLOT) - this.#promised.size
  }

  #settlePromises(): void {
    const block = this.#parts.chain.head().number
    for (const [id, deal] of this.#promised)
      if (this.#facts.dealOf(id) !== undefined || deal.validUntil < block) this.#promised.delete(id)
  }
}
