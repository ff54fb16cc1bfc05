/**
 * The mediator: stakes slots, is drawn into committees, re-runs disputed jobs and votes. Read `#advance`: it is the whole
 * flow, one step per phase of the dispute.
 */
import type { DealId } from '../../../protocols/deal/deal.ts'
import { isFinal } from '../../../protocols/deal/state.ts'
import { Committee } from '../committee.ts'
import type { Components } from '../components.ts'
import type { Facts } from '../facts.ts'
import type { Offers } from '../offer.ts'
import type { AbortOptions, ChainEvent, Logger, Startable } from '../ports.ts'
import { Reconciler } from '../reconciler.ts'
import type { Runs } from '../run.ts'
import { keepDispute } from '../settlement.ts'

/** The mediator's own wishes. */
export interface MediatorInit {
  /** Slots that it stakes for at start; it never has fewer. @default 1 */
  readonly slots?: number
}

/** Parties act before it where anyone may. */
const TURN = 2

/** @see the head of this file */
export class Mediator implements Startable {
  readonly #parts: Components
  readonly #facts: Facts
  readonly #init: MediatorInit
  readonly #committee: Committee
  readonly #loop: Reconciler
  readonly #log: Logger
  #exit: (() => void) | undefined

  constructor(parts: Components, facts: Facts, offers: Offers, runs: Runs, init: MediatorInit = {}) {
    this.#parts = parts
    this.#facts = facts
    this.#init = init
    this.#committee = new Committee(parts, runs, deal => offers.partiesOf(deal))
    this.#log = parts.logger('lily:mediator')
    this.#loop = new Reconciler({
      advance: (id, signal) => this.#advance(id as DealId, { signal }),
      clock: parts.clock,
      log: this.#log
    })
  }

  async start(): Promise<void> {
    await this.#stake()
    await this.#loop.start()
    // A restarted mediator looks at every open deal once: a draw may have named it while it was away.
    for (const [id] of this.#facts.openDeals()) this.#loop.add(id)
    this.#exit ??= this.#facts.onBlock((_, events) => this.#onBlock(events))
  }

  async stop(): Promise<void> {
    this.#exit?.()
    this.#exit = undefined
    await this.#loop.stop()
  }

  async #advance(id: DealId, options: AbortOptions): Promise<void> {
    const { chain } = this.#parts
    const deal = this.#facts.dealOf(id)
    const record = await chain.deal(id, options)
    if (deal === undefined || isFinal(record.status)) return this.#close(id)
    if (record.status !== 'disputed') return this.#loop.remove(id)

    const dispute = await chain.dispute(id, options)
    const seat = this.#committee.seatIn(dispute)
    const hasCommitted = dispute.committed[seat] === true
    if (dispute.phase === 'commit' && seat >= 0 && !hasCommitted)
      return this.#committee.commit(id, deal, dispute, options)
    if (dispute.phase === 'reveal' && hasCommitted && dispute.revealed[seat] !== true)
      return this.#committee.reveal(id, dispute, options)
    await keepDispute(chain, id, deal, { turn: TURN, ...options })
  }

  async #close(id: DealId): Promise<void> {
    await this.#committee.forget(id)
    this.#loop.remove(id)
  }

  #onBlock(events: readonly ChainEvent[]): void {
    for (const event of events) {
      if (event.type === 'committee:drawn' && event.members.includes(this.#parts.signer.account))
        this.#loop.add(event.id)
    }
    this.#loop.wakeAll()
  }

  async #stake(): Promise<void> {
    const { chain, signer } = this.#parts
    const wanted = this.#init.slots ?? 1
    const missing = wanted - (await chain.mediatorSlots(signer.account))
    if (missing <= 0) return
    const stakeWei = await chain.slotStakeWei()
    await chain.send({ name: 'join', slots: missing, valueWei: stakeWei * BigInt(missing) })
    this.#log('staked %d slots of %d wei', missing, stakeWei)
  }
}
