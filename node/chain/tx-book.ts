/** The account's transactions that may still matter: in memory by nonce, and in the journal, always together. */
import type { AbortOptions } from '../market/ports.ts'
import type { TxJournal, TxRecord } from './tx-record.ts'

/** Blocks after which a mined transaction is forgotten; until then its key keeps it from being sent twice. */
const FORGET_BLOCKS = 50_000

/** The records of one account on one chain. */
export class TxBook {
  readonly #journal: TxJournal
  /** By nonce, lowest first. */
  readonly #records = new Map<number, TxRecord>()

  constructor(journal: TxJournal) {
    this.#journal = journal
  }

  /**
   * Takes up the journal, without what is long over. Whatever the chain did meanwhile, a transaction of a nonce that is
   * not mined is open.
   */
  async load(mined: number, head: number, options: AbortOptions): Promise<void> {
    for (const record of await this.#journal.load(options)) {
      if (isOld(record, head)) await this.#journal.delete(record.nonce, options)
      else this.#records.set(record.nonce, record.outcome && record.nonce < mined ? record : reopened(record))
    }
  }

  get(nonce: number): TxRecord | undefined {
    return this.#records.get(nonce)
  }

  /** The highest nonce that is known; -1 when none is. */
  get lastNonce(): number {
    return Math.max(-1, ...this.#records.keys())
  }

  /** All records by nonce, lowest first. */
  all(): readonly TxRecord[] {
    return [...this.#records.values()]
  }

  /** Those that are not mined as of the followed head, lowest nonce first. */
  open(): readonly TxRecord[] {
    return this.all().filter(record => record.outcome === null)
  }

  /** Keeps a record; durable when it resolves. */
  async put(record: TxRecord): Promise<void> {
    // First in memory, where a block that is taken back meanwhile can change it.
    this.#records.set(record.nonce, record)
    await this.#journal.put(record)
  }

  async delete(nonce: number): Promise<void> {
    this.#records.delete(nonce)
    await this.#journal.delete(nonce)
  }

  /** Opens again every mined transaction that matches. The journal may keep what it has: loading checks it. */
  reopen(isLost: (outcome: NonNullable<TxRecord['outcome']>, nonce: number) => boolean): void {
    for (const record of this.#records.values())
      if (record.outcome !== null && isLost(record.outcome, record.nonce))
        this.#records.set(record.nonce, reopened(record))
  }

  /** Forgets what was mined long before the head; gives what it forgot. */
  async forgetOld(head: number): Promise<readonly TxRecord[]> {
    const old = this.all().filter(record => isOld(record, head))
    for (const { nonce } of old) await this.delete(nonce)
    return old
  }
}

function isOld({ outcome }: TxRecord, head: number): boolean {
  return outcome !== null && outcome.block < head - FORGET_BLOCKS
}

/** A transaction that is to be mined again, and so to be broadcast again at once. */
function reopened(record: TxRecord): TxRecord {
  return { ...record, outcome: null, sentAtBlock: 0 }
}
