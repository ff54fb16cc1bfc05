/**
 * The one way that a tree of files becomes a CID: the profile unixfs-v1-2025, no modes, no times, files and folders
 * only. Provider, mediators and creator must get the same CID from the same files, whatever the order or the chunks in
 * which they arrive.
 */

import { type ImporterOptions, importer, type WritableStorage } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import type { CID } from 'multiformats/cid'
import { LilyError } from '../../../protocols/core/errors.ts'
import type { AbortOptions, TreeEntry } from '../../market/ports.ts'
import { splitPath } from './names.ts'

/** Bytes of a leaf; also the largest block that we make or accept beside directory nodes. */
export const CHUNK_BYTES = 1024 * 1024

/** Children of an inner node of a file. */
const MAX_CHILDREN = 1024

/** So many bytes may wait to be written while the next block is made. */
const BYTES_UNDER_WAY = 64 * 1024

/**
 * Every option that changes a CID. The profile alone is not enough and the defaults without it are not the same: the
 * CIDs differ from some thousands of files on.
 */
const CANONICAL = {
  profile: 'unixfs-v1-2025',
  cidVersion: 1,
  rawLeaves: true,
  leafType: 'raw',
  reduceSingleLeafToSelf: true,
  shardSplitThresholdBytes: 256 * 1024,
  shardFanoutBits: 8,
  wrapWithDirectory: false,
  // One file at a time: memory stays flat, and disks are read in order.
  fileImportConcurrency: 1,
  chunker: fixedSize({ chunkSize: CHUNK_BYTES }),
  layout: balanced({ maxChildrenPerNode: MAX_CHILDREN })
} satisfies ImporterOptions

/** The importer unwraps a lone file, so everything is put under one name whose directory is the result. */
const ROOT = 'root'

/** What of a blockstore the importer needs. */
export type BlockSink = WritableStorage

/** A blockstore that forgets: to compute a CID without keeping a byte. */
export class NullStore implements BlockSink {
  put(cid: CID): CID {
    return cid
  }
}

/**
 * Imports a tree into a blockstore, streaming, and gives the CID of its directory. Folders that hold files need no entry
 * of their own; empty ones do.
 *
 * @throws LilyError CONTENT_BAD_NAME for a name that is refused, CONTENT_DUPLICATE_PATH when two entries claim one path
 */
export async function canonicalTree(
  entries: Iterable<TreeEntry> | AsyncIterable<TreeEntry>,
  sink: BlockSink,
  options: AbortOptions = {}
): Promise<CID> {
  let last: CID | undefined
  const writes = new Writes(sink, options.signal)
  for await (const node of importer(candidates(entries), writes, CANONICAL)) last = node.cid
  await writes.done()
  if (last === undefined) throw new TypeError('the importer made no directory')
  return last
}

/**
 * The CID of one file by the same profile.
 *
 * @see canonicalTree
 */
export async function canonicalFile(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  sink: BlockSink,
  options: AbortOptions = {}
): Promise<CID> {
  let last: CID | undefined
  const writes = new Writes(sink, options.signal)
  for await (const node of importer([{ content }], writes, CANONICAL)) last = node.cid
  await writes.done()
  if (last === undefined) throw new TypeError('the importer made no file')
  return last
}

/**
 * Blocks on their way to a store: small ones are written while the next are made, so that a tree of a few short files takes
 * no longer than its slowest block. The importer takes no signal, so every block that it makes asks.
 */
class Writes implements BlockSink {
  readonly #sink: BlockSink
  readonly #signal: AbortSignal | undefined
  #underWay: Promise<unknown>[] = []
  #bytes = 0

  constructor(sink: BlockSink, signal: AbortSignal | undefined) {
    this.#sink = sink
    this.#signal = signal
  }

  async put(cid: CID, bytes: Uint8Array): Promise<CID> {
    this.#signal?.throwIfAborted()
    const write = (async () => this.#sink.put(cid, bytes))()
    // Whoever waits for it hears of a failure; until then it is no unhandled rejection.
    write.catch(() => {})
    this.#underWay.push(write)
    this.#bytes += bytes.length
    if (this.#bytes >= BYTES_UNDER_WAY) await this.done()
    return cid
  }

  /** Resolves when everything is written. */
  async done(): Promise<void> {
    const writes = this.#underWay
    this.#underWay = []
    this.#bytes = 0
    await Promise.all(writes)
  }
}

/**
 * Files as they come, then the folders that stayed empty: the importer would put an empty folder in place of a full one
 * when the folder's own entry came second.
 */
async function* candidates(entries: Iterable<TreeEntry> | AsyncIterable<TreeEntry>) {
  const files = new Set<string>()
  const explicit = new Set<string>([ROOT])
  const parents = new Set<string>()
  for await (const entry of entries) {
    const path = `${ROOT}/${splitPath(entry.path).join('/')}`
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at)
      if (files.has(parent)) throw duplicate(entry.path)
      parents.add(parent)
    }
    if ('isDirectory' in entry) {
      if (files.has(path)) throw duplicate(entry.path)
      explicit.add(path)
      continue
    }
    if (files.has(path) || explicit.has(path) || parents.has(path)) throw duplicate(entry.path)
    files.add(path)
    yield { path, content: entry.content }
  }
  for (const path of explicit) if (!parents.has(path)) yield { path }
}

function duplicate(path: string): LilyError<'CONTENT_DUPLICATE_PATH'> {
  const shown = JSON.stringify(path.slice(0, 200))
  return new LilyError('CONTENT_DUPLICATE_PATH', `two entries of the tree claim the path ${shown}`, {
    details: { path }
  })
}
