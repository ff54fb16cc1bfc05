/**
 * The resource provider: offers its machine, answers proposals, runs jobs, is paid. Read `#advance` first: it is the
 * provider's whole flow, one step per status of the deal; a deal comes to it over the desk (desk.ts).
 */
import type { Dispute } from '../../../protocols/committee/dispute.ts'
import { toHex } from '../../../protocols/core/bytes.ts'
import { isLilyError } from '../../../protocols/core/errors.ts'
import { secToMs } from '../../../protocols/core/units.ts'
import type { Deal, DealId } from '../../../protocols/deal/deal.ts'
import { type DealRecord, deadlineSec, isFinal } from '../../../protocols/deal/state.ts'
import { resultDigest } from '../../../protocols/result/result.ts'
import { isComparable } from '../../../protocols/run/status.ts'
import { STREAMS } from '../../../protocols/wire.ts'
import { appeal, isWorthAppealing } from '../appeal.ts'
import type { Components } from '../components.ts'
import { givenUp, giveUp, KEPT_DEAL, type KeptDeal } from '../deal.ts'
import { endWithoutResult, endWithResult } from '../delivery.ts'
import { Desk } from '../desk.ts'
import type { Facts } from '../facts.ts'
import { Journal } from '../journal.ts'
import { LogServer } from '../logs.ts'
import { Matches } from '../match.ts'
import type { Offers } from '../offer.ts'
import type { AbortOptions, Logger, RunOutcome, Startable } from '../ports.ts'
import { Prefetcher } from '../prefetch.ts'
import { Reconciler } from '../reconciler.ts'
import type { Requests } from '../requests.ts'
import { commitmentOf, type KeptResult, ResultServer, resultOf } from '../result.ts'
import { jobCid, type Runs } from '../run.ts'
import { callOpen, isOver, keepDispute, settleWhatIsDue } from '../settlement.ts'
import { Streams } from '../streams.ts'
import { Supply, type SupplyTerms } from '../supply.ts'
import { Taker } from '../take.ts'

const MIB = 1024 * 1024

/** Where anyone may act, the creator does first. */
const TURN = 1

/** @see the head of this file */
export class Provider implements Startable {
  readonly #parts: Components
  readonly #facts: Facts
  readonly #runs: Runs
  readonly #supply: Supply
  readonly #prefetcher: Prefetcher
  readonly #desk: Desk
  readonly #deals: Journal<KeptDeal>
  readonly #results: ResultServer
  readonly #logs: LogServer
  readonly #streams: Streams
  readonly #loop: Reconciler
  readonly #log: Logger
  /** Creators of the deals at hand: who may ask for a result. */
  readonly #creators = new Map<DealId, Deal['creator']>()
  readonly #exits: (() => void)[] = []
  readonly #appeals: boolean
  /** What contracts ask for; undefined where nobody listens to them. */
  readonly #requests: Requests | undefined
  readonly #taker: Taker | undefined
  /** Whose it is to commit a deal: ours that is on its way, or the creator's that asked again. */
  readonly #commits = new Map<DealId, 'ours' | 'theirs'>()
  /** Whether a second run of the job confirmed our result, by deal. */
  readonly #confirmed = new Map<DealId, boolean>()

  /**
   * @param options.appeals asks for the next committee when found wrong over a result that a second run confirms
   * @param options.requests the requests of contracts, to be taken
   * @param options.matches the rule over this node's view, where somebody else plays it as well
   */
  constructor(
    parts: Components,
    offers: Offers,
    facts: Facts,
    runs: Runs,
    terms: SupplyTerms,
    options: { readonly appeals?: boolean; readonly requests?: Requests; readonly matches?: Matches } = {}
  ) {
    this.#parts = parts
    this.#appeals = options.appeals ?? false
    this.#facts = facts
    this.#runs = runs
    this.#supply = new Supply(parts, offers, facts, terms)
    const maxBytes = terms.machine.diskMiB * MIB
    this.#prefetcher = new Prefetcher(runs, parts.clock, maxBytes)
    this.#desk = new Desk({
      parts,
      offers,
      facts,
      supply: this.#supply,
      prefetcher: this.#prefetcher,
      matches: options.matches ?? new Matches(parts.chain, offers, facts),
      kept: id => this.#deals.get(id),
      take: (id, kept) => this.#keep(id, kept),
      handOver: id => {
        if (this.#commits.get(id) === 'ours') return false
        this.#commits.set(id, 'theirs')
        return true
      }
    })
    this.#requests = options.requests
    if (options.requests !== undefined)
      this.#taker = new Taker(parts, options.requests, offers, runs, this.#supply, maxBytes)
    this.#deals = new Journal(parts.store, 'provider-deal', KEPT_DEAL)
    this.#results = new ResultServer(
      parts,
      id => this.#creators.get(id),
      id => this.#loop.wake(id)
    )
    this.#logs = new LogServer(parts, id => this.#creators.get(id))
    this.#log = parts.logger('lily:provider')
    this.#streams = Streams.of(parts, 'lily:provider')
    const advance = (id: string, signal: AbortSignal) => this.#advance(id as DealId, { signal })
    this.#loop = new Reconciler({ advance, clock: parts.clock, log: this.#log })
  }

  async start(): Promise<void> {
    await this.#results.start()
    await this.#logs.start()
    await this.#loop.start()
    for await (const [id, { deal }] of this.#deals.entries()) {
      this.#supply.promise(id, deal)
      this.#take(id, deal)
    }
    await this.#desk.start()
    this.#exits.push(
      this.#streams.serve(STREAMS.deal, (proposal, _, options) => this.#desk.answer(proposal, options)),
      this.#facts.onBlock(() => this.#onBlock())
    )
    await this.#supply.renew()
  }

  async stop(): Promise<void> {
    for (const exit of this.#exits.splice(0)) exit()
    await this.#supply.withdraw().catch(error => this.#log('offer not withdrawn: %o', error))
    await this.#desk.stop()
    await this.#prefetcher.stop()
    await this.#taker?.stop()
    await this.#loop.stop()
    await this.#logs.stop()
    await this.#results.stop()
  }

  /** The whole flow of a deal on the provider's side. */
  async #advance(id: DealId, options: AbortOptions): Promise<void> {
    const { chain } = this.#parts
    const kept = await this.#deals.get(id)
    if (kept === undefined) return this.#loop.remove(id)
    const { deal } = kept
    const record = await chain.deal(id, options)
    if (await this.#deliver(id, deal, record, options)) return
    if (isFinal(record.status)) return this.#close(id)
    if (await settleWhatIsDue(chain, id, deal, record, { turn: TURN, ...options })) return
    switch (record.status) {
      case 'none':
        return this.#commit(id, kept, options)
      case 'committed': {
        if (kept.failure !== null && givenUp(kept) === undefined) return
        const result =
          (await this.#results.get(id)) ?? (await this.#run(id, kept, deadlineSec(record, deal) ?? 0, options))
        if (result !== undefined) await this.#submit(id, deal, result, options)
        return
      }
      case 'submitted':
        return this.#settle(id, deal, options)
      case 'disputed':
        return this.#defend(id, deal, options)
    }
  }

  /** none -> committed, unless the creator's signature has run out, or the Market will not have it. */
  async #commit(id: DealId, kept: KeptDeal, options: AbortOptions): Promise<void> {
    const { chain, events } = this.#parts
    const { deal } = kept
    if (chain.head().number > deal.validUntil) return this.#close(id)
    if (givenUp(kept) !== undefined || this.#commits.get(id) === 'theirs') return
    this.#commits.set(id, 'ours')
    const signature = toHex(kept.signature)
    const request = this.#requests?.of(deal.jobOffer)
    const isTaken = request !== undefined && deal.creator === chain.deployment.jobs
    try {
      const { block } = await chain.send(
        isTaken ? { name: 'takeRequest', order: request.order, deal, signature } : { name: 'commit', deal, signature },
        { key: `commit/${id}`, ...options }
      )
      events.emit('deal:committed', { deal: id, provider: deal.provider, creator: deal.creator, block })
    } catch (error) {
      if (!isLilyError(error, 'CHAIN_REVERTED')) throw error
      this.#log('deal %s not committed: %s', id.slice(0, 10), error.message)
      // It is there already, or came there by others while we were at it.
      if ((await chain.deal(id, options)).status !== 'none') return this.#loop.wake(id)
      if (isTaken) return this.#close(id)
      await this.#deals.put(id, giveUp(kept, error.message))
    } finally {
      this.#commits.delete(id)
    }
  }

  /** Runs the job; undefined when this machine failed at it, which only its deadline can end. */
  async #run(id: DealId, kept: KeptDeal, endSec: number, options: AbortOptions): Promise<KeptResult | undefined> {
    const { events, chain, content } = this.#parts
    const leftMs = Math.max(0, secToMs(endSec - chain.head().timestampSec))
    const signals = [AbortSignal.timeout(leftMs), ...(options.signal === undefined ? [] : [options.signal])]
    const limited = { signal: AbortSignal.any(signals) }
    let outcome: RunOutcome
    try {
      events.emit('run:fetching', { deal: id, role: 'provider' })
      const loaded = await this.#runs.load(jobCid(kept.deal.spec), limited)
      const onStart = () => events.emit('run:started', { deal: id, role: 'provider' })
      outcome = await this.#runs.run(loaded, { ...limited, onStart, onLog: this.#logs.begin(id) })
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      return this.#fail(
        id,
        kept,
        isLilyError(error) ? error.code : 'INTERNAL',
        error instanceof Error ? error.message : ''
      )
    } finally {
      this.#logs.end(id)
    }
    if (!isComparable(outcome.status)) return this.#fail(id, kept, outcome.status, outcome.diagnostics ?? '')
    const { status, exitCode, used, wallMs } = outcome
    events.emit('run:finished', {
      deal: id,
      role: 'provider',
      status,
      exitCode,
      root: outcome.root.toString(),
      used,
      wallMs
    })
    const result = await this.#results.keep(id, resultOf(outcome))
    // A creator asks its provider. A contract's users know the CID and nobody: for them it is in the DHT, which costs some
    // forty messages and is work for as many nodes (docs/decisions/0035).
    if (kept.deal.creator === chain.deployment.jobs)
      content.provide(outcome.root, options).catch(error => this.#log('result not announced: %o', error))
    return result
  }

  async #fail(id: DealId, kept: KeptDeal, code: string, message: string): Promise<undefined> {
    this.#parts.events.emit('run:failed', { deal: id, role: 'provider', code, message })
    await this.#deals.put(id, { ...kept, failure: `${code}: ${message}`.slice(0, 500) })
  }

  /** committed -> submitted. */
  async #submit(id: DealId, deal: Deal, { opened }: KeptResult, options: AbortOptions): Promise<void> {
    const call = { name: 'submit', deal, commitment: commitmentOf(opened, deal.provider) } as const
    const { block } = await this.#parts.chain.send(call, { key: `submit/${id}`, ...options })
    this.#parts.events.emit('result:submitted', { deal: id, block })
  }

  /** submitted -> settled, with the creator's acceptance; without one the window must pass. */
  async #settle(id: DealId, deal: Deal, options: AbortOptions): Promise<void> {
    const kept = await this.#results.get(id)
    if (kept === undefined || kept.acceptance === null) return
    const call = {
      name: 'settleAccepted',
      deal,
      result: kept.opened.result,
      signature: toHex(kept.acceptance)
    } as const
    await this.#parts.chain.send(call, { key: `accepted/${id}`, ...options })
  }

  /** disputed: open the result when the votes are opened, keep the dispute moving. */
  async #defend(id: DealId, deal: Deal, options: AbortOptions): Promise<void> {
    const { chain } = this.#parts
    const dispute = await chain.dispute(id, options)
    const kept = await this.#results.get(id)
    if (dispute.phase === 'reveal' && !dispute.isOpened && kept !== undefined) {
      const { result, salt } = kept.opened
      await chain.send({ name: 'openResult', deal, result, salt }, { key: `open/${id}`, ...options })
    }
    if (
      dispute.phase === 'appeal' &&
      kept !== undefined &&
      (await this.#shouldAppeal(id, deal, dispute, kept, options))
    )
      return appeal(chain, id, deal, options)
    await keepDispute(chain, id, deal, { turn: TURN, ...options })
  }

  /** Whether this provider was found wrong, stands to lose more than an appeal costs, and finds the same once more. */
  async #shouldAppeal(
    id: DealId,
    deal: Deal,
    dispute: Dispute,
    { opened }: KeptResult,
    options: AbortOptions
  ): Promise<boolean> {
    if (!this.#appeals || dispute.pending !== 'wrong' || !isWorthAppealing(deal, dispute)) return false
    const known = this.#confirmed.get(id)
    if (known !== undefined) return known
    const outcome = await this.#runs.run(await this.#runs.load(jobCid(deal.spec), options), options)
    const isSame = isComparable(outcome.status) && resultDigest(resultOf(outcome)) === resultDigest(opened.result)
    this.#confirmed.set(id, isSame)
    this.#log('verdict on %s looked at again: %s', id.slice(0, 10), isSame ? 'appealed' : 'our result was wrong')
    return isSame
  }

  /** A contract's job, handed in or over: it is paid by being delivered. Returns whether that was all there is to do. */
  async #deliver(id: DealId, deal: Deal, record: DealRecord, options: AbortOptions): Promise<boolean> {
    const { chain } = this.#parts
    const request = this.#requests?.of(deal.jobOffer)
    if (request === undefined || deal.creator !== chain.deployment.jobs) return false
    if (record.status !== 'submitted' && !isFinal(record.status)) return false
    const isUnchecked = record.status === 'submitted' && request.order.isChecked
    if (record.status === 'submitted' && !isOver(chain, record.atSec + deal.window, 0)) {
      // Without the check that was paid for, the result would never be accepted.
      const call = { name: 'checkRequest', order: request.order, deal } as const
      if (isUnchecked) await callOpen(chain, call, `check/${id}`, options)
      return true
    }
    if (isUnchecked && !isOver(chain, record.atSec + 2 * deal.window, 0)) return true
    const kept = isUnchecked ? undefined : await this.#results.get(id)
    const ending =
      kept === undefined
        ? await endWithoutResult(chain, id, deal, record, options)
        : await endWithResult(this.#parts, request, id, deal, record, kept.opened, options)
    if (ending === undefined) return !isFinal(record.status)
    const call = { name: 'deliverRequest', order: request.order, deal, ending } as const
    const isDelivered = await callOpen(chain, call, `deliver/${id}/${record.status}`, options)
    this.#log('request %s %s', request.id.slice(0, 10), isDelivered ? 'delivered' : 'not delivered')
    return !isFinal(record.status)
  }

  async #close(id: DealId): Promise<void> {
    const { chain, events } = this.#parts
    const record = await chain.deal(id)
    if (isFinal(record.status)) {
      const { verdict } = await chain.dispute(id)
      events.emit('deal:closed', { deal: id, status: record.status, verdict, block: chain.head().number })
    }
    await this.#deals.delete(id)
    await this.#results.forget(id)
    this.#logs.forget(id)
    this.#creators.delete(id)
    this.#confirmed.delete(id)
    this.#commits.delete(id)
    this.#loop.remove(id)
  }

  #take(id: DealId, deal: Deal): void {
    this.#creators.set(id, deal.creator)
    this.#loop.add(id)
  }

  #onBlock(): void {
    this.#loop.wakeAll()
    this.#supply.renew().catch(error => this.#log.error('offer not renewed: %o', error))
    this.#takeRequests().catch(error => this.#log.error('requests not looked at: %o', error))
  }

  /** Contracts' requests that are ours to take become deals like others; their signature is our own. */
  async #takeRequests(): Promise<void> {
    for await (const { id, deal, signature } of this.#taker?.take() ?? [])
      await this.#keep(id, { deal, signature, failure: null })
  }

  async #keep(id: DealId, kept: KeptDeal): Promise<void> {
    await this.#deals.put(id, kept)
    this.#take(id, kept.deal)
  }
}
