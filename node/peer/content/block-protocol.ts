/**
 * Blocks from a peer that is known to have them, over one long-lived stream: a request is the 36 bytes of a CID, an
 * answer four bytes of length (big-endian) and the block; they come in the order of the requests, and an empty one is a
 * no. Beside bitswap because it is twice as fast, says at once
 * what it does not have, and works over relayed connections, where bitswap does not. Who knows a CID may have its block,
 * as with bitswap.
 */
import type { Libp2p, Stream } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import { CID, isOurCid } from '../../../protocols/core/cid.ts'

/** Name of the protocol. */
export const BLOCKS_PROTOCOL = '/lilynode/blocks/1'

/** Longest block that is served or taken: bitswap's own limit. */
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024

/** A CID of ours: version, codec, hash, length and 32 bytes. */
const REQUEST_BYTES = 36

/** Requests that may lie unread at the server; more resets the stream. */
const MAX_UNREAD_REQUESTS = 1_024

const HEADER_BYTES = 4

/** Streams that one peer may have open to us. */
const MAX_STREAMS = 4

/** A stream without requests is closed, and one whose reader stands still is reset. */
const IDLE_MS = 60_000

const NO = new Uint8Array(0)

/** Serves what `read` has; never fetches for others. */
export async function serveBlocks(libp2p: Libp2p, read: ReadBlock): Promise<void> {
  const onStream = (stream: Stream) => serveStream(stream, read)
  await libp2p.handle(BLOCKS_PROTOCOL, onStream, { maxInboundStreams: MAX_STREAMS, runOnLimitedConnection: true })
}

/** A block of our own, or undefined. */
export type ReadBlock = (cid: CID) => Promise<Uint8Array | undefined>

async function serveStream(stream: Stream, read: ReadBlock): Promise<void> {
  const pipe = byteStream(stream, { maxBufferSize: REQUEST_BYTES * MAX_UNREAD_REQUESTS })
  const answerNext = async () => {
    const request = await pipe.read({ bytes: REQUEST_BYTES, signal: AbortSignal.timeout(IDLE_MS) })
    const cid = CID.decode(request.subarray())
    return (isOurCid(cid) ? await read(cid) : undefined) ?? NO
  }
  try {
    // One block is read while the one before is sent. Sending waits until the stream has drained, so a slow reader holds
    // two blocks of ours and not all that it asked for.
    for (let next = answerNext(); ; ) {
      const block = await next
      next = answerNext()
      next.catch(() => {})
      const signal = AbortSignal.timeout(IDLE_MS)
      await pipe.write(headerOf(block), { signal })
      if (block.length > 0) await pipe.write(block, { signal })
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'UnexpectedEOFError') await stream.close().catch(() => {})
    else stream.abort(error instanceof Error ? error : new Error(String(error)))
  }
}

function headerOf(block: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  new DataView(header.buffer).setUint32(0, block.length)
  return header
}

/** Puts answers together as their bytes arrive, each copied once to where it stays. */
export class AnswerReader {
  readonly #onBlock: (block: Uint8Array) => void
  readonly #header = new Uint8Array(HEADER_BYTES)
  #headerLength = 0
  #block: Uint8Array | undefined
  #blockLength = 0

  constructor(onBlock: (block: Uint8Array) => void) {
    this.#onBlock = onBlock
  }

  /** @throws RangeError when a block is announced that is longer than any may be */
  push(data: Uint8Array | Iterable<Uint8Array>): void {
    if (data instanceof Uint8Array) this.#take(data)
    else for (const part of data) this.#take(part)
  }

  #take(part: Uint8Array): void {
    for (let at = 0; at < part.length; ) {
      at += this.#block === undefined ? this.#takeHeader(part, at) : this.#takeBlock(this.#block, part, at)
    }
  }

  #takeHeader(part: Uint8Array, at: number): number {
    const taken = part.subarray(at, at + HEADER_BYTES - this.#headerLength)
    this.#header.set(taken, this.#headerLength)
    this.#headerLength += taken.length
    if (this.#headerLength === HEADER_BYTES) {
      const length = new DataView(this.#header.buffer).getUint32(0)
      if (length > MAX_BLOCK_BYTES) throw new RangeError(`a block of ${length} bytes`)
      this.#headerLength = 0
      if (length === 0) this.#onBlock(NO)
      else this.#block = new Uint8Array(length)
    }
    return taken.length
  }

  #takeBlock(block: Uint8Array, part: Uint8Array, at: number): number {
    const taken = part.subarray(at, at + block.length - this.#blockLength)
    block.set(taken, this.#blockLength)
    this.#blockLength += taken.length
    if (this.#blockLength === block.length) {
      this.#block = undefined
      this.#blockLength = 0
      this.#onBlock(block)
    }
    return taken.length
  }
}
