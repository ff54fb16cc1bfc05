/**
 * Blocks from a peer that is known to have them, over one long-lived stream: requests are CIDs, answers are blocks in
 * the same order, both length-prefixed; an empty answer is a no. Beside bitswap because it is twice as fast, says at once
 * what it does not have, and works over relayed connections, where bitswap does not. Who knows a CID may have its block,
 * as with bitswap.
 */
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { type LengthPrefixedStream, lpStream } from '@libp2p/utils'
import { CID, isOurCid } from '../../../protocols/core/cid.ts'
import { openStream } from '../net/rpc.ts'

/** Name of the protocol. */
export const BLOCKS_PROTOCOL = '/lilynode/blocks/1'

/** Longest block that is served or taken: bitswap's own limit. */
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024

/** A CID of ours has 36 bytes. */
const MAX_REQUEST_BYTES = 64

/** Requests that one stream has under way; more wait on our side. Times 1 MiB, it stays below the buffer. */
const MAX_IN_FLIGHT = 16

const MAX_BUFFER_BYTES = 32 * 1024 * 1024

/** Streams that one peer may have open to us. */
const MAX_STREAMS = 4

/** A stream without requests is closed, and one whose reader stands still is reset. */
const IDLE_MS = 60_000

/** Requests under way and not one byte for so long: the stream is given up. */
const SILENCE_MS = 8_000

const OPEN_TIMEOUT_MS = 8_000

const NO = new Uint8Array(0)

/** Serves what `read` has; never fetches for others. */
export async function serveBlocks(libp2p: Libp2p, read: (cid: CID) => Promise<Uint8Array | undefined>): Promise<void> {
  const onStream = (stream: Stream, _connection: Connection) => serveStream(stream, read)
  await libp2p.handle(BLOCKS_PROTOCOL, onStream, { maxInboundStreams: MAX_STREAMS, runOnLimitedConnection: true })
}

async function serveStream(stream: Stream, read: (cid: CID) => Promise<Uint8Array | undefined>): Promise<void> {
  const frames = lpStream(stream, { maxDataLength: MAX_REQUEST_BYTES, maxBufferSize: MAX_REQUEST_BYTES * 1024 })
  try {
    for (;;) {
      const request = await frames.read({ signal: AbortSignal.timeout(IDLE_MS) })
      const cid = CID.decode(request.subarray())
      const block = isOurCid(cid) ? await read(cid) : undefined
      // Waits until the stream has drained, so a slow reader holds one block of ours and not all it asked for.
      await frames.write(block ?? NO, { signal: AbortSignal.timeout(IDLE_MS) })
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'UnexpectedEOFError') await stream.close().catch(() => {})
    else stream.abort(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Asks peers for blocks; one stream to each. */
export class BlockClient {
  readonly #libp2p: Libp2p
  readonly #channels = new Map<string, Promise<BlockChannel>>()

  constructor(libp2p: Libp2p) {
    this.#libp2p = libp2p
  }

  /**
   * The block as the peer gives it, unverified; no bytes when the peer has none.
   *
   * @throws when the peer cannot be reached, does not speak the protocol, or falls silent
   */
  async get(peer: PeerId, cid: CID): Promise<Uint8Array> {
    const channel = await this.#channel(peer)
    return channel.get(cid)
  }

  /** Gives up every stream. */
  stop(): void {
    for (const opening of this.#channels.values()) {
      opening.then(
        channel => channel.fail(new Error('stopped')),
        () => {}
      )
    }
  }

  #channel(peer: PeerId): Promise<BlockChannel> {
    const key = peer.toString()
    const known = this.#channels.get(key)
    if (known !== undefined) return known
    const opening = this.#open(peer, () => {
      if (this.#channels.get(key) === opening) this.#channels.delete(key)
    })
    this.#channels.set(key, opening)
    return opening
  }

  async #open(peer: PeerId, closed: () => void): Promise<BlockChannel> {
    try {
      const stream = await openStream(this.#libp2p, peer, BLOCKS_PROTOCOL, AbortSignal.timeout(OPEN_TIMEOUT_MS))
      return new BlockChannel(stream, closed)
    } catch (error) {
      closed()
      throw error
    }
  }
}

interface Request extends PromiseWithResolvers<Uint8Array> {
  readonly cid: CID
}

/** Our end of one stream. */
class BlockChannel {
  readonly #stream: Stream
  readonly #frames: LengthPrefixedStream<Stream>
  readonly #closed: () => void
  readonly #sent: Request[] = []
  readonly #unsent: Request[] = []
  #failure: Error | undefined
  #heardAtMs = 0
  #watch: NodeJS.Timeout | undefined

  constructor(stream: Stream, closed: () => void) {
    this.#stream = stream
    this.#closed = closed
    this.#frames = lpStream(stream, { maxDataLength: MAX_BLOCK_BYTES, maxBufferSize: MAX_BUFFER_BYTES })
    stream.addEventListener('message', () => {
      this.#heardAtMs = performance.now()
    })
    this.#readAll().catch(error => this.fail(error))
  }

  get(cid: CID): Promise<Uint8Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const request: Request = { cid, ...Promise.withResolvers<Uint8Array>() }
    this.#unsent.push(request)
    this.#send()
    return request.promise
  }

  /** Ends the stream; whatever is asked fails with the reason. */
  fail(reason: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = reason
    clearInterval(this.#watch)
    this.#closed()
    this.#stream.abort(reason)
    for (const request of [...this.#sent.splice(0), ...this.#unsent.splice(0)]) request.reject(reason)
  }

  #send(): void {
    while (this.#sent.length < MAX_IN_FLIGHT) {
      const request = this.#unsent.shift()
      if (request === undefined) break
      if (this.#sent.length === 0) this.#heardAtMs = performance.now()
      this.#sent.push(request)
      this.#frames.write(request.cid.bytes).catch(error => this.fail(error))
    }
    this.#watch ??= setInterval(() => this.#checkSilence(), SILENCE_MS / 4).unref()
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const frame = (await this.#frames.read()).subarray()
      const request = this.#sent.shift()
      if (request === undefined) throw new Error('an answer that nobody asked for')
      request.resolve(frame)
      this.#send()
    }
  }

  #checkSilence(): void {
    const isSilent = this.#sent.length > 0 && performance.now() - this.#heardAtMs > SILENCE_MS
    if (isSilent) this.fail(new Error(`silent for ${SILENCE_MS} ms`))
  }
}
