/** The Content port over Helia: blocks by bitswap, files by the bounded walker, trees in canonical form. */

import type { PeerId } from '@libp2p/interface'
import type { Helia } from 'helia'
import { type CID, CODEC, cidOfBlock } from '../../../protocols/core/cid.ts'
import type { AbortOptions, Content, FetchOptions, ListedEntry, TreeEntry } from '../../market/ports.ts'
import type { BlockClient } from './block-client.ts'
import { BlockFetcher, type LocalBlocks, type Sha256 } from './blocks.ts'
import { canonicalFile, canonicalTree } from './canonical.ts'
import { contentError } from './errors.ts'
import { listTree, MAX_ENTRIES } from './list.ts'
import { walkFile } from './walk.ts'

/** Patience without any progress, by default. */
const STALL_MS = 30_000

/** Announcing to the DHT asks some twenty peers. */
const PROVIDE_TIMEOUT_MS = 60_000

/** What the content needs of its node. */
export interface ContentInit {
  readonly helia: Helia
  /** The store below Helia's. */
  readonly local: LocalBlocks
  readonly client: BlockClient
  readonly sha256: Sha256
  /** Reads a peer id, and says no to what is none. */
  readonly parsePeerId: (text: string) => PeerId
}

/** The {@link Content} of a running Helia node. */
export class HeliaContent implements Content {
  readonly #helia: Helia
  readonly #parsePeerId: (text: string) => PeerId
  readonly #fetcher: BlockFetcher
  readonly #stopping = new AbortController()

  constructor(init: ContentInit) {
    this.#helia = init.helia
    this.#parsePeerId = init.parsePeerId
    const { helia, local, client, sha256 } = init
    this.#fetcher = new BlockFetcher({ blocks: helia.blockstore, local, client, sha256 })
  }

  async *cat(cid: CID, options: FetchOptions = {}): AsyncGenerator<Uint8Array> {
    const maxBytes = options.maxBytes ?? Number.MAX_SAFE_INTEGER
    using source = this.#open(cid, options)
    let total = 0
    for await (const bytes of walkFile(cid, source.get, maxBytes)) {
      total += bytes.length
      options.onProgress?.(total)
      yield bytes
    }
  }

  async getBlock(cid: CID, options: FetchOptions = {}): Promise<Uint8Array> {
    using source = this.#open(cid, options)
    const block = await source.get(cid)
    const maxBytes = options.maxBytes ?? block.length
    if (block.length > maxBytes) throw contentError('CONTENT_TOO_LARGE', cid, `has more than ${maxBytes} bytes`)
    options.onProgress?.(block.length)
    return block
  }

  async putBlock(codec: 'dag-cbor' | 'raw', bytes: Uint8Array, options: AbortOptions = {}): Promise<CID> {
    const cid = cidOfBlock(codec === 'raw' ? CODEC.raw : CODEC.dagCbor, bytes)
    await this.#helia.blockstore.put(cid, bytes, options)
    return cid
  }

  addTree(entries: Iterable<TreeEntry> | AsyncIterable<TreeEntry>, options: AbortOptions = {}): Promise<CID> {
    return canonicalTree(entries, this.#helia.blockstore, options)
  }

  addFile(content: Uint8Array | AsyncIterable<Uint8Array>, options: AbortOptions = {}): Promise<CID> {
    return canonicalFile(content, this.#helia.blockstore, options)
  }

  async *list(cid: CID, options: FetchOptions & { readonly maxEntries?: number } = {}): AsyncGenerator<ListedEntry> {
    using source = this.#open(cid, options)
    yield* listTree(cid, source.get, options.maxEntries ?? MAX_ENTRIES)
  }

  async provide(cid: CID, options: AbortOptions = {}): Promise<void> {
    const signal = this.#signal(AbortSignal.timeout(PROVIDE_TIMEOUT_MS), options.signal)
    try {
      await this.#helia.routing.provide(cid, { signal })
    } catch (error) {
      options.signal?.throwIfAborted()
      throw contentError('CONTENT_NOT_ANNOUNCED', cid, 'could not be announced to any peer', error)
    }
  }

  /** Ends every fetch under way. */
  stop(): void {
    this.#stopping.abort()
  }

  /**
   * Blocks for one reading: with the caller's peers and patience, the DHT asked for the first block only. Whatever is
   * still being fetched when the reading ends is given up.
   */
  #open(root: CID, options: FetchOptions): BlockSource {
    const { stallMs = STALL_MS } = options
    const from = (options.from ?? []).map(this.#parsePeerId)
    const ended = new AbortController()
    const signal = this.#signal(ended.signal, options.signal)
    const giveUp = () => ended.abort(contentError('CONTENT_NOT_FOUND', root, `came from no peer within ${stallMs} ms`))
    let stall = setTimeout(giveUp, stallMs)
    let isFirst = true
    return {
      get: async cid => {
        const discover = isFirst && from.length === 0
        isFirst = false
        const block = await this.#fetcher.get(cid, { from, discover, signal })
        clearTimeout(stall)
        if (!ended.signal.aborted) stall = setTimeout(giveUp, stallMs)
        return block
      },
      [Symbol.dispose]: () => {
        clearTimeout(stall)
        ended.abort()
      }
    }
  }

  #signal(...signals: ReadonlyArray<AbortSignal | undefined>): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, ...signals.filter(signal => signal !== undefined)])
  }
}

interface BlockSource extends Disposable {
  readonly get: (cid: CID) => Promise<Uint8Array>
}
