/**
 * Who gets a provider's unit when several ask for it. The jobs that the rule gives it, by this node's own view, have it at
 * once, and so has anybody while units are spare beside theirs. Others are held for a quarter of a block; then the best in
 * rank has what is left (matching.md 2.5). A job too new for the rule takes spare units only.
 */
import { secToMs } from '../../protocols/core/units.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { isEarly } from '../../protocols/match/early.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import { signedAt } from './deal.ts'
import type { Facts } from './facts.ts'
import type { Matches } from './match.ts'
import type { AbortOptions, BlockRef, Chain, Clock, Logger } from './ports.ts'
import type { Supply } from './supply.ts'

/** Share of a block for which a proposal is held that the rule does not expect. */
const HOLD_SHARE = 0.25

/** Longest hold, in ms: proposers wait for the answer, and ask the next in rank within the same block. */
const MAX_HOLD_MS = 3_000

/** A block's time in ms, until some were seen. */
const USUAL_BLOCK_MS = 2_000

/** Blocks over which that is measured. */
const MEASURED_BLOCKS = 16

/** A proposal that is in order and asks for a unit. */
export interface Asking {
  readonly id: DealId
  readonly deal: Deal
  readonly job: Offer<JobOffer>
  readonly resource: Offer<ResourceOffer>
}

/** `taken`: the unit is promised to the asker. `better`: it is for jobs that come before. `full`: there is none. */
export type Place = 'taken' | 'better' | 'full'

/** What a line works with. */
export interface LineInit {
  readonly chain: Chain
  readonly clock: Clock
  readonly facts: Facts
  readonly supply: Supply
  readonly matches: Matches
  readonly log: Logger
}

interface Held {
  readonly asking: Asking
  readonly answer: (place: Place | 'again') => void
}

/** @see the head of this file */
export class Line {
  readonly #init: LineInit
  #held: Held[] = []
  #blocks: BlockRef[] = []
  #seenMs: number
  /** Ends the hold of the running block. */
  #hold: AbortController | undefined
  #exit: (() => void) | undefined

  constructor(init: LineInit) {
    this.#init = init
    this.#seenMs = init.clock.nowMs()
  }

  start(): void {
    this.#exit ??= this.#init.facts.onBlock(block => this.#onBlock(block))
  }

  stop(): void {
    this.#exit?.()
    this.#exit = undefined
    this.#endHold('full')
  }

  /** Resolves once it is known whether the asker has a unit; `taken` has promised it. */
  async admit(asking: Asking, options: AbortOptions): Promise<Place> {
    for (;;) {
      const place = await this.#look(asking, options)
      if (place !== 'again') return place
    }
  }

  async #look(asking: Asking, options: AbortOptions): Promise<Place | 'again'> {
    const { chain, supply, matches } = this.#init
    const { deal, job, resource } = asking
    const given = await matches.givenTo(resource, options)
    if (!(await supply.hasRoomFor(deal, options)) || chain.head().number >= deal.validUntil) return 'full'
    // From here to the promise nothing is awaited.
    if (supply.freeUnits <= 0) return 'full'
    const expected = given.filter(({ id }) => id !== job.id && !supply.hasPromised(id))
    const isExpected = given.some(({ id }) => id === job.id)
    if (isExpected || supply.freeUnits > expected.length) return this.#take(asking)
    if (isEarly(job.body, signedAt(deal))) return 'better'
    const leftMs = this.#seenMs + this.#holdMs() - this.#init.clock.nowMs()
    return leftMs > 0 ? this.#wait(asking, leftMs) : this.#take(asking)
  }

  #take({ id, deal }: Asking): Place {
    const { supply } = this.#init
    const isTaken = supply.promise(id, deal)
    // Who is held for nothing goes on to the next in rank at once.
    if (supply.freeUnits <= 0) this.#endHold('better')
    return isTaken ? 'taken' : 'full'
  }

  #wait(asking: Asking, leftMs: number): Promise<Place | 'again'> {
    const { promise, resolve } = Promise.withResolvers<Place | 'again'>()
    this.#held.push({ asking, answer: resolve })
    if (this.#hold === undefined) {
      this.#hold = new AbortController()
      const { signal } = this.#hold
      this.#init.clock
        .sleep(leftMs, { signal })
        .then(
          () => this.#settle(),
          () => {}
        )
        .catch(error => {
          this.#init.log.error('held proposals not dealt with: %o', error)
          this.#endHold('full')
        })
    }
    return promise
  }

  /** The hold is over: the best in rank have the units that are left. */
  async #settle(): Promise<void> {
    const { supply, matches } = this.#init
    const held = this.#held
    this.#held = []
    this.#hold = undefined
    const answers = new Map(held.map(({ asking, answer }) => [asking, answer]))
    for (const asking of matches.inRank(held.map(({ asking }) => asking))) {
      const hasRoom = await supply.hasRoomFor(asking.deal, {}).catch(() => false)
      answers.get(asking)?.(hasRoom && supply.promise(asking.id, asking.deal) ? 'taken' : 'better')
    }
  }

  #endHold(place: Place | 'again'): void {
    this.#hold?.abort()
    this.#hold = undefined
    for (const { answer } of this.#held.splice(0)) answer(place)
  }

  #onBlock(block: BlockRef): void {
    this.#blocks = [...this.#blocks.slice(1 - MEASURED_BLOCKS), block]
    this.#seenMs = this.#init.clock.nowMs()
    // Another round: who was not expected may be now.
    this.#endHold('again')
  }

  #holdMs(): number {
    const [first, last] = [this.#blocks[0], this.#blocks.at(-1)]
    const passed = (last?.number ?? 0) - (first?.number ?? 0)
    const spentMs = secToMs((last?.timestampSec ?? 0) - (first?.timestampSec ?? 0))
    return Math.min(MAX_HOLD_MS, HOLD_SHARE * (passed > 0 ? spentMs / passed : USUAL_BLOCK_MS))
  }
}
