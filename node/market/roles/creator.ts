/**
 * The job creator: offers jobs, signs deals, fetches and checks results, accepts or challenges. Read `#advance`: it is the
 * creator's whole flow, one step per state of the job; `#follow` is the part after the deal is on chain.
 */
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { LilyError } from '../../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../../protocols/deal/deal.ts'
import { type DealRecord, isFinal } from '../../../protocols/deal/state.ts'
import type { JobOffer, Offer } from '../../../protocols/offer/offer.ts'
import { MAX_JOB_SLOTS } from '../../../protocols/params.ts'
import type { JobRequest } from '../api.ts'
import type { Components } from '../components.ts'
import { ensureEscrow } from '../escrow.ts'
import type { Facts } from '../facts.ts'
import { type Bound, failureOfEnd, JOB_RECORD, type JobDefaults, type JobRecord, prepareJob } from '../job.ts'
import { Journal } from '../journal.ts'
import type { Ranker } from '../match.ts'
import type { Offers } from '../offer.ts'
import { peerIdOfPublicKey } from '../peer-id.ts'
import { Placement } from '../placement.ts'
import type { AbortOptions, FetchOptions, Files, Logger, Startable } from '../ports.ts'
import { pricePaid } from '../receipt.ts'
import { Reconciler } from '../reconciler.ts'
import { ResultClient, rootOf } from '../result.ts'
import { readExitCode } from '../run.ts'
import { keepDispute, settleWhatIsDue } from '../settlement.ts'

/** Blocks after which the creator settles its acceptance itself, because the provider does not. */
const SETTLE_AFTER_BLOCKS = 6

/** Without a byte for so long a fetch has failed; sooner where the window is short: there must be time to challenge. */
const FETCH_STALL_MS = 30_000

/** Where anyone may act, the creator acts first. */
const TURN = 0

/** Hears of each change of a job's record. */
export type JobListener = (id: Bytes32, record: JobRecord) => void

/** @see the head of this file */
export class Creator implements Startable {
  readonly #parts: Components
  readonly #offers: Offers
  readonly #facts: Facts
  readonly #files: Files
  readonly #defaults: JobDefaults
  readonly #jobs: Journal<JobRecord>
  readonly #placement: Placement
  readonly #results: ResultClient
  readonly #loop: Reconciler
  readonly #log: Logger
  readonly #listeners = new Set<JobListener>()
  #exit: (() => void) | undefined

  constructor(parts: Components, offers: Offers, facts: Facts, matches: Ranker, files: Files, defaults: JobDefaults) {
    this.#parts = parts
    this.#offers = offers
    this.#facts = facts
    this.#files = files
    this.#defaults = defaults
    this.#jobs = new Journal(parts.store, 'job', JOB_RECORD)
    this.#placement = new Placement({
      parts,
      offers,
      facts,
      matches,
      read: id => this.#jobs.get(id),
      write: (id, record) => this.#write(id, record),
      next: (id, record) => this.#next(id, record),
      end: (id, record) => this.#end(id, record)
    })
    this.#results = new ResultClient(parts)
    this.#log = parts.logger('lily:creator')
    const advance = (id: string, signal: AbortSignal) => this.#advance(id as Bytes32, { signal })
    this.#loop = new Reconciler({ advance, clock: parts.clock, log: this.#log })
  }

  async start(): Promise<void> {
    await this.#loop.start()
    for await (const [id, record] of this.#jobs.entries()) if (isOpen(record)) this.#takeUp(id, record)
    this.#exit ??= this.#facts.onBlock(() => this.#loop.wakeAll())
  }

  async stop(): Promise<void> {
    this.#exit?.()
    this.#exit = undefined
    await this.#loop.stop()
  }

  /** Offers a job; resolves to its id once it is in the journal and gossiped. @throws JOB_*, MODULE_*, WALLET_NO_FUNDS */
  async submit(request: JobRequest, options: AbortOptions = {}): Promise<Bytes32> {
    const prepared = await prepareJob(this.#parts, this.#files, request, this.#defaults, options)
    await ensureEscrow(this.#parts.chain, prepared.escrowWei, options)
    const { number } = this.#parts.chain.head()
    const waitUntil = number + prepared.waitBlocks
    const slot = await this.#freeSlot()
    const offer = await this.#offers.jobs.publish({ ...prepared.draft, slot, expiry: waitUntil }, options)
    await this.#write(offer.id, {
      state: 'offered',
      offer: this.#offers.jobs.encode(offer),
      module: prepared.moduleCid,
      moduleName: prepared.module.name,
      createdAtMs: this.#parts.clock.nowMs(),
      waitUntil,
      verifyBps: prepared.verifyBps,
      isChecked: prepared.isChecked,
      deal: null,
      opened: null,
      dir: null,
      exitCode: null,
      acceptedAt: null,
      isChallenged: false,
      closed: null,
      failure: null
    })
    this.#loop.add(offer.id)
    return offer.id
  }

  /** Withdraws a job's offer. @throws JOB_UNKNOWN, JOB_HAS_DEAL */
  async cancel(id: Bytes32): Promise<JobRecord> {
    const record = await this.job(id)
    if (record.state === 'cancelled') return record
    if (record.state !== 'offered')
      throw new LilyError(
        'JOB_HAS_DEAL',
        `job ${id} is ${record.state}: only a job that still waits for a provider can be cancelled`
      )
    await this.#offers.jobs.withdraw(this.#offerOf(record).body.slot)
    return this.#end(id, { ...record, state: 'cancelled' })
  }

  /** A job's record. @throws JOB_UNKNOWN */
  async job(id: Bytes32): Promise<JobRecord> {
    const record = await this.#jobs.get(id)
    if (record === undefined)
      throw new LilyError('JOB_UNKNOWN', `this node has no job ${id}; "lilynode jobs ls" lists them`)
    return record
  }

  /** Every job, in no order. */
  jobs(): AsyncIterable<readonly [Bytes32, JobRecord]> {
    return this.#jobs.entries()
  }

  /** Hears of changes. Returns the way out. */
  onChange(listener: JobListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The whole flow of a job. */
  async #advance(id: Bytes32, options: AbortOptions): Promise<void> {
    const record = await this.#jobs.get(id)
    if (record === undefined || !isOpen(record)) return this.#loop.remove(id)
    if (record.deal === null) return this.#placement.find(id, record, options)
    const state = await this.#parts.chain.deal(record.deal.id, options)
    if (state.status === 'none') return this.#placement.pending(id, record, record.deal, options)
    await this.#follow(id, record, record.deal, state, options)
  }

  /** committed, submitted, disputed, closed: what the chain says decides. */
  async #follow(id: Bytes32, record: JobRecord, bound: Bound, state: DealRecord, options: AbortOptions): Promise<void> {
    const { chain, events } = this.#parts
    const { id: dealId, deal } = bound
    if (state.status === 'none') return
    if (isFinal(state.status)) return this.#close(id, record, bound, options)
    if (record.state === 'proposed') {
      this.#placement.dealt(bound)
      events.emit('deal:committed', {
        deal: dealId,
        provider: deal.provider,
        creator: deal.creator,
        block: chain.head().number
      })
      return this.#next(id, { ...record, state: 'committed' })
    }
    if (state.status === 'disputed') {
      if (record.state !== 'disputed') await this.#write(id, { ...record, state: 'disputed', isChallenged: true })
      return void (await keepDispute(chain, dealId, deal, { turn: TURN, ...options }))
    }
    if (await settleWhatIsDue(chain, dealId, deal, state, { turn: TURN, ...options })) return
    if (state.status !== 'submitted') return
    if (record.state === 'committed') {
      events.emit('result:submitted', { deal: dealId, block: chain.head().number })
      return this.#next(id, { ...record, state: 'submitted' })
    }
    if (record.opened === null || record.dir === null) return this.#fetch(id, record, bound, state, options)
    if (record.isChecked) return this.#challenge(dealId, deal, options)
    await this.#accept(id, record, bound, options)
  }

  /** submitted -> fetched; a result that cannot be had is challenged while there is time, if anything is ever checked. */
  async #fetch(
    id: Bytes32,
    record: JobRecord,
    bound: Bound,
    state: DealRecord & { status: 'submitted' },
    options: AbortOptions
  ): Promise<void> {
    const { chain } = this.#parts
    const peerId = peerIdOfPublicKey(bound.providerKey)
    try {
      const opened = record.opened ?? (await this.#results.ask(bound.id, bound.deal, state.commitment, peerId, options))
      if (opened === undefined)
        throw new LilyError('RESULT_NOT_OPENED', 'the provider does not open what it committed to')
      if (record.opened === null) await this.#write(id, { ...record, opened })
      const stallMs = Math.min(FETCH_STALL_MS, (bound.deal.window * 1000) / 4)
      await this.#save(id, { ...record, opened }, bound, { from: [peerId], stallMs, ...options })
      this.#loop.wake(id)
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      const halfTime = state.atSec + bound.deal.window / 2
      this.#log('result of %s not fetched: %o', bound.id.slice(0, 10), error)
      if (chain.head().timestampSec > halfTime && record.verifyBps > 0)
        await this.#challenge(bound.id, bound.deal, options)
    }
  }

  async #save(id: Bytes32, record: JobRecord, bound: Bound, options: FetchOptions): Promise<JobRecord> {
    if (record.opened === null) return record
    const root = rootOf(record.opened.result)
    const dir = await this.#files.saveResult(bound.id, root, options)
    const exitCode = await readExitCode(this.#parts.content, root, options)
    this.#parts.events.emit('result:fetched', { deal: bound.id, root: root.toString(), dir })
    const state = record.state === 'submitted' ? 'fetched' : record.state
    return this.#write(id, { ...record, state, dir, exitCode })
  }

  async #challenge(dealId: DealId, deal: Deal, options: AbortOptions): Promise<void> {
    const { block } = await this.#parts.chain.send(
      { name: 'challenge', deal },
      { key: `challenge/${dealId}`, ...options }
    )
    this.#parts.events.emit('deal:challenged', { deal: dealId, block })
  }

  /** fetched -> settled: hands the acceptance over, and settles itself when the provider does not. */
  async #accept(id: Bytes32, record: JobRecord, bound: Bound, options: AbortOptions): Promise<void> {
    const { chain } = this.#parts
    if (record.opened === null) return
    const { result } = record.opened
    const signature = await this.#results.sign(bound.id, result)
    const { number } = chain.head()
    if (record.acceptedAt === null) {
      await this.#write(id, { ...record, acceptedAt: number })
      await this.#results.accept(bound.id, signature, peerIdOfPublicKey(bound.providerKey), options).catch(error => {
        this.#log('acceptance of %s not handed over: %o', bound.id.slice(0, 10), error)
      })
    } else if (number >= record.acceptedAt + SETTLE_AFTER_BLOCKS) {
      await chain.send(
        { name: 'settleAccepted', deal: bound.deal, result, signature },
        { key: `accepted/${bound.id}`, ...options }
      )
    }
  }

  async #close(id: Bytes32, record: JobRecord, bound: Bound, options: AbortOptions): Promise<void> {
    const { chain, events, signer } = this.#parts
    const { status } = await chain.deal(bound.id, options)
    if (!isFinal(status)) return
    const { verdict } = await chain.dispute(bound.id, options)
    const saved = await this.#saveLate(id, record, bound, options)
    const payments = await chain.payments(bound.id, options)
    const closed = {
      status,
      verdict,
      pricePaid: pricePaid(bound.deal, signer.account, record.isChallenged, payments)
    }
    events.emit('deal:closed', { deal: bound.id, status, verdict, block: chain.head().number })
    const failure = failureOfEnd(status, saved)
    await this.#end(id, { ...saved, state: failure === null ? 'done' : 'failed', closed, failure })
  }

  /** What was not fetched before the end may still be had; what cannot leaves the deal closed all the same. */
  async #saveLate(id: Bytes32, record: JobRecord, bound: Bound, options: AbortOptions): Promise<JobRecord> {
    if (record.dir !== null) return record
    const found = await this.#results.found(bound.id, options)
    const opened = record.opened ?? (found.result === undefined ? null : { result: found.result, salt: null })
    const from = [peerIdOfPublicKey(bound.providerKey), ...found.from]
    const known = { ...record, opened }
    return this.#save(id, known, bound, { from, ...options }).catch(() => known)
  }

  #takeUp(id: Bytes32, record: JobRecord): void {
    const offer = this.#offerOf(record)
    if (record.deal === null) this.#offers.jobs.restore(offer)
    if (record.deal === null) this.#offers.jobs.repeat(offer).catch(error => this.#log('offer not repeated: %o', error))
    this.#loop.add(id)
  }

  #offerOf(record: JobRecord): Offer<JobOffer> {
    return this.#offers.jobs.decode(record.offer)
  }

  async #freeSlot(): Promise<number> {
    const used = new Set<number>()
    for await (const [, record] of this.#jobs.entries()) if (isOpen(record)) used.add(this.#offerOf(record).body.slot)
    for (let slot = 0; slot < MAX_JOB_SLOTS; slot++) if (!used.has(slot)) return slot
    throw new LilyError(
      'JOB_TOO_MANY',
      `this node has ${MAX_JOB_SLOTS} open jobs, the most that one account may have: wait for one to end`
    )
  }

  async #write(id: Bytes32, record: JobRecord): Promise<JobRecord> {
    await this.#jobs.put(id, record)
    for (const listener of this.#listeners) listener(id, record)
    return record
  }

  /** Keeps a new state and goes on at once: the next step waits for no block. */
  async #next(id: Bytes32, record: JobRecord): Promise<void> {
    await this.#write(id, record)
    this.#loop.wake(id)
  }

  async #end(id: Bytes32, record: JobRecord): Promise<JobRecord> {
    this.#loop.remove(id)
    this.#placement.forget(id)
    return this.#write(id, record)
  }
}

/** Whether a job still has a step before it. */
export function isOpen({ state }: JobRecord): boolean {
  return state !== 'done' && state !== 'failed' && state !== 'cancelled'
}
