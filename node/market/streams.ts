/**
 * The only door for requests between two peers: codecs and the wire table's limits around the network's streams. A peer
 * that sends what is no message has its stream reset; one that asks too often is refused before its bytes are read.
 */
import { isLilyError, LilyError } from '../../protocols/core/errors.ts'
import type { StreamMessage } from '../../protocols/wire.ts'
import type { Components } from './components.ts'
import { Counts } from './counts.ts'
import type { AbortOptions, Logger, Network } from './ports.ts'

/** What answers a stream, with one value or many. A throw resets the stream, and the asker learns no more than that. */
export type StreamHandler<Q, A> = (request: Q, from: string, options: AbortOptions) => AsyncIterable<A>

/** What {@link Streams} are made of. */
export interface StreamsComponents {
  readonly network: Network
  readonly log: Logger
  /** Where the ends of requests are counted. */
  readonly counts?: Counts | undefined
}

/** The parts of a node that {@link Streams} need. */
export type StreamsParts = Pick<Components, 'network' | 'logger'> & Partial<Pick<Components, 'counts'>>

/** Asks and answers the protocols of the wire table. */
export class Streams {
  readonly #network: Network
  readonly #log: Logger
  readonly #counts: Counts

  constructor(components: StreamsComponents) {
    this.#network = components.network
    this.#log = components.log
    this.#counts = components.counts ?? new Counts()
  }

  /** Those of a service. @param scope of its log */
  static of({ network, counts, logger }: StreamsParts, scope: string): Streams {
    return new Streams({ network, counts, log: logger(scope) })
  }

  /**
   * Asks a peer and yields its answers as they come.
   *
   * @throws LilyError NET_UNREACHABLE, NET_REFUSED, NET_TIMEOUT, NET_TOO_LARGE, CODEC_* for an answer that is none
   */
  async *askMany<Q, A>(
    peerId: string,
    protocol: StreamMessage<Q, A>,
    request: Q,
    options: AbortOptions = {}
  ): AsyncGenerator<A> {
    const { timeoutMs, maxResponseBytes } = protocol
    const message = protocol.request.encode(request)
    try {
      const limits = { ...options, timeoutMs, maxResponseBytes }
      for await (const bytes of this.#network.request(peerId, protocol.protocol, message, limits)) {
        yield protocol.answer.decode(bytes)
      }
    } catch (error) {
      this.#count(protocol.protocol, 'asked', codeOf(error))
      throw error
    }
    this.#count(protocol.protocol, 'asked', '')
  }

  /**
   * Asks a peer for its one answer; more than one is an error.
   *
   * @throws LilyError NET_UNREACHABLE, NET_REFUSED, NET_TIMEOUT, NET_TOO_LARGE, CODEC_* for an answer that is none
   */
  async ask<Q, A>(peerId: string, protocol: StreamMessage<Q, A>, request: Q, options: AbortOptions = {}): Promise<A> {
    const answers: A[] = []
    for await (const answer of this.askMany(peerId, protocol, request, options)) {
      answers.push(answer)
      if (answers.length > 1) break
    }
    const [only] = answers
    if (only !== undefined && answers.length === 1) return only
    const details = { peerId, protocol: protocol.protocol }
    const found = answers.length === 0 ? 'no answer' : 'several answers'
    throw new LilyError('NET_REFUSED', `peer ${peerId.slice(-8)} gave ${found} where one is due`, { details })
  }

  /** Answers a protocol. Returns the way out. */
  serve<Q, A>(protocol: StreamMessage<Q, A>, handler: StreamHandler<Q, A>): () => void {
    const answerAll = this.#answerAll.bind(this)
    return this.#network.handle(protocol.protocol, protocol, (bytes, from, options) =>
      answerAll(protocol, handler, bytes, from, options)
    )
  }

  async *#answerAll<Q, A>(
    protocol: StreamMessage<Q, A>,
    handler: StreamHandler<Q, A>,
    bytes: Uint8Array,
    from: string,
    options: AbortOptions
  ): AsyncGenerator<Uint8Array> {
    try {
      const answers = handler(protocol.request.decode(bytes), from, options)
      for await (const answer of answers) yield protocol.answer.encode(answer)
    } catch (error) {
      this.#count(protocol.protocol, 'answered', codeOf(error))
      // A coded failure is the asker's or the world's; any other is our own bug.
      const log = isLilyError(error) ? this.#log : this.#log.error
      log('%s from %s: %e', protocol.protocol, from.slice(-8), error)
      throw error
    }
    this.#count(protocol.protocol, 'answered', '')
  }

  #count(protocol: string, side: 'asked' | 'answered', code: string): void {
    this.#counts.add('requests', { protocol, side, code })
  }
}

function codeOf(error: unknown): string {
  return isLilyError(error) ? error.code : 'UNEXPECTED'
}
