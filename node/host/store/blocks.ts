/** Blocks on LevelDB, as Helia wants them. */
import { LevelBlockstore } from 'blockstore-level'
import { base32upper } from 'multiformats/bases/base32'
import { type CID, CODEC } from '../../../protocols/core/cid.ts'
import type { AbortOptions } from '../../market/ports.ts'
import type { ByteLevel } from './open.ts'

/** A blockstore that can tell whether it has a block without reading it: Helia asks twice for each block it serves. */
export class Blocks extends LevelBlockstore {
  readonly #level: ByteLevel
  #writing: Promise<unknown> = Promise.resolve()

  constructor(level: ByteLevel) {
    super(level)
    this.#level = level
  }

  /**
   * One write at a time: LevelDB merges those that wait, copying megabytes under the lock that every read takes, on the
   * main thread too.
   */
  override put(cid: CID, bytes: Parameters<LevelBlockstore['put']>[1], options: AbortOptions = {}): Promise<CID> {
    const written = this.#writing.then(() => super.put(cid, bytes, options))
    this.#writing = written.catch(() => {})
    return written
  }

  /** The block, or undefined: one look at the database. */
  read(cid: CID): Promise<Uint8Array | undefined> {
    return this.#level.get(keyOf(cid))
  }

  override async has(cid: CID, options: AbortOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted()
    return this.#level.has(keyOf(cid))
  }
}

/** A fault for local test networks: blocks of data come out of it changed. */
export class DistortedBlocks extends Blocks {
  readonly #distort: (block: Uint8Array) => Uint8Array

  constructor(level: ByteLevel, distort: (block: Uint8Array) => Uint8Array) {
    super(level)
    this.#distort = distort
  }

  override async read(cid: CID): Promise<Uint8Array | undefined> {
    const block = await super.read(cid)
    return block === undefined || cid.code !== CODEC.raw ? block : this.#distort(block)
  }

  override async *get(cid: CID): AsyncGenerator<Uint8Array> {
    const block = await this.read(cid)
    if (block !== undefined) yield block
  }
}

/** As {@link LevelBlockstore} names its entries. */
function keyOf(cid: CID): string {
  return `/${base32upper.encoder.encode(cid.multihash.bytes)}`
}
