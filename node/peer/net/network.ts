/** The Network port over libp2p: gossip by gossipsub, requests over streams, peers and addresses. */

import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { ComponentLogger, Connection, Libp2p, Logger, PeerId, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { accountOf } from '../../market/peer-id.ts'
import type { AbortOptions, GossipAnswer, Network, PeerInfo, StreamLimits } from '../../market/ports.ts'
import { PeerRate } from '../../market/rate.ts'
import { Conduct, REJECT_SEC } from './conduct.ts'
import { netError, streamError } from './errors.ts'
import { parseAddress } from './keeper.ts'
import { type RequestOptions, request, respond, type StreamAnswer } from './rpc.ts'
import type { Services } from './settings.ts'

const ANSWERS: Readonly<Record<GossipAnswer, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject
}

/** Streams of one protocol that one peer may have open at once. */
const MAX_STREAMS_PER_PEER = 16

const CONNECT_TIMEOUT_MS = 15_000

/** The {@link Network} of a running libp2p node. */
export class Libp2pNetwork implements Network {
  readonly #libp2p: Libp2p<Services>
  readonly #topics: ReadonlySet<string>
  readonly #log: Logger
  readonly #conduct: Conduct

  constructor(
    libp2p: Libp2p<Services>,
    topics: readonly string[],
    logger: ComponentLogger,
    conduct: Conduct = new Conduct()
  ) {
    this.#libp2p = libp2p
    this.#conduct = conduct
    conduct.onBanned(peerId => this.#sendAway(peerId))
    this.#topics = new Set(topics)
    this.#log = logger.forComponent('lily:network')
  }

  get peerId(): string {
    return this.#libp2p.peerId.toString()
  }

  addresses(): readonly string[] {
    return this.#libp2p.getMultiaddrs().map(String)
  }

  peers(): readonly PeerInfo[] {
    const byPeer = Map.groupBy(this.#libp2p.getConnections(), connection => connection.remotePeer.toString())
    return [...byPeer].map(([peerId, connections]) => ({
      peerId,
      account: accountOf(peerId),
      addresses: connections.map(connection => connection.remoteAddr.toString()),
      isDialled: connections.some(connection => connection.direction === 'outbound')
    }))
  }

  async publish(topic: string, bytes: Uint8Array, options: AbortOptions = {}): Promise<number> {
    options.signal?.throwIfAborted()
    this.#assertTopic(topic)
    const { pubsub } = this.#libp2p.services
    // Gossipsub would remember a message that nobody got as seen, and swallow its next announcement: somebody has to be
    // there, with a stream to it. Of a new neighbour the subscription may come before that.
    if (!pubsub.getSubscribers(topic).some(peer => this.#isSpokenTo(peer))) return 0
    const { recipients } = await pubsub.publish(topic, bytes)
    return recipients.length
  }

  /** Whether gossip has a stream of ours to the peer: public in its class, but not in the interface that it exports. */
  #isSpokenTo(peer: PeerId): boolean {
    const streams: unknown = Reflect.get(this.#libp2p.services.pubsub, 'streamsOutbound')
    return streams instanceof Map && streams.has(peer.toString())
  }

  subscribe(topic: string, validate: (bytes: Uint8Array, from: string) => Promise<GossipAnswer>): () => void {
    this.#assertTopic(topic)
    const { pubsub } = this.#libp2p.services
    if (pubsub.topicValidators.has(topic)) throw new TypeError(`topic ${topic} has its validator already`)
    pubsub.topicValidators.set(topic, async (peer, message) => {
      const answer = await validate(message.data, peer.toString())
      if (answer === 'reject') this.#conduct.blame(peer.toString(), REJECT_SEC)
      return ANSWERS[answer]
    })
    pubsub.subscribe(topic)
    return () => {
      pubsub.unsubscribe(topic)
      pubsub.topicValidators.delete(topic)
    }
  }

  blame(peerId: string, seconds: number): void {
    this.#conduct.blame(peerId, seconds)
  }

  request(peerId: string, protocol: string, message: Uint8Array, options: RequestOptions): AsyncGenerator<Uint8Array> {
    return request(this.#libp2p, parsePeerId(peerId), protocol, message, options)
  }

  handle(protocol: string, limits: StreamLimits, answer: StreamAnswer): () => void {
    const rate = new PeerRate(limits.perSecond, () => performance.now())
    const onStream = async (stream: Stream, connection: Connection) => {
      if (rate.take(connection.remotePeer.toString())) await respond(stream, connection, limits, answer)
      else stream.abort(new Error('too many requests'))
    }
    const options = { maxInboundStreams: MAX_STREAMS_PER_PEER, runOnLimitedConnection: true }
    // Both sides of this take effect at once; what is awaited is only that the peer store knows.
    const handled = this.#libp2p.handle(protocol, onStream, options)
    handled.catch(error => this.#log.error('cannot answer %s: %e', protocol, error))
    return () => {
      this.#libp2p.unhandle(protocol).catch(error => this.#log.error('cannot stop answering %s: %e', protocol, error))
    }
  }

  async connect(address: string, options: AbortOptions = {}): Promise<void> {
    const target = address.startsWith('/') ? parseAddress(address) : parsePeerId(address)
    const deadline = AbortSignal.timeout(CONNECT_TIMEOUT_MS)
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
    try {
      await this.#libp2p.dial(target, { signal })
    } catch (error) {
      options.signal?.throwIfAborted()
      throw netError('NET_UNREACHABLE', `cannot reach ${address}`, { address }, streamError(address, 'connect', error))
    }
  }

  onPeer(listener: (peerId: string) => void): () => void {
    const onIdentify = (event: CustomEvent<{ readonly peerId: PeerId }>) => listener(event.detail.peerId.toString())
    this.#libp2p.addEventListener('peer:identify', onIdentify)
    return () => this.#libp2p.removeEventListener('peer:identify', onIdentify)
  }

  #sendAway(peerId: string): void {
    this.#log('%s is sent away: it sends far more than its rates', peerId.slice(-8))
    const gone = this.#libp2p.hangUp(parsePeerId(peerId))
    gone.catch(error => this.#log.error('cannot send %s away: %e', peerId.slice(-8), error))
  }

  #assertTopic(topic: string): void {
    if (!this.#topics.has(topic)) throw new TypeError(`topic ${topic} is not among those that the node was made with`)
  }
}

/** A peer id from text. @throws LilyError NET_BAD_ADDRESS */
export function parsePeerId(text: string): PeerId {
  try {
    return peerIdFromString(text)
  } catch (error) {
    throw netError('NET_BAD_ADDRESS', `${text.slice(0, 100)} is not a peer id`, { address: text.slice(0, 100) }, error)
  }
}
