/**
 * The only writer of this node's account: every transaction is simulated before it gets a nonce, is in the journal before
 * it is broadcast, and is watched until it is mined in a block that the follower has applied. What gets stuck is replaced
 * at a higher fee; what a reorganisation dropped is broadcast again; what somebody else sends with the same key stops it.
 */
import { fromHex } from '../../protocols/core/bytes.ts'
import type { AbortOptions, ChainUpdate, Logger, Mined, Signer, Startable, Store } from '../market/ports.ts'
import { abortable } from './abortable.ts'
import type { ChainAccount, Standing } from './account.ts'
import type { Action } from './calls.ts'
import { ChainError } from './errors.ts'
import { replacingFees } from './fees.ts'
import type { ChainFollower } from './follower.ts'
import { keyInUse, refusalOf } from './reverts.ts'
import { signTx } from './sign.ts'
import { MAX_VERSIONS, TxJournal, type TxOutcome, type TxRecord } from './tx-record.ts'
import type { Receipt } from './wire.ts'

/** Blocks after which a transaction that is not mined is offered again at a higher fee. */
const STUCK_BLOCKS = 3

/** Blocks after which the journal forgets a mined transaction; until then its key keeps it from being sent twice. */
const FORGET_BLOCKS = 50_000

/** What a {@link TxQueue} is made of. */
export interface TxQueueInit {
  readonly account: ChainAccount
  readonly chainId: bigint
  readonly signer: Signer
  readonly store: Store
  readonly follower: ChainFollower
  readonly logger: Logger
}

/** One account's transactions. */
export class TxQueue implements Startable {
  readonly #init: TxQueueInit
  /** By nonce, lowest first. */
  readonly #records = new Map<number, TxRecord>()
  /** Which transaction a key stands for, once it has been placed. */
  readonly #keys = new Map<string, Promise<number>>()
  readonly #waiting = new Map<number, PromiseWithResolvers<Mined>>()
  #journal: TxJournal | undefined
  #abort: AbortController | undefined
  #unfollow: (() => void) | undefined
  /** Ends when the transaction before has its nonce and was broadcast. */
  #turn: Promise<unknown> = Promise.resolve()
  #nextNonce = 0
  #isWanted = false
  #watch: Promise<void> | undefined
  /** Transactions whose nonce was used, though not by them, and the head at which that was seen. */
  readonly #overtaken = new Map<number, number>()
  #stranger: ChainError | undefined

  constructor(init: TxQueueInit) {
    this.#init = init
  }

  /** Takes up what the journal left open. @throws CHAIN_KEY_IN_USE, CHAIN_UNREACHABLE */
  async start(): Promise<void> {
    if (this.#abort !== undefined) return
    const abort = new AbortController()
    const options = { signal: abort.signal }
    const { account, store, follower } = this.#init
    const journal = new TxJournal(store, await account.genesis(options), account.address)
    this.#journal = journal
    this.#abort = abort
    this.#stranger = undefined
    try {
      await this.#load(journal, options)
    } catch (error) {
      this.#clear()
      throw error
    }
    this.#unfollow = follower.follow(update => this.#onUpdate(update))
  }

  async stop(): Promise<void> {
    this.#unfollow?.()
    this.#abort?.abort()
    await this.#watch
    await this.#turn.catch(() => undefined)
    const stopped = new ChainError(
      'CHAIN_NOT_STARTED',
      'the node stops; its transactions are taken up at the next start'
    )
    for (const waiting of this.#waiting.values()) waiting.reject(stopped)
    this.#clear()
  }

  /**
   * Sends one transaction and waits until the follower has applied its block. Aborting ends the wait, not the transaction.
   *
   * @param options.key sends it once: later calls under the same key wait for the first, unless that was reverted
   * @throws CHAIN_REVERTED, CHAIN_NO_FUNDS, CHAIN_KEY_IN_USE, CHAIN_UNREACHABLE, CHAIN_NOT_STARTED
   */
  async send(action: Action, options: AbortOptions & { readonly key?: string } = {}): Promise<Mined> {
    options.signal?.throwIfAborted()
    return await abortable(this.#send(action, options.key ?? ''), options)
  }

  async #send(action: Action, key: string): Promise<Mined> {
    const { signal } = this.#options()
    try {
      return await this.#sendOnce(action, key)
    } catch (error) {
      throw signal.aborted ? stopped(error) : error
    }
  }

  async #sendOnce(action: Action, key: string): Promise<Mined> {
    const known = key === '' ? undefined : this.#keys.get(key)
    if (known !== undefined) return await this.#mined(await known)
    const placed = this.#inTurn(() => this.#place(action, key))
    if (key !== '') {
      this.#keys.set(key, placed)
      placed.catch(() => this.#keys.delete(key))
    }
    return await this.#mined(await placed)
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#turn.catch(() => undefined).then(step)
    this.#turn = result
    return result
  }

  /** Simulates, takes a nonce, journals, broadcasts. */
  async #place(action: Action, key: string): Promise<number> {
    const { account, signer, chainId, follower } = this.#init
    const options = this.#options()
    if (this.#stranger !== undefined) throw this.#stranger
    const { gas, fees, mined } = await account.quote(action, options)
    if (mined > this.#nextNonce) throw this.#refuseStranger(mined - 1)
    const nonce = this.#nextNonce
    const body = { nonce, to: action.to, data: fromHex(action.data), valueWei: action.valueWei, gas }
    const { raw, hash } = await signTx(signer, chainId, body, fees)
    const record = { ...body, ...fees, key, hashes: [hash], raw, sentAtBlock: follower.head().number, outcome: null }
    await this.#put(record)
    this.#nextNonce = nonce + 1
    try {
      const refused = await account.broadcast(raw, options)
      if (refused !== undefined) throw await this.#withdraw(record, refused)
    } catch (error) {
      if (!(error instanceof ChainError) || error.code !== 'CHAIN_UNREACHABLE') throw error
      // It may have arrived or not: it is in the journal, and broadcast again when the chain is back.
      await this.#put({ ...record, sentAtBlock: 0 })
    }
    this.#look()
    return nonce
  }

  /** Forgets a transaction that the chain did not take: its nonce is free again. */
  async #withdraw(record: TxRecord, refused: ChainError): Promise<ChainError> {
    const refusal = refusalOf(refused)
    this.#records.delete(record.nonce)
    await this.#openJournal().delete(record.nonce)
    this.#nextNonce = record.nonce
    // Nothing of ours has this nonce, so what holds its place in the pool is not ours.
    if (refusal === 'nonce-pending') return this.#refuseStranger(record.nonce)
    if (refusal !== 'no-funds') return refused
    return new ChainError('CHAIN_NO_FUNDS', 'the account cannot pay for this transaction: fund it first', {
      cause: refused
    })
  }

  async #mined(nonce: number): Promise<Mined> {
    const record = this.#records.get(nonce)
    if (record?.outcome && !record.outcome.isReverted) return minedOf(record.outcome)
    if (this.#stranger !== undefined) throw this.#stranger
    const waiting = this.#waiting.get(nonce) ?? Promise.withResolvers<Mined>()
    this.#waiting.set(nonce, waiting)
    this.#look()
    return await waiting.promise
  }

  async #load(journal: TxJournal, options: AbortOptions): Promise<void> {
    const { account, follower, logger } = this.#init
    const head = follower.head().number
    const { mined, pooled } = await account.counts(options)
    for (const record of await journal.load(options)) {
      if (record.outcome && record.outcome.block < head - FORGET_BLOCKS) await journal.delete(record.nonce, options)
      else this.#adopt(record.outcome && record.nonce < mined ? record : reopened(record))
    }
    const last = Math.max(-1, ...this.#records.keys())
    if (pooled > Math.max(mined, last + 1)) throw keyInUse(account.address, pooled - 1)
    this.#nextNonce = Math.max(mined, last + 1)
    // What happened while this node was down is not known, so what was overtaken then is dropped, not held against anybody.
    const open = this.#open()
    const { receipts } = await account.standing(
      open.flatMap(record => record.hashes),
      options
    )
    for (const record of open) {
      if (record.nonce >= mined || record.hashes.some(hash => receipts.has(hash))) continue
      logger('transaction %d was never mined, another took its place', record.nonce)
      this.#records.delete(record.nonce)
      this.#keys.delete(record.key)
      await journal.delete(record.nonce, options)
    }
  }

  #adopt(record: TxRecord): void {
    this.#records.set(record.nonce, record)
    if (record.key !== '' && !record.outcome?.isReverted) this.#keys.set(record.key, Promise.resolve(record.nonce))
  }

  #clear(): void {
    this.#waiting.clear()
    this.#records.clear()
    this.#keys.clear()
    this.#overtaken.clear()
    this.#abort = undefined
  }

  #onUpdate({ kind, block }: ChainUpdate): void {
    if (kind === 'revert') {
      for (const record of this.#records.values())
        if (record.outcome?.blockHash === block.hash) this.#records.set(record.nonce, reopened(record))
    }
    this.#look()
  }

  /** Looks after open transactions soon; many calls make one look. */
  #look(): void {
    this.#isWanted = true
    this.#watch ??= this.#watchAll().finally(() => {
      this.#watch = undefined
    })
  }

  async #watchAll(): Promise<void> {
    while (this.#isWanted && this.#abort?.signal.aborted === false && this.#stranger === undefined) {
      this.#isWanted = false
      try {
        await this.#watchOnce(this.#options())
      } catch (error) {
        // The chain is down or changing: the next block brings the next look.
        if (!this.#abort?.signal.aborted) this.#init.logger('transactions wait: %s', String(error))
      }
    }
  }

  async #watchOnce(options: AbortOptions): Promise<void> {
    const { account, follower } = this.#init
    const hashes = this.#open().flatMap(record => record.hashes)
    if (hashes.length === 0) return
    const standing = await account.standing(hashes, options)
    this.#reopenLost(standing)
    for (const record of this.#open()) {
      const receipt = record.hashes.map(hash => standing.receipts.get(hash)).find(found => found !== undefined)
      if (receipt !== undefined) {
        const isApplied = follower.appliedHash(receipt.blockNumber) === receipt.blockHash
        if (isApplied || receipt.blockNumber < follower.finalBlock()) await this.#finish(record, receipt, options)
      } else if (standing.mined > record.nonce) this.#checkOvertaken(record)
      else await this.#push(record, options)
    }
  }

  /** A chain that lost its newest blocks has fewer transactions than were seen mined: those are to be sent again. */
  #reopenLost({ mined, block }: Standing): void {
    if (block < this.#init.follower.head().number) return
    for (const record of this.#records.values())
      if (record.outcome && record.nonce >= mined) this.#records.set(record.nonce, reopened(record))
  }

  async #finish(record: TxRecord, receipt: Receipt, options: AbortOptions): Promise<void> {
    const { transactionHash: hash, blockNumber: block, blockHash, gasUsed, status } = receipt
    const outcome: TxOutcome = { hash, block, blockHash, gasUsed, isReverted: status === 0 }
    const failure = outcome.isReverted ? await this.#init.account.postMortem(record, hash, options) : undefined
    await this.#put({ ...record, outcome })
    this.#overtaken.delete(record.nonce)
    if (outcome.isReverted) this.#keys.delete(record.key)
    const waiting = this.#waiting.get(record.nonce)
    this.#waiting.delete(record.nonce)
    if (failure === undefined) waiting?.resolve(minedOf(outcome))
    else waiting?.reject(failure)
    await this.#forgetOld(block - FORGET_BLOCKS)
  }

  async #forgetOld(before: number): Promise<void> {
    for (const { nonce, key, outcome } of this.#records.values()) {
      if (outcome === null || outcome.block >= before) return
      this.#records.delete(nonce)
      this.#keys.delete(key)
      await this.#openJournal().delete(nonce)
    }
  }

  /** An index may lag behind its chain, so a stranger is believed in only when a later block shows it as well. */
  #checkOvertaken(record: TxRecord): void {
    const head = this.#init.follower.head().number
    const since = this.#overtaken.get(record.nonce)
    if (since === undefined) this.#overtaken.set(record.nonce, head)
    else if (head > since) this.#refuseStranger(record.nonce)
  }

  /** Broadcasts again what may have been dropped, and the one that holds up the others at a higher fee. */
  async #push(record: TxRecord, options: AbortOptions): Promise<void> {
    const { account, follower, signer, chainId, logger } = this.#init
    const head = follower.head().number
    if (record.sentAtBlock !== 0 && head - record.sentAtBlock < STUCK_BLOCKS) return
    const isFirst = this.#open()[0]?.nonce === record.nonce
    let version: TxRecord = { ...record, sentAtBlock: head }
    if (isFirst && record.sentAtBlock !== 0 && record.hashes.length < MAX_VERSIONS) {
      const { baseFeeWei, tipWei } = await account.feeMarket(options)
      const fees = replacingFees(record, baseFeeWei, tipWei)
      if (fees !== undefined) {
        const { raw, hash } = await signTx(signer, chainId, record, fees)
        version = { ...version, ...fees, raw, hashes: [...record.hashes, hash] }
        logger('transaction %d is stuck since block %d, offers more', record.nonce, record.sentAtBlock)
      }
    }
    await this.#put(version)
    const refused = await account.broadcast(version.raw, options)
    if (refused !== undefined) logger('transaction %d was not taken: %s', record.nonce, refused.message)
  }

  #refuseStranger(nonce: number): ChainError {
    const { account, logger } = this.#init
    const stranger = keyInUse(account.address, nonce)
    this.#stranger = stranger
    logger.error('%s', stranger.message)
    for (const waiting of this.#waiting.values()) waiting.reject(stranger)
    this.#waiting.clear()
    return stranger
  }

  #open(): readonly TxRecord[] {
    return [...this.#records.values()].filter(record => record.outcome === null)
  }

  async #put(record: TxRecord): Promise<void> {
    // First in memory, where a block that is taken back meanwhile can change it.
    this.#records.set(record.nonce, record)
    await this.#openJournal().put(record)
  }

  #options(): { readonly signal: AbortSignal } {
    if (this.#abort === undefined) throw new ChainError('CHAIN_NOT_STARTED', 'the chain is not started')
    return { signal: this.#abort.signal }
  }

  #openJournal(): TxJournal {
    if (this.#journal === undefined) throw new ChainError('CHAIN_NOT_STARTED', 'the chain is not started')
    return this.#journal
  }
}

function minedOf({ hash, block, gasUsed }: TxOutcome): Mined {
  return { hash, block, gasUsed }
}

function stopped(cause?: unknown): ChainError {
  const message = 'the node stops; its transactions are taken up at the next start'
  return new ChainError('CHAIN_NOT_STARTED', message, { cause })
}

/** A transaction that is to be mined again. */
function reopened(record: TxRecord): TxRecord {
  return { ...record, outcome: null, sentAtBlock: 0 }
}
