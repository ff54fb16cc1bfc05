/**
 * Sync: compares this node's books with its neighbours' and moves what either lacks. With each neighbour that connects and
 * once a minute over the whole book, every five seconds over the newest blocks. The comparison is protocols/sync.
 */
import { isLilyError } from '../../protocols/core/errors.ts'
import type { Verdict } from '../../protocols/core/verdict.ts'
import type { Offer, OfferKind } from '../../protocols/offer/offer.ts'
import { OFFER_HEAD_SLACK_BLOCKS, OFFER_MAX_LIFE_BLOCKS } from '../../protocols/params.ts'
import { answerSync, differenceOf } from '../../protocols/sync/answer.ts'
import { MAX_GIFT, MAX_OFFERS, type OffersRequest, type SyncRequest } from '../../protocols/sync/message.ts'
import { encodeBound, type Item } from '../../protocols/sync/range.ts'
import { after, type Fetch, restOf, SyncSession, wantedOf } from '../../protocols/sync/session.ts'
import { type Snapshot, shortId } from '../../protocols/sync/snapshot.ts'
import { STREAMS } from '../../protocols/wire.ts'
import type { Components } from './components.ts'
import { News, type NewsRound } from './news.ts'
import type { AbortOptions, Logger, Startable } from './ports.ts'
import type { Way } from './shelf.ts'
import type { Held } from './shelved.ts'
import { Streams } from './streams.ts'

/** Milliseconds between two rounds: what gossip lost is there before the next block but two. */
const ROUND_MS = 5_000

/** Milliseconds before a round that brings news. */
const NEWS_MS = 200

/** Rounds from one over the whole book to the next. */
const WHOLE_EVERY = 12

/** Blocks that the other rounds look back. */
const RECENT_BLOCKS = 64

/** Neighbours whose books are taken as they are when this node joins; one alone might withhold. */
const JOIN_PEERS = 3

/** Blocks that a whole book reaches back: what is older has expired, also where the neighbour's head is a little behind. */
const WHOLE_BLOCKS = OFFER_MAX_LIFE_BLOCKS + OFFER_HEAD_SLACK_BLOCKS

/**
 * Milliseconds for which a whole comparison waits for the one before, what that one brings need not be fetched again: as long
 * as nothing comes of it, and at most. A neighbour that drips offers keeps the others back no longer than that.
 */
const TURN_MS = 2_000
const MAX_TURN_MS = 10_000

/** Milliseconds after which a node looks at the book of a neighbour that came to it: who comes compares first. */
const GREET_MS = 1_500

/** Neighbours whose whole comparisons are remembered; more than any node has. */
const MAX_ASKERS = 1_024

/** Batches of one comparison: 50 carry a book of 10,000 offers to a node that has none. */
const MAX_BATCHES = 64

const KINDS: readonly OfferKind[] = ['resource', 'job']

/** A book that is compared. */
export interface Shelf {
  readonly kind: OfferKind
  snapshot(): Snapshot<Held>
  admitBytes(bytes: Uint8Array, way: Exclude<Way, 'gossip'>): Promise<Verdict<Offer>>
}

/** How many offers were new, and where an answer ended that had no room for more. */
type Fetched = { readonly taken: number } & ({ readonly isCut: true; readonly last: Item } | { readonly isCut: false })

/** @see the head of this file */
export class OfferSync implements Startable {
  readonly #parts: Components
  readonly #shelves: Readonly<Record<OfferKind, Shelf>>
  readonly #streams: Streams
  readonly #log: Logger
  readonly #exits: (() => void)[] = []
  /** Neighbours that a comparison runs with, and whether another was asked for meanwhile. */
  readonly #busy = new Map<string, boolean>()
  /** When a neighbour began to compare its whole book with ours, in ms. */
  readonly #askers = new Map<string, number>()
  /** Ends with the whole comparison that was asked for last. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Whole books still to be compared before this node counts as having joined. */
  #joinsLeft = JOIN_PEERS
  #abort: AbortController | undefined
  #loop: Promise<unknown> = Promise.resolve()
  readonly #news = new News()
  /** Offers that comparisons have brought so far. */
  #taken = 0

  constructor(parts: Components, shelves: Readonly<Record<OfferKind, Shelf>>, log: Logger) {
    this.#parts = parts
    this.#shelves = shelves
    this.#streams = new Streams({ network: parts.network, counts: parts.counts, log })
    this.#log = log
  }

  async start(): Promise<void> {
    const { network } = this.#parts
    const abort = new AbortController()
    this.#abort = abort
    this.#joinsLeft = JOIN_PEERS
    const options = { signal: abort.signal }
    this.#exits.push(
      this.#streams.serve(STREAMS.sync, (request, from) => this.#answerSync(request, from)),
      this.#streams.serve(STREAMS.offers, request => this.#answerOffers(request)),
      this.#streams.serve(STREAMS.gift, ({ kind, offers }, from) => this.#takeGift(kind, offers, from)),
      network.onPeer(peerId => void this.#meet(peerId, options))
    )
    this.#loop = Promise.all([this.#join(options), this.#rounds(options)])
  }

  async stop(): Promise<void> {
    this.#abort?.abort()
    this.#abort = undefined
    for (const exit of this.#exits.splice(0)) exit()
    await this.#loop
  }

  /** Whether a neighbour holds an offer: it is told of one and asked whether it lacks it. @throws NET_* */
  async isHeldBy(peerId: string, kind: OfferKind, { block, id }: Item, options: AbortOptions = {}): Promise<boolean> {
    const salt = this.#parts.entropy(8)
    const bounds = [{ block, id }, after({ block, id })].map(bound => encodeBound(bound, block))
    const request = { kind, salt, base: block, bounds, have: [shortId(id, salt)] }
    let wanted = new Uint8Array([1])
    for await (const entry of this.#streams.askMany(peerId, STREAMS.offers, request, options))
      if (entry.wanted !== null) wanted = Uint8Array.from(entry.wanted)
    return wanted[0] === 0
  }

  async *#answerSync(request: SyncRequest, from: string) {
    if (request.base <= this.#wholeFrom() + OFFER_HEAD_SLACK_BLOCKS) this.#noteAsker(from)
    const answer = answerSync(this.#shelves[request.kind].snapshot(), request)
    if (answer.parts.length === 0) this.#news.noteEqual(request.kind, from, request.base)
    yield answer
  }

  async *#answerOffers(request: OffersRequest) {
    const { missing, wanted } = differenceOf(this.#shelves[request.kind].snapshot(), request)
    for (const offer of missing) yield { offer: offer.encode(), wanted: null }
    yield { offer: null, wanted }
  }

  async *#takeGift(kind: OfferKind, offers: readonly Uint8Array[], from: string) {
    yield { taken: await this.#admitAll(this.#shelves[kind], offers, from) }
  }

  /** Compares with random neighbours until enough have answered; some at a time, because some will not. */
  async #join(options: { readonly signal: AbortSignal }): Promise<void> {
    const peers = this.#randomPeers(Number.POSITIVE_INFINITY).values()
    const work = async () => {
      for (const peerId of peers) {
        if (this.#joinsLeft === 0 || options.signal.aborted) return
        await this.#compareWhole(peerId, options)
      }
    }
    await Promise.all(Array.from({ length: JOIN_PEERS }, work))
  }

  async #meet(peerId: string, options: { readonly signal: AbortSignal }): Promise<void> {
    const { network, clock } = this.#parts
    const isDialled = network.peers().some(peer => peer.peerId === peerId && peer.isDialled)
    if (!isDialled) await clock.sleep(GREET_MS, options).catch(() => {})
    // Its comparison moves what either side lacks; while we join we believe no neighbour that we have not asked ourselves.
    const askedMs = this.#askers.get(peerId) ?? Number.NEGATIVE_INFINITY
    const hasCompared = !isDialled && this.#joinsLeft === 0 && clock.nowMs() - askedMs < 2 * GREET_MS
    if (!hasCompared) await this.#compareWhole(peerId, options)
  }

  /** One after the other while that goes fast: a neighbour that takes its time does not keep the others back. */
  #compareWhole(peerId: string, options: { readonly signal: AbortSignal }): Promise<void> {
    const over = new AbortController()
    const patience = this.#patience({ signal: AbortSignal.any([options.signal, over.signal]) })
    const turn = Promise.race([this.#turn, patience]).then(async () => {
      over.abort()
      if (!options.signal.aborted) await this.#compare(peerId, WHOLE_BLOCKS, options)
    })
    this.#turn = turn
    return turn
  }

  /** Ends when comparisons have brought nothing for a while, or after a longer one. */
  async #patience(options: { readonly signal: AbortSignal }): Promise<void> {
    const { clock } = this.#parts
    const endMs = clock.nowMs() + MAX_TURN_MS
    let before = -1
    while (before < this.#taken && clock.nowMs() < endMs && !options.signal.aborted) {
      before = this.#taken
      await clock.sleep(TURN_MS, options).catch(() => {})
    }
  }

  async #rounds({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    for (let round = 1; !signal.aborted; ) {
      await this.#untilRound(signal)
      const isNews = !this.#news.isEmpty
      const peers = signal.aborted ? [] : this.#randomPeers(Number.POSITIVE_INFINITY)
      const news = this.#news.next(peers)
      const [peer] = peers
      if (news !== undefined) await this.#tell(news, { signal })
      else if (peer !== undefined && !isNews) {
        const isWhole = round++ % WHOLE_EVERY === 0
        await this.#compare(peer, isWhole ? WHOLE_BLOCKS : RECENT_BLOCKS, { signal })
        // A node with few neighbours has heard what there is to hear by then.
        if (isWhole) this.#joinsLeft = 0
      }
    }
  }

  async #tell({ peerId, kinds, from }: NewsRound, options: { readonly signal: AbortSignal }): Promise<void> {
    const back = Math.max(RECENT_BLOCKS, this.#parts.chain.head().number - from + OFFER_HEAD_SLACK_BLOCKS)
    await this.#compare(peerId, back, options, kinds)
  }

  async #untilRound(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    const over = new AbortController()
    const options = { signal: AbortSignal.any([signal, over.signal]) }
    if (this.#news.isEmpty) await Promise.race([clock.sleep(ROUND_MS, options).catch(() => {}), this.#news.came])
    over.abort()
    if (!this.#news.isEmpty) await clock.sleep(NEWS_MS, { signal }).catch(() => {})
  }

  /** Compares the last `blocks` of both books with a neighbour's. */
  async #compare(
    peerId: string,
    blocks: number,
    options: { readonly signal: AbortSignal },
    kinds: readonly OfferKind[] = KINDS
  ): Promise<void> {
    const isRunning = this.#busy.has(peerId)
    this.#busy.set(peerId, isRunning)
    if (isRunning) return
    try {
      for (const kind of kinds) await this.#compareShelf(peerId, this.#shelves[kind], blocks, options)
      if (blocks === WHOLE_BLOCKS) this.#joinsLeft = Math.max(0, this.#joinsLeft - 1)
    } catch (error) {
      // A neighbour that does not answer costs nothing: the next round asks another.
      if (!options.signal.aborted)
        this.#log('sync with %s: %s', peerId.slice(-8), isLilyError(error) ? error.code : error)
    }
    const isAskedAgain = this.#busy.get(peerId) === true
    this.#busy.delete(peerId)
    if (isAskedAgain && !options.signal.aborted) await this.#compare(peerId, WHOLE_BLOCKS, options)
  }

  /** Session after session, as long as they bring something and more is left. */
  async #compareShelf(peerId: string, shelf: Shelf, blocks: number, options: AbortOptions): Promise<void> {
    const oldest = this.#parts.chain.head().number - blocks
    for (let batch = 0; batch < MAX_BATCHES; batch++) {
      const session = new SyncSession(shelf.snapshot(), shelf.kind, this.#parts.entropy(8), oldest)
      for (let request = session.ask(); request !== undefined; request = session.ask())
        session.take(await this.#streams.ask(peerId, STREAMS.sync, request, options))
      let taken = 0
      for (const first of session.fetches())
        for (let fetch: Fetch<Held> | undefined = first; fetch !== undefined; ) {
          const got: Fetched = await this.#fetch(peerId, shelf, fetch, options)
          taken += got.taken
          fetch = got.isCut && ++batch < MAX_BATCHES ? restOf(fetch, got.last) : undefined
        }
      if (taken > 0) continue
      this.#news.noteEqual(shelf.kind, peerId, oldest)
      return
    }
  }

  /** Fetches what is missing here and gives what is missing there. */
  async #fetch(peerId: string, shelf: Shelf, fetch: Fetch<Held>, options: AbortOptions): Promise<Fetched> {
    let count = 0
    const taken: Offer[] = []
    let last: Item | undefined
    let wanted: Uint8Array | null = null
    // Taken as they come: what is under way meanwhile costs no time.
    for await (const entry of this.#streams.askMany(peerId, STREAMS.offers, fetch.request, options)) {
      wanted = entry.wanted
      if (entry.offer === null) continue
      const offer = await this.#admit(shelf, entry.offer)
      count += 1
      if (offer !== undefined) taken.push(offer)
      last = offer === undefined ? undefined : { block: offer.body.refBlock, id: offer.id }
    }
    this.#noteNews(shelf.kind, taken, peerId)
    await this.#give(peerId, shelf, wantedOf(fetch, wanted ?? new Uint8Array()), options)
    const fetched = { taken: taken.length }
    return last !== undefined && count >= MAX_OFFERS ? { ...fetched, isCut: true, last } : { ...fetched, isCut: false }
  }

  /** Gives what the neighbour wants; where it takes no more for now, it will ask us. */
  async #give(peerId: string, shelf: Shelf, held: readonly Held[], options: AbortOptions): Promise<void> {
    try {
      for (let at = 0; at < held.length; at += MAX_GIFT) {
        const offers = held.slice(at, at + MAX_GIFT).map(offer => offer.encode())
        const { taken } = await this.#streams.ask(peerId, STREAMS.gift, { kind: shelf.kind, offers }, options)
        // Somebody else has given them meanwhile.
        if (taken === 0) return
      }
    } catch (error) {
      if (!isLilyError(error)) throw error
      this.#log('gift to %s: %s', peerId.slice(-8), error.code)
    }
  }

  /** Admits offers one by one: what one neighbour sends at once may take a second to verify. */
  async #admitAll(shelf: Shelf, offers: readonly Uint8Array[], from: string): Promise<number> {
    const taken: Offer[] = []
    for (const bytes of offers) {
      const offer = await this.#admit(shelf, bytes)
      if (offer !== undefined) taken.push(offer)
    }
    this.#noteNews(shelf.kind, taken, from)
    return taken.length
  }

  #noteNews(kind: OfferKind, taken: readonly Offer[], from: string): void {
    // Who joins has heard it all late.
    if (this.#joinsLeft > 0) return
    const blocks = taken.map(({ body }) => body.refBlock)
    this.#news.note(kind, blocks, from)
  }

  async #admit(shelf: Shelf, bytes: Uint8Array): Promise<Offer | undefined> {
    const way = this.#joinsLeft > 0 ? 'join' : 'sync'
    const verdict = await shelf.admitBytes(bytes, way)
    if (verdict.kind !== 'accept') return undefined
    this.#taken += 1
    return verdict.value
  }

  #wholeFrom(): number {
    return Math.max(0, this.#parts.chain.head().number - WHOLE_BLOCKS)
  }

  #noteAsker(peerId: string): void {
    this.#askers.delete(peerId)
    this.#askers.set(peerId, this.#parts.clock.nowMs())
    const [oldest] = this.#askers.keys()
    if (this.#askers.size > MAX_ASKERS && oldest !== undefined) this.#askers.delete(oldest)
  }

  #randomPeers(count: number): readonly string[] {
    const peers = this.#parts.network.peers().map(({ peerId }) => peerId)
    const chosen: string[] = []
    while (chosen.length < count && peers.length > 0) {
      const [high = 0, low = 0] = this.#parts.entropy(2)
      chosen.push(...peers.splice((high * 256 + low) % peers.length, 1))
    }
    return chosen
  }
}
