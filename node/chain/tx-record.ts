/** A transaction of this node from its first broadcast until nobody can take it back, as the journal keeps it. */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import {
  address,
  bytes,
  codec,
  flag,
  hex,
  integer,
  list,
  nullable,
  struct,
  text,
  uint
} from '../../protocols/core/codec.ts'
import type { AbortOptions, Store } from '../market/ports.ts'

/** Bytes of a transaction: what nodes' pools take at most. */
const MAX_TX_BYTES = 131_072

/** Names of all that one transaction does. */
const MAX_KEY_BYTES = 4096

const OUTCOME = struct({
  hash: hex(32),
  block: integer(0, Number.MAX_SAFE_INTEGER),
  blockHash: hex(32),
  gasUsed: uint(64),
  isReverted: flag()
})

const RECORD = struct({
  /** What the caller calls it, or each of the callers that share it, a name a line; empty where it has no name. */
  key: text(MAX_KEY_BYTES),
  nonce: integer(0, Number.MAX_SAFE_INTEGER),
  to: address(),
  data: bytes(0, MAX_TX_BYTES),
  valueWei: uint(256),
  gas: uint(64),
  maxFeeWei: uint(128),
  tipWei: uint(128),
  /** Hash of every version that was broadcast: any of them may be mined. */
  hashes: list(hex(32), 64),
  /** The newest version, signed. */
  raw: bytes(1, MAX_TX_BYTES),
  /** The head when it was broadcast last; 0 asks for it to be broadcast again. */
  sentAtBlock: integer(0, Number.MAX_SAFE_INTEGER),
  /** What became of it, as of the followed head. */
  outcome: nullable(OUTCOME)
})

const TX = codec('transaction', RECORD, 2 * MAX_TX_BYTES + MAX_KEY_BYTES + 8192)

/** @see RECORD */
export type TxRecord = ReturnType<typeof TX.decode>

/** A transaction's end: mined, and whether it was reverted. */
export type TxOutcome = ReturnType<typeof OUTCOME.fromCbor>

/** Most versions of one transaction. */
export const MAX_VERSIONS = 64

/** The names that a transaction goes by; none where it has none. */
export function keysOf({ key }: Pick<TxRecord, 'key'>): readonly string[] {
  return key === '' ? [] : key.split('\n')
}

/** A record's `key` from the names of those that share it. */
export function keyOf(keys: readonly string[]): string {
  return keys.filter(key => key !== '').join('\n')
}

/** The journal of one account on one chain, in the node's store. */
export class TxJournal {
  readonly #store: Store
  readonly #prefix: string

  /** @param genesis hash of the chain's first block: a local chain begun anew is another chain under the same id */
  constructor(store: Store, genesis: Bytes32, account: Address) {
    this.#store = store
    this.#prefix = `chain/${genesis.slice(2, 18)}/${account}/`
  }

  /** Every record by nonce, lowest first. */
  async load(options: AbortOptions = {}): Promise<TxRecord[]> {
    const records: TxRecord[] = []
    for await (const [, value] of this.#store.entries(this.#prefix, options)) records.push(TX.decode(value))
    return records
  }

  /** Keeps a record; durable when it resolves. */
  async put(record: TxRecord, options: AbortOptions = {}): Promise<void> {
    await this.#store.put(this.#keyOf(record.nonce), TX.encode(record), options)
  }

  /** Forgets a record. */
  async delete(nonce: number, options: AbortOptions = {}): Promise<void> {
    await this.#store.delete(this.#keyOf(nonce), options)
  }

  #keyOf(nonce: number): string {
    return this.#prefix + nonce.toString().padStart(16, '0')
  }
}
