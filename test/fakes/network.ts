// A Network in memory: peers on one bus hear each other's gossip at once and answer each other's streams.

import type { AbortOptions, GossipAnswer, Network, PeerInfo, StreamLimits } from '../../node/market/ports.ts'
import { LilyError } from '../../protocols/core/errors.ts'

type Validate = (bytes: Uint8Array, from: string) => Promise<GossipAnswer>
type Answer = (message: Uint8Array, from: string, options: AbortOptions) => AsyncIterable<Uint8Array>

/** Joins networks to one another. */
export class Bus {
  readonly nodes = new Map<string, BusNetwork>()

  /** Puts a peer on the bus; those already there learn of it. */
  join(peerId: string): BusNetwork {
    const node = new BusNetwork(this, peerId)
    this.nodes.set(peerId, node)
    for (const other of this.nodes.values()) if (other !== node) other.greet(peerId)
    return node
  }
}

/** One peer's end of the bus. */
export class BusNetwork implements Network {
  readonly peerId: string
  readonly #bus: Bus
  readonly #topics = new Map<string, Validate>()
  readonly #protocols = new Map<string, Answer>()
  readonly #listeners = new Set<(peerId: string) => void>()
  /** What this peer's validators answered, in order. */
  readonly answers: GossipAnswer[] = []
  /** What was held against others, in seconds of quota. */
  readonly blamed = new Map<string, number>()
  /** Cut off: nothing goes out or comes in. */
  isDown = false

  constructor(bus: Bus, peerId: string) {
    this.#bus = bus
    this.peerId = peerId
  }

  peers(): readonly PeerInfo[] {
    return this.#others().map(({ peerId }) => ({ peerId, account: undefined, addresses: [], isDialled: true }))
  }

  addresses(): readonly string[] {
    return []
  }

  async publish(topic: string, bytes: Uint8Array): Promise<number> {
    const others = this.isDown ? [] : this.#others()
    for (const other of others) await other.hear(topic, bytes, this.peerId)
    return others.length
  }

  blame(peerId: string, seconds: number): void {
    this.blamed.set(peerId, (this.blamed.get(peerId) ?? 0) + seconds)
  }

  subscribe(topic: string, validate: Validate): () => void {
    this.#topics.set(topic, validate)
    return () => this.#topics.delete(topic)
  }

  async *request(peerId: string, protocol: string, message: Uint8Array): AsyncIterable<Uint8Array> {
    const other = this.#bus.nodes.get(peerId)
    const answer = other?.isDown === false && !this.isDown ? other.answerOf(protocol) : undefined
    if (answer === undefined) throw new LilyError('NET_UNREACHABLE', `peer ${peerId} is not there`)
    yield* answer(message, this.peerId, {})
  }

  handle(protocol: string, _limits: StreamLimits, answer: Answer): () => void {
    this.#protocols.set(protocol, answer)
    return () => this.#protocols.delete(protocol)
  }

  async connect(_address: string): Promise<void> {}

  onPeer(listener: (peerId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A message of another peer arrives. */
  async hear(topic: string, bytes: Uint8Array, from: string): Promise<void> {
    const answer = await this.#topics.get(topic)?.(bytes, from)
    if (answer !== undefined) this.answers.push(answer)
  }

  greet(peerId: string): void {
    for (const listener of this.#listeners) listener(peerId)
  }

  answerOf(protocol: string): Answer | undefined {
    return this.#protocols.get(protocol)
  }

  #others(): BusNetwork[] {
    return [...this.#bus.nodes.values()].filter(node => node !== this && !node.isDown)
  }
}
