/**
 * Results between the two parties: the provider blinds and serves what it found, the creator fetches it and checks it
 * against the commitment on chain. Step 5 of a job's life.
 */
import { type Address, recoverAccount } from '../../protocols/core/account.ts'
import { type Bytes32, fromHex, type Hex, toHex } from '../../protocols/core/bytes.ts'
import { type CID, CODEC, cidOfDigest, digestOfCid } from '../../protocols/core/cid.ts'
import { bytes, codec, nullable, struct } from '../../protocols/core/codec.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { acceptDigest } from '../../protocols/deal/typed-data.ts'
import type { ResultAnswer } from '../../protocols/result/handover.ts'
import {
  COMPARABLE_STATUSES,
  OPENED,
  type OpenedResult,
  type Result,
  resultCommitment,
  resultDigest
} from '../../protocols/result/result.ts'
import { isComparable } from '../../protocols/run/status.ts'
import { STREAMS } from '../../protocols/wire.ts'
import { type Components, domainOf } from './components.ts'
import { Journal } from './journal.ts'
import { accountOf } from './peer-id.ts'
import type { AbortOptions, RunOutcome, Startable } from './ports.ts'
import { Streams } from './streams.ts'

/** What a provider keeps of a deal's result: how it opens, and the creator's acceptance once it has it. */
const KEPT = codec('kept result', struct({ opened: OPENED, acceptance: nullable(bytes(64, 65)) }), 1024)

/** @see KEPT */
export interface KeptResult {
  readonly opened: OpenedResult
  readonly acceptance: Uint8Array | null
}

/** Whose deal it is: what the provider's side of `result/1` must know to answer nobody else. */
export type CreatorOf = (deal: DealId) => Address | undefined

/** A run's outcome in the form that the chain compares. @throws TypeError when its status is not comparable */
export function resultOf(outcome: RunOutcome): Result {
  if (!isComparable(outcome.status)) throw new TypeError(`a run that ended as ${outcome.status} has no result`)
  return { root: digestOfCid(outcome.root), status: COMPARABLE_STATUSES.indexOf(outcome.status), used: outcome.used }
}

/** The CID of a result's directory. */
export function rootOf(result: Result): CID {
  return cidOfDigest(CODEC.dagPb, result.root)
}

/** The provider's side: keeps results, and hands each to its creator. */
export class ResultServer implements Startable {
  readonly #parts: Components
  readonly #kept: Journal<KeptResult>
  readonly #streams: Streams
  readonly #creatorOf: CreatorOf
  readonly #onAccepted: (deal: DealId) => void
  #exit: (() => void) | undefined

  constructor(parts: Components, creatorOf: CreatorOf, onAccepted: (deal: DealId) => void) {
    this.#parts = parts
    this.#kept = new Journal(parts.store, 'result', KEPT)
    this.#streams = Streams.of(parts, 'lily:result')
    this.#creatorOf = creatorOf
    this.#onAccepted = onAccepted
  }

  async start(): Promise<void> {
    this.#exit ??= this.#streams.serve(STREAMS.result, ({ deal, acceptance }, from) =>
      this.#answer(deal, acceptance, from)
    )
  }

  async stop(): Promise<void> {
    this.#exit?.()
    this.#exit = undefined
  }

  /** The kept result of a deal. */
  get(deal: DealId): Promise<KeptResult | undefined> {
    return this.#kept.get(deal)
  }

  /** Keeps a result under a fresh salt, before its commitment is sent anywhere. */
  async keep(deal: DealId, result: Result): Promise<KeptResult> {
    const kept = { opened: { result, salt: toHex(this.#parts.entropy(32)) }, acceptance: null }
    await this.#kept.put(deal, kept)
    return kept
  }

  /** Forgets a deal that has come to its end. */
  forget(deal: DealId): Promise<void> {
    return this.#kept.delete(deal)
  }

  #isBy(creator: Address, deal: DealId, { opened }: KeptResult, acceptance: Uint8Array): boolean {
    const digest = acceptDigest(domainOf(this.#parts.chain), deal, resultDigest(opened.result))
    return recoverAccount(digest, acceptance) === creator
  }

  async *#answer(deal: DealId, acceptance: Uint8Array | null, from: string): AsyncIterable<ResultAnswer> {
    const creator = this.#creatorOf(deal)
    // Only the creator learns the salt: with it anybody could tell what the blinded result is.
    if (creator === undefined || accountOf(from) !== creator) return yield { state: 'unknown', opened: null }
    const kept = await this.#kept.get(deal)
    if (kept === undefined) return yield { state: 'running', opened: null }
    if (acceptance !== null && kept.acceptance === null && this.#isBy(creator, deal, kept, acceptance)) {
      await this.#kept.put(deal, { ...kept, acceptance })
      this.#onAccepted(deal)
    }
    yield { state: 'ready', opened: kept.opened }
  }
}

/** A result that a dispute has opened, and peers that ran the job again. */
export interface FoundResult {
  readonly result: Result | undefined
  readonly from: readonly string[]
}

/** The creator's side: asks, checks, accepts. */
export class ResultClient {
  readonly #parts: Components
  readonly #streams: Streams

  constructor(parts: Components) {
    this.#parts = parts
    this.#streams = Streams.of(parts, 'lily:result')
  }

  /**
   * The opened result of a deal, checked against the commitment that the chain holds; undefined while the provider has none
   * or opens something else than it committed to.
   *
   * @throws NET_*
   */
  async ask(
    id: DealId,
    deal: Deal,
    commitment: Hex,
    peerId: string,
    options: AbortOptions
  ): Promise<OpenedResult | undefined> {
    const { opened } = await this.#streams.ask(peerId, STREAMS.result, { deal: id, acceptance: null }, options)
    if (opened === null) return undefined
    return resultCommitment(opened.result, opened.salt, deal.provider).startsWith(commitment) ? opened : undefined
  }

  /**
   * What a committee has found to be correct: the chain has it, and the members who are our neighbours have its bytes. So a
   * provider that keeps its result back has been paid for one that the creator gets all the same.
   */
  async found(id: DealId, options: AbortOptions): Promise<FoundResult> {
    const { chain, network } = this.#parts
    const { verdict, members } = await chain.dispute(id, options)
    if (verdict !== 'correct') return { result: undefined, from: [] }
    const from = network.peers().map(({ peerId }) => peerId)
    return {
      result: await chain.openedResult(id, options),
      from: from.filter(peerId => members.some(member => member === accountOf(peerId)))
    }
  }

  /** The creator's signature under a result. */
  sign(id: DealId, result: Result): Promise<Hex> {
    const { signer, chain } = this.#parts
    return signer.signDigest(acceptDigest(domainOf(chain), id, resultDigest(result)))
  }

  /** Hands the acceptance to the provider, who settles with it. @throws NET_* */
  async accept(id: DealId, signature: Hex, peerId: string, options: AbortOptions): Promise<void> {
    await this.#streams.ask(peerId, STREAMS.result, { deal: id, acceptance: fromHex(signature) }, options)
  }
}

/** What a provider puts on chain. */
export function commitmentOf({ result, salt }: OpenedResult, provider: Address): Bytes32 {
  return resultCommitment(result, salt, provider)
}
