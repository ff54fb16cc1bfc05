/**
 * One kind of offers on this node: the book, the topic that fills it, and admission, which is the same by whatever way an
 * offer comes but for its age. The rules are protocols/offer. Part of step 1 of a job's life.
 */
import type { Address } from '../../protocols/core/account.ts'
import { type Bytes32, fromHex, type Hex, toHex } from '../../protocols/core/bytes.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { ignore, reject, type Verdict } from '../../protocols/core/verdict.ts'
import { ageFromOf } from '../../protocols/offer/age.ts'
import { Book } from '../../protocols/offer/book.ts'
import {
  type Offer,
  type OfferBody,
  type OfferKind,
  offerOf,
  offerPreimage,
  signedPart
} from '../../protocols/offer/offer.ts'
import { checkLag, checkOffer, type OfferCode } from '../../protocols/offer/rule.ts'
import { OFFER_MATURITY_BLOCKS } from '../../protocols/params.ts'
import type { Snapshot } from '../../protocols/sync/snapshot.ts'
import { type GossipMessage, topicOf } from '../../protocols/wire.ts'
import { type Components, domainOf } from './components.ts'
import type { Gossip } from './gossip.ts'
import { Heard } from './heard.ts'
import { peerIdOfPublicKey } from './peer-id.ts'
import type { AbortOptions } from './ports.ts'
import { AccountQuota } from './quota.ts'
import { type Held, Shelved } from './shelved.ts'

/** Blocks back to which the rule can be applied again. */
export const REPLAY_BLOCKS = 1024

/** Blocks by which a renewed offer is dated back: the rule's waiting, and what a reader's head may be behind. */
const RENEWAL_BLOCKS = OFFER_MATURITY_BLOCKS + 2

/** How much of what neighbours let pass at once this node uses for its own: what the way bunches up stays within their limit. */
const OWN_SHARE = 0.8

/** What the node fills in itself when it publishes an offer. */
export type Filled = 'v' | 'key' | 'seq' | 'refBlock' | 'refHash' | 'isCancel'

/** A signed offer as it travels. */
export interface Signed<Body> {
  readonly offer: Body
  readonly signature: Uint8Array
}

/** What the offers of a block's fork are checked against. */
export interface Heads {
  /** Hash of a recent block; undefined when it is not known here. */
  hashOf(block: number): Bytes32 | undefined
}

/** How an offer came: `join` is sync while this node catches up, when it could not have heard anything in time. */
export type Way = 'gossip' | 'sync' | 'join'

/** What is remembered of an offer for as long as a deal may name it. */
interface Named {
  readonly account: Address
  readonly slot: number
  readonly key: Uint8Array
  readonly expiry: number
}

/** One kind of offers: its book, its topic, its way in. */
export class Shelf<Body extends OfferBody> {
  readonly kind: OfferKind
  readonly book: Book<Body>
  readonly heard = new Heard<Body>()
  readonly #message: GossipMessage<Signed<Body>>
  readonly #encodeBody: (body: Body) => Uint8Array
  readonly #parts: Components
  readonly #heads: Heads
  readonly #gossip: Gossip
  /** Of accounts, whoever brings their offers, and of those that bring their own. */
  readonly #quota: AccountQuota
  readonly #authorQuota: AccountQuota
  /** What this node sends itself. */
  readonly #pace: AccountQuota
  readonly #shelved = new Shelved<Body>(offer => this.encode(offer))
  /** The bytes of offers that came as such: they are given on as they are. */
  readonly #wires = new WeakMap<Offer<Body>, Uint8Array>()
  /** The last of this node's own announcements: they go one by one, or two would bear the same number. */
  #announcing: Promise<unknown> = Promise.resolve()
  readonly #slots = new Map<Bytes32, Named>()

  constructor(
    kind: OfferKind,
    message: GossipMessage<Signed<Body>>,
    encodeBody: (body: Body) => Uint8Array,
    parts: Components,
    heads: Heads,
    gossip: Gossip
  ) {
    this.kind = kind
    this.book = new Book(this.#shelved)
    this.#message = message
    this.#encodeBody = encodeBody
    this.#parts = parts
    this.#heads = heads
    this.#gossip = gossip
    const quota = (share: number) => new AccountQuota(message, () => parts.clock.nowMs(), share)
    this.#quota = quota(1)
    this.#authorQuota = quota(1)
    this.#pace = quota(OWN_SHARE)
  }

  /** Begins to hear the topic. Returns the way out. */
  join(): () => void {
    return this.#gossip.join<Signed<Body>, Offer<Body>>(this.#topic(), this.#message, {
      rule: (message, from, bytes) => this.#hear(message, from, bytes),
      accepted: () => {}
    })
  }

  /**
   * What comes from its author's own peer is counted before its signature is looked at: the connection says who that is, so
   * a flood costs no more than its decoding. Who merely passes offers on is not blamed for the author's rate.
   */
  async #hear(message: Signed<Body>, from: string, bytes: Uint8Array): Promise<Verdict<Offer<Body>, OfferCode>> {
    // [IGNORE] the author keeps to its rate
    const isAuthor = peerIdOfPublicKey(message.offer.key) === from
    const excessSec = isAuthor ? this.#authorQuota.take(from, message.offer.slot) : 0
    if (excessSec > 0) {
      this.#parts.network.blame(from, excessSec)
      return this.#tooOften()
    }
    return this.#admit(message, bytes, 'gossip')
  }

  #tooOften(): Verdict<never, OfferCode> {
    return ignore('OFFER_QUOTA', 'more offers than its account or its slot has a right to')
  }

  /** Takes a signed offer, which the bytes are the encoding of: the whole of admission. */
  async #admit(
    { offer: body, signature }: Signed<Body>,
    bytes: Uint8Array,
    way: Way
  ): Promise<Verdict<Offer<Body>, OfferCode>> {
    const head = this.#parts.chain.head().number
    const refused = checkOffer(body, head) ?? (way === 'gossip' ? checkLag(body, head) : undefined)
    if (refused !== undefined) return refused
    const known = this.#heads.hashOf(body.refBlock)
    // [IGNORE] the offer speaks of a block that is not on our fork; either may turn out to be the canonical one
    if (known !== undefined && !known.startsWith(body.refHash))
      return ignore('OFFER_WRONG_FORK', `block ${body.refBlock}`)
    const preimage = this.#preimageOf(signedPart(bytes))
    const offer = await this.#authenticate(body, preimage, signature)
    // [REJECT] the signature is by the account's key
    if (offer === undefined) return reject('OFFER_BAD_SIGNATURE', 'not by the key that it names')
    // [IGNORE] the account keeps to its rate: counted once it is known to be the account's, or others could use it up
    if (way === 'gossip' && this.#quota.take(offer.account, body.slot) > 0) return this.#tooOften()
    const ageFrom = ageFromOf(body.refBlock, head, way === 'join')
    const aged = ageFrom === undefined ? offer : { ...offer, ageFrom }
    this.#wires.set(aged, Uint8Array.from(bytes))
    return this.#enter(aged)
  }

  /** The offer that the parts make, if the signature is by the key that it names. */
  authenticate(body: Body, signature: Uint8Array): Promise<Offer<Body> | undefined> {
    return this.#authenticate(body, this.#preimage(body), signature)
  }

  async #authenticate(body: Body, preimage: Uint8Array, signature: Uint8Array): Promise<Offer<Body> | undefined> {
    const isByKey = await this.#parts.signer.verifyBytes(body.key, preimage, signature)
    return isByKey ? offerOf(preimage, body, signature) : undefined
  }

  /** Takes an offer that sync brought, from the wire's bytes. @throws CodecError */
  async admitBytes(bytes: Uint8Array, way: Exclude<Way, 'gossip'>): Promise<Verdict<Offer<Body>, OfferCode>> {
    // [IGNORE] known: several neighbours may bring it at once, and to decode and verify it is nearly all the work
    const id = toHex(sha256(this.#preimageOf(signedPart(bytes))))
    if (this.#slots.has(id)) return ignore('OFFER_STALE', 'already known')
    return this.#admit(this.#message.codec.decode(bytes), bytes, way)
  }

  /** Publishes an offer of this node's account; it replaces what its slot held. */
  publish(draft: Omit<Body, Filled>, options: AbortOptions = {}): Promise<Offer<Body>> {
    return this.#inTurn(() => this.#publish(draft, 0, options))
  }

  /**
   * Publishes the terms that the slot holds once more. They are known, so the rule need not wait until they are: the offer is
   * dated back, or for one block nobody would give its provider anything.
   */
  renew(draft: Omit<Body, Filled>, options: AbortOptions = {}): Promise<Offer<Body>> {
    return this.#inTurn(() => this.#publish(draft, RENEWAL_BLOCKS, options))
  }

  /** Withdraws what a slot of this node's account holds. */
  withdraw(slot: number, options: AbortOptions = {}): Promise<void> {
    return this.#inTurn(() => this.#withdraw(slot, options))
  }

  async #inTurn<T>(announce: () => Promise<T>): Promise<T> {
    const before = this.#announcing
    const turn = before.then(announce)
    this.#announcing = turn.catch(() => {})
    return turn
  }

  async #publish(draft: Omit<Body, Filled>, back: number, options: AbortOptions): Promise<Offer<Body>> {
    await this.#inPace(draft.slot as number, options)
    const { chain, signer } = this.#parts
    const head = chain.head()
    const before = this.#heads.hashOf(head.number - back)
    const { number, hash } = before === undefined ? head : { number: head.number - back, hash: before }
    const filled: Pick<OfferBody, Filled> = {
      v: 1,
      key: signer.publicKey,
      seq: await this.#nextSeq(draft.slot as number),
      refBlock: number,
      refHash: hash.slice(0, 10) as Hex,
      isCancel: false
    }
    const { offer, recipients } = await this.#announce({ ...draft, ...filled } as unknown as Body, options)
    this.#parts.events.emit('offer:published', { kind: this.kind, id: offer.id, block: head.number, recipients })
    return offer
  }

  async #withdraw(slot: number, options: AbortOptions): Promise<void> {
    const held = this.book.at(this.#parts.signer.account, slot)
    if (held === undefined || held.body.isCancel) return
    await this.#inPace(slot, options)
    await this.#announce({ ...held.body, seq: await this.#nextSeq(slot), isCancel: true }, options)
  }

  /** Waits until neighbours will take one more offer of ours. */
  async #inPace(slot: number, options: AbortOptions): Promise<void> {
    const { clock, signer } = this.#parts
    while (this.#pace.take(signer.account, slot) > 0) await clock.sleep(1000 / this.#message.ownPerSecond, options)
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

  /** Everything held, as reconciliation wants it; the same object until something changes. */
  snapshot(): Snapshot<Held> {
    return this.#shelved.at(this.#parts.chain.head().number)
  }

  /** The wire's bytes of an offer. */
  encode(offer: Offer<Body>): Uint8Array {
    return this.#wires.get(offer) ?? this.#message.codec.encode(signed(offer))
  }

  /** An offer of ours from the wire's bytes, without the checks of admission. @throws CodecError */
  decode(bytes: Uint8Array): Offer<Body> {
    const { offer, signature } = this.#message.codec.decode(bytes)
    return offerOf(this.#preimage(offer), offer, signature)
  }

  slotOf(id: Bytes32): { readonly account: Address; readonly slot: number } | undefined {
    return this.#slots.get(id)
  }

  /** The peer whose offer it was, of whichever was heard once. */
  peerOf(id: Bytes32): string | undefined {
    const named = this.#slots.get(id)
    return named && peerIdOfPublicKey(named.key)
  }

  /** A deal may outlive the offer that it came from by its run and window: ids are remembered for as long again. */
  prune(block: number): void {
    this.book.prune(block)
    this.heard.prune(block - REPLAY_BLOCKS)
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
    const { account, body } = offer
    const { number } = this.#parts.chain.head()
    const held = this.book.at(account, body.slot)
    const verdict = this.book.add(offer)
    const isEquivocated = verdict.kind === 'ignore' && verdict.reason.code === 'OFFER_EQUIVOCATION'
    if (held !== undefined && (verdict.kind === 'accept' || isEquivocated)) this.heard.end(held.id, number)
    if (verdict.kind !== 'accept') return verdict
    this.#slots.set(offer.id, { account, slot: body.slot, key: Uint8Array.from(body.key), expiry: body.expiry })
    this.heard.begin(offer, number)
    return verdict
  }

  #topic(): string {
    return topicOf(this.kind, domainOf(this.#parts.chain))
  }

  #preimage(body: Body): Uint8Array {
    return this.#preimageOf(this.#encodeBody(body))
  }

  #preimageOf(body: Uint8Array): Uint8Array {
    return offerPreimage(this.kind, domainOf(this.#parts.chain), body)
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
