/**
 * Single blocks: from our own store, else straight from the peers that should have them, else by bitswap from whoever
 * has them. Bitswap never asks twice for a want that it believes sent, so every attempt has a deadline and is made again
 * until the caller's patience ends. No bitswap sessions: they drop their only provider at its first delay.
 */
import type { PeerId } from '@libp2p/interface'
import type { Helia } from 'helia'
import { concat, equalBytes } from '../../../protocols/core/bytes.ts'
import { type CID, isOurCid } from '../../../protocols/core/cid.ts'
import { delay } from '../delay.ts'
import type { BlockClient } from './block-client.ts'
import { contentError } from './errors.ts'

/** One attempt at one block. Longer than the 5 s for which a bitswap peer refuses to send a block again. */
const ATTEMPT_MS = 8_000

/** Between attempts: bitswap needs a moment to forget the aborted want, or it would not send the new one. */
const PAUSE_MS = 150

/** Providers looked for in the DHT when those that were named do not answer. */
const MAX_PROVIDERS = 3

/** How to get one block. */
export interface BlockOptions {
  readonly signal: AbortSignal
  /** Peers that should have it. */
  readonly from: readonly PeerId[]
  /** Ask the DHT at the first attempt already; later attempts always do. */
  readonly discover: boolean
}

/** Our own blocks, without the network. */
export interface LocalBlocks {
  read(cid: CID): Promise<Uint8Array | undefined>
  put(cid: CID, bytes: Uint8Array): unknown
}

/** SHA-256 by whatever is fastest here: every fetched byte goes through it. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** What a {@link BlockFetcher} is made of. */
export interface BlockFetcherComponents {
  /** Helia's blockstore: asks the network by bitswap. */
  readonly blocks: Helia['blockstore']
  /** Our own store below it. */
  readonly local: LocalBlocks
  readonly sha256: Sha256
  readonly client: BlockClient
}

interface Fetch {
  readonly block: Promise<Uint8Array>
  readonly abort: AbortController
  waiting: number
}

/** Gets verified blocks; concurrent wants of one CID share one fetch. */
export class BlockFetcher {
  readonly #blocks: Helia['blockstore']
  readonly #local: LocalBlocks
  readonly #client: BlockClient
  readonly #sha256: Sha256
  readonly #fetches = new Map<string, Fetch>()

  constructor(components: BlockFetcherComponents) {
    this.#blocks = components.blocks
    this.#local = components.local
    this.#client = components.client
    this.#sha256 = components.sha256
  }

  /**
   * The block's bytes; kept in our store from then on.
   *
   * @throws LilyError CONTENT_UNSUPPORTED for a hash or codec that we do not take; the signal's reason when it aborts
   */
  async get(cid: CID, options: BlockOptions): Promise<Uint8Array> {
    if (!isOurCid(cid))
      throw contentError('CONTENT_UNSUPPORTED', cid, 'is not CIDv1 with SHA-256 of dag-pb, dag-cbor or raw')
    options.signal.throwIfAborted()
    return plain((await this.#local.read(cid)) ?? (await this.#share(cid, options)))
  }

  /** A caller that gives up must not cancel the fetch of another: bitswap has one want per CID. */
  async #share(cid: CID, options: BlockOptions): Promise<Uint8Array> {
    const key = cid.toString()
    const fetch = this.#fetches.get(key) ?? this.#begin(key, cid, options)
    fetch.waiting++
    try {
      return await race(fetch.block, options.signal)
    } finally {
      fetch.waiting--
      if (fetch.waiting === 0 && this.#fetches.get(key) === fetch) {
        this.#fetches.delete(key)
        fetch.abort.abort()
      }
    }
  }

  #begin(key: string, cid: CID, options: BlockOptions): Fetch {
    const abort = new AbortController()
    const block = this.#retry(cid, { ...options, signal: abort.signal })
    const fetch = { block, abort, waiting: 0 }
    this.#fetches.set(key, fetch)
    const end = () => {
      if (this.#fetches.get(key) === fetch) this.#fetches.delete(key)
    }
    block.then(end, end)
    return fetch
  }

  async #retry(cid: CID, options: BlockOptions): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      const direct = await this.#direct(cid, options)
      if (direct !== undefined) return direct
      const signal = AbortSignal.any([options.signal, AbortSignal.timeout(ATTEMPT_MS)])
      const maxProviders = attempt > 0 || options.discover ? MAX_PROVIDERS : 0
      const want = { signal, providers: options.from.map(peer => peer.toCID()), maxProviders }
      try {
        return await collect(this.#blocks.get(cid, want))
      } catch {
        options.signal.throwIfAborted()
        await delay(PAUSE_MS, options)
      }
    }
  }

  /** From the first of the named peers that gives it; undefined when none does. */
  async #direct(cid: CID, options: BlockOptions): Promise<Uint8Array | undefined> {
    for (const peer of options.from) {
      const block = await race(this.#client.get(peer, cid), options.signal).catch(() => undefined)
      options.signal.throwIfAborted()
      // What does not match its CID is as good as nothing: another peer may be honest.
      if (block === undefined || !equalBytes(await this.#sha256(block), cid.multihash.digest)) continue
      await this.#local.put(cid, block)
      return block
    }
    return undefined
  }
}

async function collect(parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return all.length === 1 && all[0] !== undefined ? all[0] : concat(...all)
}

function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** Some stores give subclasses of Uint8Array, whose methods differ from those of what they claim to be. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
