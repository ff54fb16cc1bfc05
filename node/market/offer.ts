/**
 * Offers: publishes this node's own, collects everybody's. Gossip carries each offer once; a node that joins or that missed
 * one asks its neighbours (sync). The rules are protocols/offer; this file only moves messages. Step 1 of a job's life.
 */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32, Hex } from '../../protocols/core/bytes.ts'
import { fromHex } from '../../protocols/core/bytes.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import { ignore, reject, type Verdict } from '../../protocols/core/verdict.ts'
import { Book } from '../../protocols/offer/book.ts'
import {
  encodeOffer,
  type JobOffer,
  type Offer,
  type OfferBody,
  type OfferKind,
  offerOf,
  offerPreimage,
  type ResourceOffer
} from '../../protocols/offer/offer.ts'
import { checkOffer, type OfferCode } from '../../protocols/offer/rule.ts'
import type { SyncRequest } from '../../protocols/offer/sync.ts'
import { GOSSIP, type GossipMessage, STREAMS, topicOf } from '../../protocols/wire.ts'
import { type Components, domainOf } from './components.ts'
import { Gossip } from './gossip.ts'
import type { AbortOptions, Logger, Startable } from './ports.ts'
import { Streams } from './streams.ts'

/** Milliseconds between two rounds of asking a neighbour what it has: repairs what gossip lost. */
const SYNC_EVERY_MS = 30_000

/** Offers in one answer of sync. */
const SYNC_PAGE = 200

/** What the node fills in itself when it publishes an offer. */
type Filled = 'v' | 'key' | 'seq' | 'refBlock' | 'refHash' | 'isCancel'

/** What a creator decides of its offer. */
export type JobDraft = Omit<JobOffer, Filled>

/** A signed offer as it travels. */
interface Signed<Body> {
  readonly offer: Body
  readonly signature: Uint8Array
}

/** What the offers of a block's fork are checked against. */
export interface Heads {
  /** Hash of a recent block; undefined when it is not known here. */
  hashOf(block: number): Bytes32 | undefined
}

/** Both kinds of offers. */
export class Offers implements Startable {
  readonly resources: Shelf<ResourceOffer>
  readonly jobs: Shelf<JobOffer>
  readonly #parts: Components
  readonly #streams: Streams
  readonly #log: Logger
  readonly #exits: (() => void)[] = []
  #abort: AbortController | undefined
  #syncing: Promise<void> = Promise.resolve()

  constructor(parts: Components, heads: Heads) {
    const log = parts.logger('lily:offer')
    const gossip = new Gossip({ network: parts.network, clock: parts.clock, log })
    this.resources = new Shelf('resource', GOSSIP.resource, body => encodeOffer('resource', body), parts, heads, gossip)
    this.jobs = new Shelf('job', GOSSIP.job, body => encodeOffer('job', body), parts, heads, gossip)
    this.#parts = parts
    this.#streams = new Streams({ network: parts.network, log })
    this.#log = log
  }

  async start(): Promise<void> {
    const { network } = this.#parts
    const abort = new AbortController()
    this.#abort = abort
    this.#exits.push(
      this.resources.join(),
      this.jobs.join(),
      this.#streams.serve(STREAMS.sync, request => this.#answerSync(request)),
      network.onPeer(peerId => void this.#syncWith(peerId, abort.signal))
    )
    for (const { peerId } of network.peers()) void this.#syncWith(peerId, abort.signal)
    this.#syncing = this.#syncLoop(abort.signal)
  }

  async stop(): Promise<void> {
    this.#abort?.abort()
    this.#abort = undefined
    for (const exit of this.#exits.splice(0)) exit()
    await this.#syncing
  }

  /** Where a resource offer that was heard once points, also after it was replaced: deals name offers by id. */
  slotOf(id: Bytes32): { readonly account: Address; readonly slot: number } | undefined {
    return this.resources.slotOf(id)
  }

  /** Forgets what has expired at `block`. */
  prune(block: number): void {
    this.resources.prune(block)
    this.jobs.prune(block)
  }

  async *#answerSync({ kind, after }: SyncRequest) {
    const shelf = kind === 'resource' ? this.resources : this.jobs
    for (const message of shelf.page(this.#parts.chain.head().number, after, SYNC_PAGE)) yield { offer: message }
  }

  async #syncWith(peerId: string, signal: AbortSignal): Promise<void> {
    try {
      for (const shelf of [this.resources, this.jobs]) await this.#syncShelf(peerId, shelf, signal)
    } catch (error) {
      // A neighbour that does not answer costs nothing: the next round asks another.
      if (!signal.aborted) this.#log('sync with %s: %s', peerId.slice(-8), isLilyError(error) ? error.code : error)
    }
  }

  async #syncShelf(peerId: string, shelf: Shelf<ResourceOffer> | Shelf<JobOffer>, signal: AbortSignal): Promise<void> {
    for (let after: Bytes32 | null = null; ; ) {
      let heard = 0
      for await (const { offer } of this.#streams.askMany(
        peerId,
        STREAMS.sync,
        { kind: shelf.kind, after },
        { signal }
      )) {
        const last = shelf.idOf(offer)
        // A page must ascend, or a peer could keep us asking for ever.
        if (after !== null && last <= after) return
        after = last
        heard += 1
        await shelf.admitBytes(offer)
      }
      if (heard < SYNC_PAGE) return
    }
  }

  async #syncLoop(signal: AbortSignal): Promise<void> {
    for (let round = 0; !signal.aborted; round++) {
      await this.#parts.clock.sleep(SYNC_EVERY_MS, { signal }).catch(() => {})
      const peers = this.#parts.network.peers()
      const peer = peers[round % Math.max(peers.length, 1)]
      if (peer !== undefined && !signal.aborted) await this.#syncWith(peer.peerId, signal)
    }
  }
}

/** One kind of offers: its book, its topic, its way in. */
class Shelf<Body extends OfferBody> {
  readonly kind: OfferKind
  readonly book = new Book<Body>()
  readonly #message: GossipMessage<Signed<Body>>
  readonly #encodeBody: (body: Body) => Uint8Array
  readonly #parts: Components
  readonly #heads: Heads
  readonly #gossip: Gossip
  readonly #slots = new Map<Bytes32, { readonly account: Address; readonly slot: number; readonly expiry: number }>()

  constructor(
    kind: OfferKind,
    message: GossipMessage<Signed<Body>>,
    encodeBody: (body: Body) => Uint8Array,
    parts: Components,
    heads: Heads,
    gossip: Gossip
  ) {
    this.kind = kind
    this.#message = message
    this.#encodeBody = encodeBody
    this.#parts = parts
    this.#heads = heads
    this.#gossip = gossip
  }

  /** Begins to hear the topic. Returns the way out. */
  join(): () => void {
    return this.#gossip.join<Signed<Body>, Offer<Body>>(this.#topic(), this.#message, {
      rule: message => this.admit(message),
      accepted: () => {}
    })
  }

  /** Takes a signed offer, by whatever way it came: the whole of admission. */
  async admit({ offer: body, signature }: Signed<Body>): Promise<Verdict<Offer<Body>, OfferCode>> {
    const refused = checkOffer(body, this.#parts.chain.head().number)
    if (refused !== undefined) return refused
    const known = this.#heads.hashOf(body.refBlock)
    // [IGNORE] the offer speaks of a block that is not on our fork; either may turn out to be the canonical one
    if (known !== undefined && !known.startsWith(body.refHash))
      return ignore('OFFER_WRONG_FORK', `block ${body.refBlock}`)
    const offer = await this.authenticate(body, signature)
    // [REJECT] the signature is by the account's key
    return offer === undefined ? reject('OFFER_BAD_SIGNATURE', 'not by the key that it names') : this.#enter(offer)
  }

  /** The offer that the parts make, if the signature is by the key that it names. */
  async authenticate(body: Body, signature: Uint8Array): Promise<Offer<Body> | undefined> {
    const preimage = this.#preimage(body)
    const isByKey = await this.#parts.signer.verifyBytes(body.key, preimage, signature)
    return isByKey ? offerOf(preimage, body, signature) : undefined
  }

  /** As {@link admit}, from the wire's bytes. @throws CodecError */
  admitBytes(bytes: Uint8Array): Promise<Verdict<Offer<Body>, OfferCode>> {
    return this.admit(this.#message.codec.decode(bytes))
  }

  /** Publishes an offer of this node's account; it replaces what its slot held. */
  async publish(draft: Omit<Body, Filled>, options: AbortOptions = {}): Promise<Offer<Body>> {
    const { chain, signer } = this.#parts
    const { number, hash } = chain.head()
    const filled: Pick<OfferBody, Filled> = {
      v: 1,
      key: signer.publicKey,
      seq: await this.#nextSeq(draft.slot as number),
      refBlock: number,
      refHash: hash.slice(0, 10) as Hex,
      isCancel: false
    }
    const { offer, recipients } = await this.#announce({ ...draft, ...filled } as unknown as Body, options)
    this.#parts.events.emit('offer:published', { kind: this.kind, id: offer.id, block: number, recipients })
    return offer
  }

  /** Withdraws what a slot of this node's account holds. */
  async withdraw(slot: number, options: AbortOptions = {}): Promise<void> {
    const held = this.book.at(this.#parts.signer.account, slot)
    if (held === undefined || held.body.isCancel) return
    await this.#announce({ ...held.body, seq: await this.#nextSeq(slot), isCancel: true }, options)
  }

  /** An own offer again, for whoever did not hear it. */
  async repeat(offer: Offer<Body>, options: AbortOptions = {}): Promise<void> {
    await this.#gossip.publish(this.#topic(), this.#message, signed(offer), options)
  }

  /** Takes an own offer from the journal back into the book, after a restart. */
  restore(offer: Offer<Body>): void {
    this.#enter(offer)
  }

  /** Offers that stand at `block`. */
  live(block: number): IterableIterator<Offer<Body>> {
    return this.book.live(block)
  }

  /** The wire's bytes of the `max` offers that follow an id and have not expired, in ascending order of ids. */
  page(block: number, after: Bytes32 | null, max: number): Uint8Array[] {
    const offers = [...this.book.all(block)].filter(({ id }) => after === null || id > after)
    offers.sort((a, b) => (a.id < b.id ? -1 : 1))
    return offers.slice(0, max).map(offer => this.encode(offer))
  }

  /** The id that an offer's bytes have. @throws CodecError */
  idOf(bytes: Uint8Array): Bytes32 {
    return this.decode(bytes).id
  }

  /** The wire's bytes of an offer. */
  encode(offer: Offer<Body>): Uint8Array {
    return this.#message.codec.encode(signed(offer))
  }

  /** An offer of ours from the wire's bytes, without the checks of admission. @throws CodecError */
  decode(bytes: Uint8Array): Offer<Body> {
    const { offer, signature } = this.#message.codec.decode(bytes)
    return offerOf(this.#preimage(offer), offer, signature)
  }

  slotOf(id: Bytes32): { readonly account: Address; readonly slot: number } | undefined {
    return this.#slots.get(id)
  }

  /** A deal may outlive the offer that it came from by its run and window: ids are remembered for as long again. */
  prune(block: number): void {
    this.book.prune(block)
    for (const [id, { expiry }] of this.#slots) if (expiry < block - 100_000) this.#slots.delete(id)
  }

  async #announce(body: Body, options: AbortOptions): Promise<{ offer: Offer<Body>; recipients: number }> {
    const preimage = this.#preimage(body)
    const offer = offerOf(preimage, body, await this.#parts.signer.signBytes(preimage))
    this.#enter(offer)
    const recipients = await this.#gossip.publish(this.#topic(), this.#message, signed(offer), options)
    return { offer, recipients }
  }

  #enter(offer: Offer<Body>): Verdict<Offer<Body>, OfferCode> {
    const verdict = this.book.add(offer)
    const { account, body } = offer
    if (verdict.kind === 'accept') this.#slots.set(offer.id, { account, slot: body.slot, expiry: body.expiry })
    return verdict
  }

  #topic(): string {
    return topicOf(this.kind, domainOf(this.#parts.chain))
  }

  #preimage(body: Body): Uint8Array {
    return offerPreimage(this.kind, domainOf(this.#parts.chain), this.#encodeBody(body))
  }

  /** Numbers only ever rise, also across restarts, or a replaced offer would come back to life. */
  async #nextSeq(slot: number): Promise<number> {
    const { store, signer } = this.#parts
    const key = `offer-seq/${this.kind}/${slot}`
    const stored = await store.get(key)
    const used = stored === undefined ? 0 : Number(new DataView(stored.buffer, stored.byteOffset).getBigUint64(0))
    const seq = Math.max(used, this.book.at(signer.account, slot)?.body.seq ?? 0) + 1
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(seq))
    await store.put(key, bytes)
    return seq
  }
}

function signed<Body extends OfferBody>(offer: Offer<Body>): Signed<Body> {
  return { offer: offer.body, signature: fromHex(offer.signature) }
}
