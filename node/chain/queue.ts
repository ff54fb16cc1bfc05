/**
 * The only writer of this node's account: every transaction is simulated before it gets a nonce, is in the journal before
 * it is broadcast, and is watched until it is mined in a block that the follower has applied. What gets stuck is replaced
 * at a higher fee; what a reorganisation dropped is broadcast again; what somebody else sends with the same key stops it.
 */
import { fromHex } from '../../protocols/core/bytes.ts'
import type { AbortOptions, ChainUpdate, Clock, Mined, Startable, Store } from '../market/ports.ts'
import { abortable } from './abortable.ts'
import type { Action } from './calls.ts'
import { ChainError } from './errors.ts'
import { CommitLots } from './lots.ts'
import { keyInUse, refusalOf } from './reverts.ts'
import { signTx } from './sign.ts'
import { TxBook } from './tx-book.ts'
import { keyOf, keysOf, TxJournal, type TxOutcome, type TxRecord } from './tx-record.ts'
import { receiptOf, TxWatch, type TxWatchInit } from './tx-watch.ts'

/** What a {@link TxQueue} is made of. */
export interface TxQueueInit extends TxWatchInit {
  readonly store: Store
  readonly clock: Clock
  /** One action of several commits. */
  readonly join: (commits: readonly Action[]) => Action
}

/** What a started queue has. */
interface Running {
  readonly abort: AbortController
  readonly book: TxBook
  readonly watch: TxWatch
}

/** One account's transactions. */
export class TxQueue implements Startable {
  readonly #init: TxQueueInit
  /** Which nonce a key stands for, once it has one. */
  readonly #keys = new Map<string, Promise<number>>()
  readonly #waiting = new Map<number, PromiseWithResolvers<Mined>>()
  readonly #lots: CommitLots
  #running: Running | undefined
  #unfollow: (() => void) | undefined
  /** Ends when the transaction before has its nonce and was broadcast. */
  #turn: Promise<unknown> = Promise.resolve()
  #nextNonce = 0
  #looks: Promise<void> | undefined
  #isLookWanted = false
  #stranger: ChainError | undefined

  constructor(init: TxQueueInit) {
    this.#init = init
    this.#lots = new CommitLots({
      clock: init.clock,
      join: init.join,
      inTurn: work => this.#inTurn(work),
      place: (action, keys) => this.#place(action, keys),
      tryEach: actions => init.account.tryEach(actions, { signal: this.#current().abort.signal })
    })
  }

  /** Takes up what the journal left open. @throws CHAIN_KEY_IN_USE, CHAIN_UNREACHABLE */
  async start(): Promise<void> {
    if (this.#running !== undefined) return
    const { account, store, follower } = this.#init
    const abort = new AbortController()
    const options = { signal: abort.signal }
    const book = new TxBook(new TxJournal(store, await account.genesis(options), account.address))
    await this.#takeUp(book, options)
    const watch = new TxWatch(this.#init, book, {
      onMined: (record, outcome, failure) => this.#onMined(record, outcome, failure),
      onOvertaken: record => this.#refuseStranger(record.nonce)
    })
    this.#stranger = undefined
    this.#running = { abort, book, watch }
    this.#unfollow = follower.follow(update => this.#onUpdate(update))
  }

  async stop(): Promise<void> {
    this.#unfollow?.()
    this.#running?.abort.abort()
    await this.#looks
    await this.#turn.catch(() => undefined)
    for (const waiting of this.#waiting.values()) waiting.reject(stopped())
    this.#waiting.clear()
    this.#keys.clear()
    this.#running = undefined
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
    const { signal } = this.#current().abort
    try {
      return await this.#mined(await this.#nonceFor(action, key)).catch(error => {
        if (!isShared(error)) throw error
        // One of those that went together has reverted all: from now on it goes by itself.
        const { commit: _, ...alone } = action
        return this.#nonceFor(alone, key).then(nonce => this.#mined(nonce))
      })
    } catch (error) {
      throw signal.aborted ? stopped(error) : error
    }
  }

  async #nonceFor(action: Action, key: string): Promise<number> {
    const known = key === '' ? undefined : this.#keys.get(key)
    if (known !== undefined) return await known
    const placed =
      action.commit === undefined
        ? this.#inTurn(() => this.#place(action, [key]))
        : this.#lots.add(action, key, this.#current().abort.signal)
    if (key !== '') {
      this.#keys.set(key, placed)
      placed.catch(() => this.#keys.delete(key))
    }
    return await placed
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.catch(() => undefined).then(work)
    this.#turn = done
    return await done
  }

  /** Simulates, takes a nonce, journals, broadcasts. */
  async #place(action: Action, keys: readonly string[]): Promise<number> {
    const { account, signer, chainId } = this.#init
    const { book, abort } = this.#current()
    const options = { signal: abort.signal }
    if (this.#stranger !== undefined) throw this.#stranger
    const { gas, fees, mined, block } = await account.quote(action, options)
    if (mined > this.#nextNonce) throw this.#refuseStranger(mined - 1)
    const nonce = this.#nextNonce
    const body = { nonce, to: action.to, data: fromHex(action.data), valueWei: action.valueWei, gas }
    const { raw, hash } = await signTx(signer, chainId, body, fees)
    const record = { ...body, ...fees, key: keyOf(keys), hashes: [hash], raw, sentAtBlock: block, outcome: null }
    await book.put(record)
    this.#nextNonce = nonce + 1
    try {
      const refused = await account.broadcast(raw, options)
      if (refused !== undefined) throw await this.#withdraw(record, refused)
    } catch (error) {
      if (!(error instanceof ChainError) || error.code !== 'CHAIN_UNREACHABLE') throw error
      // It may have arrived or not: it is in the journal, and broadcast again when the chain is back.
      await book.put({ ...record, sentAtBlock: 0 })
    }
    return nonce
  }

  /** Forgets a transaction that the chain did not take: its nonce is free again. */
  async #withdraw(record: TxRecord, refused: ChainError): Promise<ChainError> {
    await this.#current().book.delete(record.nonce)
    this.#nextNonce = record.nonce
    const refusal = refusalOf(refused)
    // Nothing of ours has this nonce, so what holds its place in the pool is not ours.
    if (refusal === 'nonce-pending') return this.#refuseStranger(record.nonce)
    if (refusal !== 'no-funds') return refused
    return new ChainError('CHAIN_NO_FUNDS', 'the account cannot pay for this transaction: fund it', { cause: refused })
  }

  async #mined(nonce: number): Promise<Mined> {
    const outcome = this.#current().book.get(nonce)?.outcome
    if (outcome && !outcome.isReverted) return minedOf(outcome)
    if (this.#stranger !== undefined) throw this.#stranger
    const waiting = this.#waiting.get(nonce) ?? Promise.withResolvers<Mined>()
    this.#waiting.set(nonce, waiting)
    this.#look()
    return await waiting.promise
  }

  async #takeUp(book: TxBook, options: AbortOptions): Promise<void> {
    const { account, follower, logger } = this.#init
    const { mined, pooled } = await account.counts(options)
    await book.load(mined, follower.head().number, options)
    this.#nextNonce = Math.max(mined, book.lastNonce + 1)
    if (pooled > this.#nextNonce) throw keyInUse(account.address, pooled - 1)
    const open = book.open()
    const standing = await account.standing(
      open.flatMap(record => record.hashes),
      options
    )
    for (const record of open) {
      if (record.nonce >= mined || receiptOf(record, standing) !== undefined) continue
      // Who did that while this node was down cannot be known, so it is held against nobody.
      logger('transaction %d was never mined, another took its place', record.nonce)
      await book.delete(record.nonce)
    }
    for (const record of book.all())
      if (!record.outcome?.isReverted)
        for (const key of keysOf(record)) this.#keys.set(key, Promise.resolve(record.nonce))
  }

  #onUpdate({ kind, block }: ChainUpdate): void {
    if (kind === 'revert') this.#running?.book.reopen(({ blockHash }) => blockHash === block.hash)
    this.#look()
  }

  /** Looks after open transactions soon; many calls make one look. */
  #look(): void {
    this.#isLookWanted = true
    this.#looks ??= this.#lookWhileWanted().finally(() => {
      this.#looks = undefined
    })
  }

  async #lookWhileWanted(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    const { signal } = running.abort
    while (this.#isLookWanted && !signal.aborted && this.#stranger === undefined) {
      this.#isLookWanted = false
      try {
        await running.watch.look({ signal })
        const forgotten = await running.book.forgetOld(this.#init.follower.head().number)
        for (const key of forgotten.flatMap(keysOf)) this.#keys.delete(key)
      } catch (error) {
        if (signal.aborted) return
        // The chain is down or changing: the next block brings the next look. Anything else is a fault of ours.
        const log = error instanceof ChainError ? this.#init.logger : this.#init.logger.error
        log('transactions wait: %s', String(error))
      }
    }
  }

  #onMined(record: TxRecord, outcome: TxOutcome, failure: ChainError | undefined): void {
    const { nonce } = record
    if (failure !== undefined) for (const key of keysOf(record)) this.#keys.delete(key)
    const waiting = this.#waiting.get(nonce)
    this.#waiting.delete(nonce)
    if (failure === undefined) waiting?.resolve(minedOf(outcome))
    else waiting?.reject(failure)
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

  #current(): Running {
    if (this.#running === undefined) throw new ChainError('CHAIN_NOT_STARTED', 'the chain is not started')
    return this.#running
  }
}

function minedOf({ hash, block, gasUsed }: TxOutcome): Mined {
  return { hash, block, gasUsed }
}

/** Whether a transaction that stood for several calls has reverted, which condemns none of them. */
function isShared(error: unknown): boolean {
  return error instanceof ChainError && error.details.isShared === true
}

function stopped(cause?: unknown): ChainError {
  const message = 'the node stops; its transactions are taken up at the next start'
  return new ChainError('CHAIN_NOT_STARTED', message, { cause })
}
