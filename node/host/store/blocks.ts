/**
 * Blocks on LevelDB, as Helia wants them. Large ones lie in a database of their own under numbers that count up: LevelDB
 * rewrites what comes in no order again and again, and the hashes in CIDs are in none.
 */
import { join } from 'node:path'
import { LevelBlockstore } from 'blockstore-level'
import { base32upper } from 'multiformats/bases/base32'
import * as Digest from 'multiformats/hashes/digest'
import { CID, CODEC } from '../../../protocols/core/cid.ts'
import type { AbortOptions } from '../../market/ports.ts'
import { type ByteLevel, openLevel } from './open.ts'

/** From so many bytes on a block is large. */
const LARGE_BYTES = 16 * 1024

/** For values of a megabyte: with the defaults (4 MiB, 2 MiB) there would be a file for every few of them. */
const LARGE_TUNING = { writeBufferSize: 32 * 1024 * 1024, maxFileSize: 64 * 1024 * 1024 }

/** Digits of a large block's number, so that text sorts as numbers do. */
const DIGITS = 16

/** The two databases of a data folder's blocks. */
export class BlockLevels {
  /** Small blocks by their hash, and the numbers of the large ones. */
  readonly small: ByteLevel
  /** Large blocks by their numbers. */
  readonly large: ByteLevel
  #next: number

  private constructor(small: ByteLevel, large: ByteLevel, next: number) {
    this.small = small
    this.large = large
    this.#next = next
  }

  /** @throws LilyError as {@link openLevel} does */
  static async open(dataDir: string): Promise<BlockLevels> {
    const small = await openLevel(join(dataDir, 'blocks'))
    try {
      const large = await openLevel(join(dataDir, 'blocks-large'), LARGE_TUNING)
      const [last] = await large.keys({ reverse: true, limit: 1 }).all()
      return new BlockLevels(small, large, last === undefined ? 0 : Number(last) + 1)
    } catch (error) {
      await small.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.small.close(), this.large.close()])
  }

  /** A number that no block has. */
  nextNumber(): string {
    return String(this.#next++).padStart(DIGITS, '0')
  }
}

/** A blockstore that can tell whether it has a block without reading it: Helia asks twice for each block it serves. */
export class Blocks extends LevelBlockstore {
  readonly #levels: BlockLevels
  #writing: Promise<unknown> = Promise.resolve()

  constructor(levels: BlockLevels) {
    super(levels.small)
    this.#levels = levels
  }

  /**
   * One write at a time: LevelDB merges those that wait, copying megabytes under the lock that every read takes, on the
   * main thread too.
   */
  override put(cid: CID, bytes: Parameters<LevelBlockstore['put']>[1], options: AbortOptions = {}): Promise<CID> {
    const isLarge = bytes instanceof Uint8Array && bytes.length >= LARGE_BYTES
    const written = this.#writing.then(() =>
      isLarge ? this.#putLarge(cid, bytes, options) : super.put(cid, bytes, options)
    )
    this.#writing = written.catch(() => {})
    return written
  }

  /** The block, or undefined. */
  async read(cid: CID): Promise<Uint8Array | undefined> {
    const number = await this.#levels.small.get(numberKeyOf(cid))
    // Without a number it is small, or was written before there were any.
    return number === undefined ? this.#levels.small.get(keyOf(cid)) : this.#levels.large.get(textOf(number))
  }

  override async *getAll(options: AbortOptions = {}): ReturnType<LevelBlockstore['getAll']> {
    for await (const [key, value] of this.#levels.small.iterator()) {
      options.signal?.throwIfAborted()
      const bytes = isNumberKey(key) ? await this.#levels.large.get(textOf(value)) : value
      if (bytes !== undefined) yield { cid: cidOfKey(key), bytes: once(bytes) }
    }
  }

  override async *get(cid: CID, options: AbortOptions = {}): ReturnType<LevelBlockstore['get']> {
    options.signal?.throwIfAborted()
    const block = await this.read(cid)
    // The parent knows how to say that there is none.
    if (block === undefined) yield* super.get(cid, options)
    else yield block
  }

  override async has(cid: CID, options: AbortOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted()
    return (await this.#levels.small.has(numberKeyOf(cid))) || this.#levels.small.has(keyOf(cid))
  }

  override async delete(cid: CID, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    const number = await this.#levels.small.get(numberKeyOf(cid))
    if (number === undefined) return super.delete(cid, options)
    await this.#levels.small.del(numberKeyOf(cid))
    await this.#levels.large.del(textOf(number))
  }

  /** The bytes first: a crash between the two leaves a block that nobody finds, not a number without a block. */
  async #putLarge(cid: CID, bytes: Uint8Array, options: AbortOptions): Promise<CID> {
    options.signal?.throwIfAborted()
    if (await this.#levels.small.has(numberKeyOf(cid))) return cid
    const number = this.#levels.nextNumber()
    await this.#levels.large.put(number, bytes)
    await this.#levels.small.put(numberKeyOf(cid), new TextEncoder().encode(number))
    return cid
  }
}

/** A fault for local test networks: blocks of data come out of it changed. */
export class DistortedBlocks extends Blocks {
  readonly #distort: (block: Uint8Array) => Uint8Array

  constructor(levels: BlockLevels, distort: (block: Uint8Array) => Uint8Array) {
    super(levels)
    this.#distort = distort
  }

  override async read(cid: CID): Promise<Uint8Array | undefined> {
    const block = await super.read(cid)
    return block === undefined || cid.code !== CODEC.raw ? block : this.#distort(block)
  }
}

/** As {@link LevelBlockstore} names its entries. */
const keyOf = (cid: CID): string => `/${base32upper.encoder.encode(cid.multihash.bytes)}`

/** Beside them the numbers of large blocks. */
const numberKeyOf = (cid: CID): string => `#${base32upper.encoder.encode(cid.multihash.bytes)}`

const isNumberKey = (key: string): boolean => key.startsWith('#')

/** The store knows hashes, not codecs. */
const cidOfKey = (key: string): CID => CID.createV1(CODEC.raw, Digest.decode(base32upper.decoder.decode(key.slice(1))))

const textOf = (number: Uint8Array): string => new TextDecoder().decode(number)

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
