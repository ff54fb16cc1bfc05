/** The asking side of the block protocol: one stream to each peer, a few requests under way on it, and a watch for silence. */
import type { Libp2p, PeerId, Stream } from '@libp2p/interface'
import type { CID } from '../../../protocols/core/cid.ts'
import { openStream } from '../net/rpc.ts'
import { AnswerReader, BLOCKS_PROTOCOL } from './block-protocol.ts'

/** Requests that one stream has under way; more wait on our side. */
const MAX_IN_FLIGHT = 16

/** Requests under way and not one byte for so long: the stream is given up. */
const SILENCE_MS = 8_000

const OPEN_TIMEOUT_MS = 8_000

/** Asks peers for blocks. */
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
  readonly #closed: () => void
  readonly #sent: Request[] = []
  readonly #unsent: Request[] = []
  readonly #watch: ReturnType<typeof setInterval>
  #failure: Error | undefined
  #heardAtMs = performance.now()

  constructor(stream: Stream, closed: () => void) {
    this.#stream = stream
    this.#closed = closed
    const reader = new AnswerReader(block => this.#answered(block))
    stream.addEventListener('message', ({ data }) => {
      this.#heardAtMs = performance.now()
      this.#attempt(() => reader.push(data))
    })
    const onEnd = () => this.fail(new Error('the peer ended the stream'))
    stream.addEventListener('remoteCloseWrite', onEnd)
    stream.addEventListener('close', onEnd)
    this.#watch = setInterval(() => this.#checkSilence(), SILENCE_MS / 4)
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
      if (request === undefined) return
      if (this.#sent.length === 0) this.#heardAtMs = performance.now()
      this.#sent.push(request)
      this.#attempt(() => this.#stream.send(request.cid.bytes))
    }
  }

  #answered(block: Uint8Array): void {
    const request = this.#sent.shift()
    if (request === undefined) throw new Error('an answer that nobody asked for')
    request.resolve(block)
    this.#send()
  }

  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #checkSilence(): void {
    const isSilent = this.#sent.length > 0 && performance.now() - this.#heardAtMs > SILENCE_MS
    if (isSilent) this.fail(new Error(`silent for ${SILENCE_MS} ms`))
  }
}
