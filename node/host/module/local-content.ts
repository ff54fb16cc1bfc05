/** Content of this machine alone: what is not in it is nowhere. For runs that need no network. */
import { type CID, CODEC, cidOfBlock } from '../../../protocols/core/cid.ts'
import type { AbortOptions, Content, FetchOptions, ListedEntry, TreeEntry } from '../../market/ports.ts'
import { canonicalFile, canonicalTree } from '../../peer/content/canonical.ts'
import { contentError } from '../../peer/content/errors.ts'
import { listTree, MAX_ENTRIES } from '../../peer/content/list.ts'
import { walkFile } from '../../peer/content/walk.ts'
import type { Blocks } from '../store/blocks.ts'

/** @see the head of this file */
export class LocalContent implements Content {
  readonly #blocks: Blocks

  constructor(blocks: Blocks) {
    this.#blocks = blocks
  }

  cat(cid: CID, options: FetchOptions = {}): AsyncIterable<Uint8Array> {
    return walkFile(cid, next => this.getBlock(next, options), options.maxBytes ?? Number.MAX_SAFE_INTEGER)
  }

  async getBlock(cid: CID, options: FetchOptions = {}): Promise<Uint8Array> {
    options.signal?.throwIfAborted()
    const block = await this.#blocks.read(cid)
    if (block === undefined) throw contentError('CONTENT_NOT_FOUND', cid, 'is not on this machine')
    return block
  }

  async putBlock(codec: 'dag-cbor' | 'raw', bytes: Uint8Array, options: AbortOptions = {}): Promise<CID> {
    const cid = cidOfBlock(codec === 'raw' ? CODEC.raw : CODEC.dagCbor, bytes)
    await this.#blocks.put(cid, bytes, options)
    return cid
  }

  addTree(entries: Iterable<TreeEntry> | AsyncIterable<TreeEntry>, options: AbortOptions = {}): Promise<CID> {
    return canonicalTree(entries, this.#blocks, options)
  }

  addFile(content: Uint8Array | AsyncIterable<Uint8Array>, options: AbortOptions = {}): Promise<CID> {
    return canonicalFile(content, this.#blocks, options)
  }

  list(cid: CID, options: FetchOptions & { readonly maxEntries?: number } = {}): AsyncIterable<ListedEntry> {
    return listTree(cid, next => this.getBlock(next, options), options.maxEntries ?? MAX_ENTRIES)
  }

  /** Nobody is told. */
  async provide(): Promise<void> {}
}
