/**
 * Looks after open transactions, once per block: which are mined, which were dropped and must be broadcast again, which
 * are stuck and must offer more, and whose nonce somebody else has used.
 */
import type { AbortOptions, Logger, Signer } from '../market/ports.ts'
import type { ChainAccount, Standing } from './account.ts'
import type { ChainError } from './errors.ts'
import { replacingFees } from './fees.ts'
import type { ChainFollower } from './follower.ts'
import { signTx } from './sign.ts'
import type { TxBook } from './tx-book.ts'
import { MAX_VERSIONS, type TxOutcome, type TxRecord } from './tx-record.ts'
import type { Receipt } from './wire.ts'

/** Blocks after which a transaction that is not mined is offered again at a higher fee. */
const STUCK_BLOCKS = 3

/** What a {@link TxWatch} works with. */
export interface TxWatchInit {
  readonly account: ChainAccount
  readonly chainId: bigint
  readonly signer: Signer
  readonly follower: ChainFollower
  readonly logger: Logger
}

/** What the watch has found out. */
export interface TxWatchListener {
  /** It was mined, in a block that the follower has applied; with the failure when it was reverted. */
  onMined(record: TxRecord, outcome: TxOutcome, failure: ChainError | undefined): void
  /** Its nonce was used by a transaction that is not ours. */
  onOvertaken(record: TxRecord): void
}

/** The watch over one book. */
export class TxWatch {
  readonly #init: TxWatchInit
  readonly #book: TxBook
  readonly #listener: TxWatchListener
  /** Nonces that were used, though not by us, and the head at which that was seen. */
  readonly #overtaken = new Map<number, number>()

  constructor(init: TxWatchInit, book: TxBook, listener: TxWatchListener) {
    this.#init = init
    this.#book = book
    this.#listener = listener
  }

  /** One look at every open transaction. @throws CHAIN_UNREACHABLE */
  async look(options: AbortOptions): Promise<void> {
    const { account, follower } = this.#init
    const hashes = this.#book.open().flatMap(record => record.hashes)
    if (hashes.length === 0) return
    const standing = await account.standing(hashes, options)
    // A chain that lost its newest blocks has fewer transactions than were seen mined: those are to be sent again.
    if (standing.block >= follower.head().number) this.#book.reopen((_, nonce) => nonce >= standing.mined)
    for (const record of this.#book.open()) {
      const receipt = receiptOf(record, standing)
      if (receipt !== undefined) await this.#onReceipt(record, receipt, options)
      else if (standing.mined > record.nonce) this.#onNonceUsed(record, standing.block)
      else await this.#push(record, standing.block, options)
    }
  }

  /** A receipt counts when the follower has applied its block, so that whoever is told sees the block as well. */
  async #onReceipt(record: TxRecord, receipt: Receipt, options: AbortOptions): Promise<void> {
    const { account, follower } = this.#init
    const { transactionHash: hash, blockNumber: block, blockHash, gasUsed, status } = receipt
    if (follower.appliedHash(block) !== blockHash && block >= follower.finalBlock()) return
    const outcome: TxOutcome = { hash, block, blockHash, gasUsed, isReverted: status === 0 }
    const failure = outcome.isReverted ? await account.postMortem(record, hash, options) : undefined
    await this.#book.put({ ...record, outcome })
    this.#overtaken.delete(record.nonce)
    this.#listener.onMined(record, outcome, failure)
  }

  /** An index may lag behind its chain, so a stranger is believed in only when a later block shows it as well. */
  #onNonceUsed(record: TxRecord, block: number): void {
    const since = this.#overtaken.get(record.nonce)
    if (since === undefined) this.#overtaken.set(record.nonce, block)
    else if (block > since) this.#listener.onOvertaken(record)
  }

  /** Broadcasts again what may have been dropped, and the one that holds up the others at a higher fee. */
  async #push(record: TxRecord, block: number, options: AbortOptions): Promise<void> {
    const { account, logger } = this.#init
    const isUnsent = record.sentAtBlock === 0
    if (!isUnsent && block - record.sentAtBlock < STUCK_BLOCKS) return
    const isFirst = this.#book.open()[0]?.nonce === record.nonce
    const version = isFirst && !isUnsent ? await this.#offeringMore(record, options) : record
    await this.#book.put({ ...version, sentAtBlock: block })
    const refused = await account.broadcast(version.raw, options)
    if (refused !== undefined) logger('transaction %d was not taken: %s', record.nonce, refused.message)
  }

  async #offeringMore(record: TxRecord, options: AbortOptions): Promise<TxRecord> {
    const { account, signer, chainId, logger } = this.#init
    const { baseFeeWei, tipWei } = await account.feeMarket(options)
    const fees = replacingFees(record, baseFeeWei, tipWei)
    if (fees === undefined || record.hashes.length >= MAX_VERSIONS) return record
    const { raw, hash } = await signTx(signer, chainId, record, fees)
    logger(
      'transaction %d is stuck since block %d: it offers %d wei now',
      record.nonce,
      record.sentAtBlock,
      fees.maxFeeWei
    )
    return { ...record, ...fees, raw, hashes: [...record.hashes, hash] }
  }
}

/** The receipt of whichever version of a transaction was mined. */
export function receiptOf(record: TxRecord, { receipts }: Pick<Standing, 'receipts'>): Receipt | undefined {
  return record.hashes.map(hash => receipts.get(hash)).find(receipt => receipt !== undefined)
}
