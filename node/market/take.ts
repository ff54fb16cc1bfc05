/**
 * Takes the requests of contracts for a provider: which of them fit its offer, when it is its turn, and whether their data
 * can be had. What it takes becomes a deal like any other.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { fromHex, toHex } from '../../protocols/core/bytes.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { dealId } from '../../protocols/deal/typed-data.ts'
import { askTickFor } from '../../protocols/match/compatible.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import { priceOfTick } from '../../protocols/offer/price.ts'
import {
  type ChainRequest,
  dealOfRequest,
  firstBlockAt,
  jobBlockOf,
  offeredWei,
  offerOfRequest,
  turnOf
} from '../../protocols/request/request.ts'
import { type Components, domainOf } from './components.ts'
import type { Offers } from './offer.ts'
import type { AbortOptions, Logger } from './ports.ts'
import type { Requests } from './requests.ts'
import { jobCid, type Runs } from './run.ts'
import type { Supply } from './supply.ts'

/** Blocks that a provider waits for each one before it. */
const TURN_BLOCKS = 2

/** Before data that could not be had are asked for again, in ms: who has them may come. */
const RETRY_MS = 15_000

/** Requests whose data are remembered to be here, or not to be had. */
const MAX_KNOWN = 256

/** A request that is now a promise of this provider. */
export interface Taken {
  readonly id: DealId
  readonly deal: Deal
  /** The provider's own: the request has agreed already. */
  readonly signature: Uint8Array
}

/** @see the head of this file */
export class Taker {
  readonly #parts: Components
  readonly #requests: Requests
  readonly #offers: Offers
  readonly #runs: Runs
  readonly #supply: Supply
  readonly #maxBytes: number
  readonly #log: Logger
  /** The offer that a request stands for, once its data are here; null when it can never be ours. */
  readonly #ready = new Map<Bytes32, Offer<JobOffer> | null>()
  readonly #fetching = new Map<Bytes32, Promise<void>>()
  #abort = new AbortController()

  /** @param maxBytes of one request's data */
  constructor(parts: Components, requests: Requests, offers: Offers, runs: Runs, supply: Supply, maxBytes: number) {
    this.#parts = parts
    this.#requests = requests
    this.#offers = offers
    this.#runs = runs
    this.#supply = supply
    this.#maxBytes = maxBytes
    this.#log = parts.logger('lily:request')
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all(this.#fetching.values())
    this.#abort = new AbortController()
  }

  /** Takes what may be taken now; each is promised before it is given. */
  async *take(options: AbortOptions = {}): AsyncIterable<Taken> {
    const resource = this.#supply.current
    if (resource === undefined) return
    const { chain, signer, entropy } = this.#parts
    const block = chain.head().number
    for (const request of this.#requests.open()) {
      const { id, order } = request
      if (BigInt(block) >= order.expiry || this.#supply.hasPromised(id)) continue
      // Nothing is fetched for those who do not lock our price.
      if (order.price < leastAskWei(resource.body)) continue
      const job = this.#jobOf(request)
      if (job === undefined || job === null) continue
      const deal = dealOfRequest(job, resource, block, BigInt(toHex(entropy(16))))
      // The next block is the first that can have the transaction.
      if (deal === undefined || deal.price > offeredWei(order, block + 1)) continue
      const turn = turnOf(job, signer.account, this.#offers.resources.live(block))
      const from = firstBlockAt(order, askTickFor(resource.body, job.body.module))
      if (block < from + turn * TURN_BLOCKS) continue
      if (!(await this.#supply.hasRoomFor(deal, options))) continue
      const taken = dealId(domainOf(chain), deal)
      const signature = fromHex(await signer.signDigest(taken))
      if (this.#supply.promise(taken, deal)) yield { id: taken, deal, signature }
    }
  }

  /** What a request stands for; undefined while its data are fetched. */
  #jobOf(request: ChainRequest): Offer<JobOffer> | null | undefined {
    const { signal } = this.#abort
    const known = this.#ready.get(request.id)
    if (known !== undefined || this.#fetching.has(request.id)) return known
    const fetching = this.#fetch(request)
      .catch(async error => {
        this.#log('request %s: %s', request.id.slice(0, 10), isLilyError(error) ? error.code : error)
        // Nobody can run it, now or later: to look at it again would be work for nothing.
        if (isLilyError(error, 'RUN_REJECTED')) return null
        if (!signal.aborted) await this.#parts.clock.sleep(RETRY_MS, { signal }).catch(() => {})
        return undefined
      })
      .then(job => {
        this.#fetching.delete(request.id)
        if (job !== undefined) this.#ready.set(request.id, job)
        for (const oldest of this.#ready.keys()) {
          if (this.#ready.size <= MAX_KNOWN) break
          this.#ready.delete(oldest)
        }
      })
    this.#fetching.set(request.id, fetching)
    return undefined
  }

  async #fetch(request: ChainRequest): Promise<Offer<JobOffer> | null> {
    const { content, chain } = this.#parts
    const { jobs } = chain.deployment
    const block = jobBlockOf(request)
    if (block === undefined || jobs === undefined) return null
    const options = { signal: this.#abort.signal }
    // Kept, so that mediators find it with us.
    await content.putBlock('dag-cbor', block, options)
    const loaded = await this.#runs.load(jobCid(request.order.spec), options)
    const job = offerOfRequest(request, jobs, loaded.module)
    const resource = this.#supply.current
    // Nothing is fetched for a request that could not be ours.
    if (job === undefined || resource === undefined || dealOfRequest(job, resource, 0, 0n) === undefined) return null
    await this.#runs.prefetch(loaded, { ...options, maxBytes: this.#maxBytes })
    return job
  }
}

function leastAskWei({ askTick, moduleAsks }: ResourceOffer): bigint {
  return priceOfTick(Math.min(askTick, ...moduleAsks.map(ask => ask.askTick)))
}
