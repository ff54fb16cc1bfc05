/**
 * Blocks, as Helia wants them: small ones on LevelDB, large ones as files that LevelDB knows the lengths of. What it holds is
 * copied and written several times; what it knows is found without asking the disk (docs/decisions/0036).
 */
import { join } from 'node:path'
import { LevelBlockstore } from 'blockstore-level'
import { base32upper } from 'multiformats/bases/base32'
import * as Digest from 'multiformats/hashes/digest'
import { CID, CODEC } from '../../../protocols/core/cid.ts'
import type { AbortOptions } from '../../market/ports.ts'
import { BlockFiles } from './block-files.ts'
import { type ByteLevel, openLevel } from './open.ts'
import { noteMoved } from './young.ts'

/** From so many bytes on a block is large. */
const LARGE_BYTES = 16 * 1024

/** Where a data folder's blocks are. */
export class BlockLevels {
  /** Small blocks by their hash, and the lengths of the large ones. */
  readonly small: ByteLevel
  readonly large: BlockFiles

  private constructor(small: ByteLevel, large: BlockFiles) {
    this.small = small
    this.large = large
  }

  /** @throws LilyError as {@link openLevel} does */
  static async open(dataDir: string): Promise<BlockLevels> {
    return new BlockLevels(await openLevel(join(dataDir, 'blocks')), new BlockFiles(join(dataDir, 'blocks-large')))
  }

  async close(): Promise<void> {
    await this.small.close()
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

  /** One write at a time: none begins a file that another has told readers of. */
  override put(cid: CID, bytes: Parameters<LevelBlockstore['put']>[1], options: AbortOptions = {}): Promise<CID> {
    if (bytes instanceof Uint8Array) noteMoved(bytes.length)
    const isLarge = bytes instanceof Uint8Array && bytes.length >= LARGE_BYTES
    const written = this.#writing.then(() =>
      isLarge ? this.#putLarge(cid, bytes, options) : super.put(cid, bytes, options)
    )
    this.#writing = written.catch(() => {})
    return written
  }

  /** The block, or undefined. */
  async read(cid: CID): Promise<Uint8Array | undefined> {
    const length = this.#lengthOf(cid)
    const bytes = length === undefined ? undefined : await this.#levels.large.read(nameOf(cid), length)
    noteMoved(bytes?.length ?? 0)
    return bytes ?? this.#levels.small.get(keyOf(cid))
  }

  override async *getAll(options: AbortOptions = {}): ReturnType<LevelBlockstore['getAll']> {
    for await (const [key, value] of this.#levels.small.iterator()) {
      options.signal?.throwIfAborted()
      const bytes = isLengthKey(key) ? await this.#levels.large.read(key.slice(1), numberOf(value)) : value
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
    return this.#lengthOf(cid) !== undefined || this.#levels.small.has(keyOf(cid))
  }

  override async delete(cid: CID, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    if (this.#lengthOf(cid) === undefined) return super.delete(cid, options)
    await this.#levels.small.del(lengthKeyOf(cid))
    await this.#levels.large.delete(nameOf(cid))
  }

  /** Of a large block; at once, for a thread costs more than LevelDB needs to find ten bytes. */
  #lengthOf(cid: CID): number | undefined {
    const length = this.#levels.small.getSync(lengthKeyOf(cid))
    return length === undefined ? undefined : numberOf(length)
  }

  /** The bytes first: a crash between the two leaves a file that nobody asks for, not a length without a file. */
  async #putLarge(cid: CID, bytes: Uint8Array, options: AbortOptions): Promise<CID> {
    options.signal?.throwIfAborted()
    const known = this.#lengthOf(cid)
    // A machine that lost its power may have kept the length and lost the file.
    if (known !== undefined && (await this.#levels.large.read(nameOf(cid), known)) !== undefined) return cid
    await this.#levels.large.write(nameOf(cid), bytes)
    await this.#levels.small.put(lengthKeyOf(cid), new TextEncoder().encode(String(bytes.length)))
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
const keyOf = (cid: CID): string => `/${nameOf(cid)}`

/** Beside them the lengths of large blocks. */
const lengthKeyOf = (cid: CID): string => `#${nameOf(cid)}`

const nameOf = (cid: CID): string => base32upper.encoder.encode(cid.multihash.bytes)

const isLengthKey = (key: string): boolean => key.startsWith('#')

/** The store knows hashes, not codecs. */
const cidOfKey = (key: string): CID => CID.createV1(CODEC.raw, Digest.decode(base32upper.decoder.decode(key.slice(1))))

const numberOf = (text: Uint8Array): number => Number(new TextDecoder().decode(text))

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
