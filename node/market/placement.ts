/**
 * From a job's offer to its deal on the chain, on the creator's side: a new job asks for spare units at once, a job of the
 * rule asks the rule's partner, then whoever comes next. One deal is signed at a time, and followed until it is committed, by
 * the provider or by us, or can be committed no more. Steps 2 and 3 of a job's life.
 */
import { recoverAccount } from '../../protocols/core/account.ts'
import { type Bytes32, toHex } from '../../protocols/core/bytes.ts'
import { isLilyError, LilyError } from '../../protocols/core/errors.ts'
import type { DealAnswer } from '../../protocols/deal/proposal.ts'
import { isEarly } from '../../protocols/match/early.ts'
import type { Pair } from '../../protocols/match/match.ts'
import type { JobOffer, Offer } from '../../protocols/offer/offer.ts'
import { priceOfTick } from '../../protocols/offer/price.ts'
import type { Components } from './components.ts'
import { PATIENCE_BLOCKS, Proposer, signedAt } from './deal.ts'
import { COMMITTING } from './desk.ts'
import type { Facts } from './facts.ts'
import { type Bound, failureOf, type JobRecord } from './job.ts'
import type { Ranker } from './match.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions } from './ports.ts'
import { isSilence, NOT_COMMITTED, Refusals } from './refusals.ts'

/** Providers that are asked for one job in one block. */
const TRIES_PER_BLOCK = 3

/** How long an answer is waited for at least, in ms: the time of a deal where blocks take two seconds. */
const ANSWER_MS = 10_000

/** The silence of a provider that was not there to hear: nothing was shown to it, and the next may be asked at once. */
const NEVER_LEFT = 'NET_UNREACHABLE'

/** The creator, as far as placing a job needs it. */
export interface PlacementInit {
  readonly parts: Components
  readonly offers: Offers
  readonly facts: Facts
  readonly matches: Ranker
  /** A job's state. */
  read(id: Bytes32): Promise<JobRecord | undefined>
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
  /** Pairs whose provider said yes; their units are gone before the chain shows it. */
  readonly #promised = new Map<Bytes32, { readonly pair: Pair; readonly validUntil: number }>()
  #turn: Promise<void> = Promise.resolve()

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
    if (isEarly(offer.body, number)) return this.#inTurn(() => this.#findEarly(id, offer, options))
    const { block, pairs: ranked } = await matches.candidates(offer, options)
    const pairs = this.#refusals.order(id, ranked, block)
    if (pairs.length === 0)
      parts.events.emit('job:waiting', { job: id, block: number, reason: this.#whyWaiting(id, offer) })
    for (const pair of pairs.slice(0, TRIES_PER_BLOCK)) if (await this.#propose(id, pair, block, options)) return
  }

  /** The fast path: a job that is new asks for units that the rule gives nobody. It does not wait yet while there is none. */
  async #findEarly(id: Bytes32, offer: Offer<JobOffer>, options: AbortOptions): Promise<void> {
    const { parts, facts, matches } = this.#init
    const promised = [...this.#promised.values()].filter(
      ({ pair, validUntil }) => !facts.isTaken(pair.job.id) && parts.chain.head().number <= validUntil
    )
    const ours = promised.map(({ pair }) => pair)
    const { block, pairs } = await matches.candidates(offer, { ...options, promised: ours })
    for (const pair of this.#refusals.order(id, pairs, block).slice(0, TRIES_PER_BLOCK)) {
      // The next block's round has it: it must not come before those that waited.
      if (!isEarly(offer.body, parts.chain.head().number)) return
      if (await this.#propose(id, pair, block, options)) return
    }
  }

  /** One after the other: each job knows which units those before it have, and no provider fetches for all of them. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  /** proposed, and not on the chain: its time may be over, or its provider have given it up, or need our help. */
  async pending(id: Bytes32, record: JobRecord, bound: Bound, options: AbortOptions): Promise<void> {
    const { chain } = this.#init.parts
    const { number } = chain.head()
    const { validUntil } = bound.deal
    const free = { ...record, state: 'offered' as const, deal: null }
    // The provider said yes but did not commit: its time is over, and the job is free again.
    if (number > validUntil) {
      this.#heardNo(id, bound, missed(NOT_COMMITTED, 'it said yes, and did not commit'), number)
      return this.#init.next(id, free)
    }
    if (number < signedAt(bound.deal) + PATIENCE_BLOCKS) return
    const pair = { job: this.#offerOf(record), resource: { body: { key: bound.providerKey } } }
    const answer = await this.#ask(pair, bound, options)
    if (isSilence(answer.code) || answer.code === COMMITTING) return
    if (answer.answer === 'accept') return this.#commit(bound, answer, options)
    this.#heardNo(id, bound, answer, number)
    this.#promised.delete(id)
    await this.#init.next(id, free)
  }

  /** A provider has committed what it was proposed. */
  dealt({ deal: { provider } }: Bound): void {
    this.#refusals.keptWord(provider)
  }

  /** The job has ended. */
  forget(id: Bytes32): void {
    this.#refusals.forget(id)
    this.#promised.delete(id)
  }

  /** Proposes to one; returns whether the search is over for now. */
  async #propose(id: Bytes32, pair: Pair, block: number, options: AbortOptions): Promise<boolean> {
    const { parts, read, write } = this.#init
    const record = await read(id)
    // Cancelled while others were asked.
    if (record?.state !== 'offered') return true
    const provider = pair.resource.account
    parts.events.emit('match:found', { job: id, provider, priceWei: priceOfTick(pair.priceTick), block })
    const signed = await this.#proposer.sign(pair, block)
    const bound: Bound = { ...signed, providerKey: pair.resource.body.key }
    // Kept before it is sent: the provider may commit what it has been shown, whatever becomes of us.
    await write(id, { ...record, state: 'proposed', deal: bound })
    parts.events.emit('deal:proposed', { job: id, deal: signed.id, provider, block })
    const answer = await this.#ask(pair, bound, options)
    if (answer.answer === 'accept') {
      this.#promised.set(id, { pair, validUntil: bound.deal.validUntil })
      return true
    }
    this.#heardNo(id, bound, answer, block)
    // A provider that gave no answer may still have heard us: wait out what was signed before signing again.
    if (isSilence(answer.code) && answer.code !== NEVER_LEFT) return true
    await write(id, { ...record, state: 'offered', deal: null })
    // It fetches for us: the next block asks the same one again rather than set three providers fetching.
    return answer.answer === 'fetching'
  }

  /** It says yes once more and has not committed: its signature lets us (docs/decisions/0029). */
  async #commit({ id, deal, signature }: Bound, yes: DealAnswer, options: AbortOptions): Promise<void> {
    const { chain, logger } = this.#init.parts
    if (yes.signature === null) return
    const call = { name: 'commitSigned', deal, signature, providerSignature: toHex(yes.signature) } as const
    try {
      await chain.send(call, { key: `commit/${id}`, ...options })
    } catch (error) {
      // The provider was faster after all, or one of the two has not the money: the next block shows which.
      if (!isLilyError(error, 'CHAIN_REVERTED')) throw error
      logger('lily:deal')('deal %s not committed for its provider: %s', id.slice(0, 10), error.message)
    }
  }

  async #ask(pair: Parameters<Proposer['propose']>[0], bound: Bound, options: AbortOptions): Promise<DealAnswer> {
    const { facts, parts } = this.#init
    const untilMs = parts.clock.nowMs() + ANSWER_MS
    const over = new AbortController()
    const exit = facts.onBlock(({ number }) => {
      if (number > bound.deal.validUntil && parts.clock.nowMs() >= untilMs)
        over.abort(new LilyError('NET_TIMEOUT', 'no answer while the deal was valid'))
    })
    const signals = [over.signal, ...(options.signal === undefined ? [] : [options.signal])]
    const answer = await this.#proposer
      .propose(pair, bound, { signal: AbortSignal.any(signals) })
      .catch(error => {
        if (options.signal?.aborted === true) throw error
        return missed(isLilyError(error) ? error.code : 'NET_FAILED', 'not reached')
      })
      .finally(exit)
    if (answer.answer !== 'accept') return answer
    const signer = recoverAccount(bound.id, answer.signature ?? new Uint8Array(0))
    return signer === bound.deal.provider ? answer : missed('NET_NOT_SIGNED', 'a yes without its signature')
  }

  #heardNo(id: Bytes32, { id: deal, deal: terms }: Bound, answer: DealAnswer, block: number): void {
    const { code, detail: reason } = answer
    const { provider } = terms
    this.#init.parts.events.emit('deal:refused', { job: id, deal, provider, code, reason, block })
    if (answer.answer === 'refuse') this.#refusals.refuse(id, terms, code, reason, block)
    if (isSilence(code)) this.#refusals.miss(id, provider, block)
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

/** The answer that a creator makes up where it has none. */
function missed(code: string, detail: string): DealAnswer {
  return { answer: 'busy', code, detail, signature: null }
}
