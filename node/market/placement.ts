/**
 * From a job's offer to its deal on the chain, on the creator's side: asks the rule's partner, then whoever comes next; one
 * deal is signed at a time, and followed until the provider has committed it or it can be committed no more. Steps 2 and 3
 * of a job's life.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import type { DealAnswer } from '../../protocols/deal/proposal.ts'
import type { Pair } from '../../protocols/match/match.ts'
import type { JobOffer, Offer } from '../../protocols/offer/offer.ts'
import { priceOfTick } from '../../protocols/offer/price.ts'
import { DEAL_VALID_BLOCKS, OFFER_MATURITY_BLOCKS } from '../../protocols/params.ts'
import type { Components } from './components.ts'
import { Proposer } from './deal.ts'
import { type Bound, failureOf, type JobRecord } from './job.ts'
import type { Ranker } from './match.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions } from './ports.ts'
import { Refusals } from './refusals.ts'

/** Providers that are asked for one job in one block. */
const TRIES_PER_BLOCK = 3

/** Blocks after the signature in which a provider that said yes has committed; later it is asked what became of it. */
const PATIENCE_BLOCKS = 2

/** The creator, as far as placing a job needs it. */
export interface PlacementInit {
  readonly parts: Components
  readonly offers: Offers
  readonly matches: Ranker
  /** Keeps a new state of a job. */
  write(id: Bytes32, record: JobRecord): Promise<unknown>
  /** The same, and goes on at once. */
  next(id: Bytes32, record: JobRecord): Promise<void>
  /** The last state of a job. */
  end(id: Bytes32, record: JobRecord): Promise<unknown>
}

/** @see the head of this file */
export class Placement {
  readonly #init: PlacementInit
  readonly #proposer: Proposer
  readonly #refusals = new Refusals()

  constructor(init: PlacementInit) {
    this.#init = init
    this.#proposer = new Proposer(init.parts)
  }

  /** offered -> proposed: asks the rule's partner, then whoever comes next. */
  async find(id: Bytes32, record: JobRecord, options: AbortOptions): Promise<void> {
    const { parts, matches } = this.#init
    const { number } = parts.chain.head()
    const offer = this.#offerOf(record)
    if (number > record.waitUntil) return this.#giveUp(id, record, offer)
    if (number < offer.body.refBlock + OFFER_MATURITY_BLOCKS) return
    const { block, pairs: ranked } = await matches.candidates(offer, options)
    const pairs = this.#refusals.order(id, ranked)
    if (pairs.length === 0)
      parts.events.emit('job:waiting', { job: id, block: number, reason: this.#whyWaiting(id, offer) })
    for (const pair of pairs.slice(0, TRIES_PER_BLOCK))
      if (await this.#propose(id, record, pair, block, options)) return
  }

  /** proposed, and not on the chain: its time may be over, or its provider have given it up. */
  async pending(id: Bytes32, record: JobRecord, bound: Bound, options: AbortOptions): Promise<void> {
    const { chain } = this.#init.parts
    const { number } = chain.head()
    const { validUntil } = bound.deal
    const free = { ...record, state: 'offered' as const, deal: null }
    // The provider said yes but did not commit: its time is over, and the job is free again.
    if (number > validUntil) return this.#init.next(id, free)
    if (number < validUntil - DEAL_VALID_BLOCKS + PATIENCE_BLOCKS) return
    const pair = { job: this.#offerOf(record), resource: { body: { key: bound.providerKey } } }
    const answer = await this.#ask(pair, bound, options)
    if (answer.answer === 'accept' || isUnreached(answer)) return
    this.#heardNo(id, bound, answer, number)
    await this.#init.next(id, free)
  }

  /** The job has ended. */
  forget(id: Bytes32): void {
    this.#refusals.forget(id)
  }

  async #propose(id: Bytes32, record: JobRecord, pair: Pair, block: number, options: AbortOptions): Promise<boolean> {
    const { parts, write } = this.#init
    const provider = pair.resource.account
    parts.events.emit('match:found', { job: id, provider, priceWei: priceOfTick(pair.priceTick), block })
    const signed = await this.#proposer.sign(pair, block)
    const bound: Bound = { ...signed, providerKey: pair.resource.body.key }
    // Kept before it is sent: the provider may commit what it has been shown, whatever becomes of us.
    await write(id, { ...record, state: 'proposed', deal: bound })
    parts.events.emit('deal:proposed', { job: id, deal: signed.id, provider, block })
    const answer = await this.#ask(pair, bound, options)
    if (answer.answer === 'accept') return true
    this.#heardNo(id, bound, answer, block)
    // A provider that was not reached may still have heard us: wait out what was signed before signing again.
    if (isUnreached(answer)) {
      this.#refusals.miss(id, provider)
      return true
    }
    await write(id, { ...record, state: 'offered', deal: null })
    // It fetches for us: the next block asks the same one again rather than set three providers fetching.
    return answer.answer === 'fetching'
  }

  async #ask(pair: Parameters<Proposer['propose']>[0], bound: Bound, options: AbortOptions): Promise<DealAnswer> {
    return this.#proposer.propose(pair, bound, options).catch(error => {
      if (options.signal?.aborted === true) throw error
      return { answer: 'busy' as const, code: isLilyError(error) ? error.code : 'NET_FAILED', detail: 'not reached' }
    })
  }

  #heardNo(id: Bytes32, { id: deal, deal: { provider } }: Bound, answer: DealAnswer, block: number): void {
    const { code, detail: reason } = answer
    this.#init.parts.events.emit('deal:refused', { job: id, deal, provider, code, reason, block })
    if (answer.answer === 'refuse') this.#refusals.refuse(id, provider, code, reason)
  }

  async #giveUp(id: Bytes32, record: JobRecord, offer: Offer<JobOffer>): Promise<void> {
    const { offers, end } = this.#init
    await offers.jobs.withdraw(offer.body.slot)
    const blocks = record.waitUntil - offer.body.refBlock
    const message = `no provider took the job within ${blocks} blocks: ${this.#whyWaiting(id, offer)}`
    await end(id, { ...record, state: 'failed', failure: failureOf('JOB_NO_PROVIDER', message) })
  }

  #whyWaiting(id: Bytes32, offer: Offer<JobOffer>): string {
    return this.#refusals.summary(id) ?? this.#init.matches.reasonsAgainst(offer)
  }

  #offerOf(record: JobRecord): Offer<JobOffer> {
    return this.#init.offers.jobs.decode(record.offer)
  }
}

/** Whether nobody answered: the provider may have heard the proposal, or not. */
function isUnreached({ code }: DealAnswer): boolean {
  return code.startsWith('NET_')
}
