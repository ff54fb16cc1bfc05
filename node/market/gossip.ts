/**
 * The only door for gossip: bytes -> rate -> decode -> rule -> verdict -> the network's answer. Services give the rule and
 * take the accepted value; counting, logging and blaming happen here. What was merely unlucky (late, twice, too fast) is
 * ignored; what only a faulty sender makes is rejected and costs it score.
 */
import { CodecError } from '../../protocols/core/codec.ts'
import type { Verdict } from '../../protocols/core/verdict.ts'
import type { GossipMessage } from '../../protocols/wire.ts'
import { Counts } from './counts.ts'
import type { AbortOptions, Clock, GossipAnswer, Logger, Network } from './ports.ts'
import { PeerRate } from './rate.ts'

/** What a {@link Gossip} is made of. */
export interface GossipComponents {
  readonly network: Network
  readonly clock: Clock
  readonly log: Logger
  /** Where answers are counted, with GOSSIP_TOO_FAST, GOSSIP_RULE_FAILED, a code of the codecs or of the topic's rule. */
  readonly counts?: Counts
}

/** What a service gives for one topic: a pure or a reading rule, and what to do with what passed it. */
export interface GossipReceiver<T, V> {
  /** @param bytes the message's encoding */
  rule(message: T, from: string, bytes: Uint8Array): Verdict<V> | Promise<Verdict<V>>
  /** Called once for each accepted message, before it is passed on; must not throw. */
  accepted(value: V, from: string): void
}

/** Sends and receives the messages of the wire table. */
export class Gossip {
  readonly #network: Network
  readonly #clock: Clock
  readonly #log: Logger
  readonly #counts: Counts

  constructor(components: GossipComponents) {
    this.#network = components.network
    this.#clock = components.clock
    this.#log = components.log
    this.#counts = components.counts ?? new Counts()
  }

  /** Joins a topic. Returns the way out. */
  join<T, V>(topic: string, message: GossipMessage<T>, receiver: GossipReceiver<T, V>): () => void {
    const rate = new PeerRate(message.perSecond, () => this.#clock.nowMs())
    return this.#network.subscribe(topic, async (bytes, from) => {
      // [IGNORE] the sender keeps to its rate
      if (!rate.take(from)) {
        this.#network.blame(from, 1 / message.perSecond)
        return this.#answer(topic, 'ignore', 'GOSSIP_TOO_FAST', from)
      }
      const decoded = decode(message, bytes)
      // [REJECT] the bytes are the canonical encoding of the topic's message, within its limits
      if (decoded instanceof CodecError) return this.#answer(topic, 'reject', decoded.code, from, decoded.message)
      return this.#judge(topic, decoded.value, receiver, from, bytes)
    })
  }

  /**
   * Publishes a message; resolves to how many neighbours it was given to.
   *
   * @throws CodecError when the message breaks its own limits
   */
  publish<T>(topic: string, message: GossipMessage<T>, value: T, options: AbortOptions = {}): Promise<number> {
    return this.#network.publish(topic, message.codec.encode(value), options)
  }

  async #judge<T, V>(
    topic: string,
    message: T,
    receiver: GossipReceiver<T, V>,
    from: string,
    bytes: Uint8Array
  ): Promise<GossipAnswer> {
    let verdict: Verdict<V>
    try {
      verdict = await receiver.rule(message, from, bytes)
    } catch (error) {
      // Our own failure (the chain cannot be read, a bug) is never held against the sender.
      this.#log.error('rule of %s failed: %e', topic, error)
      return this.#answer(topic, 'ignore', 'GOSSIP_RULE_FAILED', from)
    }
    if (verdict.kind !== 'accept')
      return this.#answer(topic, verdict.kind, verdict.reason.code, from, verdict.reason.detail)
    receiver.accepted(verdict.value, from)
    return this.#answer(topic, 'accept', '', from)
  }

  #answer(topic: string, answer: GossipAnswer, code: string, from: string, detail = ''): GossipAnswer {
    this.#counts.add('gossip', { topic, answer, code })
    if (answer !== 'accept') this.#log('%s on %s from %s: %s %s', answer, topic, from.slice(-8), code, detail)
    return answer
  }
}

function decode<T>(message: GossipMessage<T>, bytes: Uint8Array): { readonly value: T } | CodecError {
  try {
    return { value: message.codec.decode(bytes) }
  } catch (error) {
    if (error instanceof CodecError) return error
    throw error
  }
}
