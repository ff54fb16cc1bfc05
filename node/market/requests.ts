/**
 * The requests of contracts, as the chain tells them: which are open, which are deals. And their keeper: every node ends
 * what has come to its end, for the reward of the request, so that no contract waits for a party that is gone.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { type DealRecord, isFinal } from '../../protocols/deal/state.ts'
import type { ChainRequest } from '../../protocols/request/request.ts'
import type { Components } from './components.ts'
import { endWithoutResult } from './delivery.ts'
import type { Facts } from './facts.ts'
import type { AbortOptions, ChainUpdate, Logger, Startable } from './ports.ts'
import { Reconciler } from './reconciler.ts'
import { callOpen, isOver } from './settlement.ts'

/** Gas of a keeper's call beside the client's function. */
const KEEPING_GAS = 250_000n

/** Keepers take turns, so that not all of them pay for a call that only the first can make. */
const TURNS = 8

/** @see the head of this file */
export class Requests implements Startable {
  readonly #parts: Components
  readonly #facts: Facts
  readonly #known = new Map<Bytes32, ChainRequest>()
  readonly #closed = new Map<Bytes32, ChainRequest>()
  /** The deals that requests became: whoever is not OnchainJobs may name a request in a deal, and it means nothing. */
  readonly #deals = new Map<Bytes32, { readonly id: DealId; readonly deal: Deal }>()
  readonly #loop: Reconciler
  readonly #log: Logger
  readonly #exits: (() => void)[] = []

  constructor(parts: Components, facts: Facts) {
    this.#parts = parts
    this.#facts = facts
    this.#log = parts.logger('lily:request')
    const advance = (id: string, signal: AbortSignal) => this.#keep(id as Bytes32, { signal })
    this.#loop = new Reconciler({ advance, clock: parts.clock, log: this.#log })
  }

  async start(): Promise<void> {
    await this.#loop.start()
    this.#exits.push(
      this.#parts.chain.follow(update => this.#apply(update)),
      this.#facts.onBlock(() => this.#loop.wakeAll())
    )
  }

  async stop(): Promise<void> {
    for (const exit of this.#exits.splice(0)) exit()
    await this.#loop.stop()
  }

  /** A request that is not over. */
  of(id: Bytes32): ChainRequest | undefined {
    return this.#known.get(id)
  }

  /** Requests that nobody took. */
  *open(): IterableIterator<ChainRequest> {
    for (const request of this.#known.values()) if (!this.#deals.has(request.id)) yield request
  }

  #apply({ kind, events }: ChainUpdate): void {
    const isApplied = kind === 'apply'
    for (const event of events) {
      if (event.type === 'deal:committed' && event.deal.creator === this.#parts.chain.deployment.jobs) {
        if (isApplied) this.#deals.set(event.deal.jobOffer, event)
        else this.#deals.delete(event.deal.jobOffer)
      } else if (event.type === 'request:made') {
        if (isApplied) this.#add(event.request)
        else this.#remove(event.request.id)
      } else if (event.type === 'request:closed') {
        const request = (isApplied ? this.#known : this.#closed).get(event.id)
        if (request === undefined) continue
        if (isApplied) {
          this.#remove(event.id)
          this.#closed.set(event.id, request)
          // Kept for a reorganisation only.
          for (const oldest of this.#closed.keys()) {
            if (this.#closed.size <= 1_000) break
            this.#closed.delete(oldest)
            this.#deals.delete(oldest)
          }
        } else this.#add(request)
      }
    }
  }

  #add(request: ChainRequest): void {
    this.#known.set(request.id, request)
    this.#closed.delete(request.id)
    this.#loop.add(request.id)
  }

  #remove(id: Bytes32): void {
    this.#known.delete(id)
    this.#loop.remove(id)
  }

  /** What is due of a request, once it is this node's turn and worth its gas. */
  async #keep(id: Bytes32, options: AbortOptions): Promise<void> {
    const { chain } = this.#parts
    const request = this.#known.get(id)
    if (request === undefined) return this.#loop.remove(id)
    const { order } = request
    const turn = this.#turn(id)
    const taken = this.#deals.get(id)
    if (taken === undefined) {
      if (BigInt(chain.head().number) <= order.expiry + BigInt(turn)) return
      if (await this.#isWorthIt(request, options))
        await callOpen(chain, { name: 'refundRequest', order }, `request/${id}`, options)
      return
    }
    const { id: dealId, deal } = taken
    if (deal.provider === chain.account) return // as its provider, this node does more
    const record = await chain.deal(dealId, options)
    if (!this.#isDue(request, deal, record, turn) || !(await this.#isWorthIt(request, options))) return
    if (order.isChecked && record.status === 'submitted' && !isOver(chain, record.atSec + deal.window, 0))
      await callOpen(chain, { name: 'checkRequest', order, deal }, `check/${id}`, options)
    else await this.#end(request, dealId, deal, record, options)
  }

  async #end(
    request: ChainRequest,
    dealId: DealId,
    deal: Deal,
    record: DealRecord,
    options: AbortOptions
  ): Promise<void> {
    const { chain } = this.#parts
    const ending = await endWithoutResult(chain, dealId, deal, record, options)
    if (ending === undefined) return
    const call = { name: 'deliverRequest', order: request.order, deal, ending } as const
    const isDone = await callOpen(chain, call, `deliver/${request.id}/${record.status}`, options)
    this.#log('request %s: %s', request.id.slice(0, 10), isDone ? 'ended' : 'not to be ended yet')
  }

  #isDue({ order }: ChainRequest, deal: Deal, record: DealRecord, turn: number): boolean {
    const { chain } = this.#parts
    if (record.status === 'committed') return isOver(chain, record.atSec + deal.runTime, turn)
    if (record.status === 'submitted')
      return isOver(chain, order.isChecked ? record.atSec : record.atSec + 2 * deal.window, turn)
    return 'atSec' in record && isFinal(record.status) && isOver(chain, record.atSec, turn)
  }

  /** What the call costs is at most what it earns. */
  async #isWorthIt({ order }: ChainRequest, options: AbortOptions): Promise<boolean> {
    const gas = KEEPING_GAS + BigInt(order.callbackGas)
    return order.reward > 0n && order.reward >= gas * (await this.#parts.chain.gasPriceWei(options))
  }

  /** Behind the provider, and in an order that differs from request to request. */
  #turn(id: Bytes32): number {
    return 2 + ((sha256(utf8(`${id}/${this.#parts.chain.account}`))[0] ?? 0) % TURNS)
  }
}
