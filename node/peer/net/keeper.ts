/**
 * Keeps a node connected. libp2p dials nobody of itself, and gives up on a lost peer after half a minute, so this loop
 * dials the bootstrap nodes until they answer, and peers that it knows while there are few connections: a network whose
 * bootstrap node died goes on.
 */
import type { Libp2p, Logger, PeerId, PeerInfo } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { delay } from '../delay.ts'
import { netError } from './errors.ts'

/** Connections below which known peers are dialled: a gossip mesh (6 to 12) and some for the DHT. */
export const MIN_CONNECTIONS = 12

/** Connections below which a node is lonely: fewer than a gossip mesh wants. It dials all that it can, at each look. */
const LONELY = 6

/** Known peers that a lonely node dials at one look, so that a long list of dead ones does not flood the dial queue. */
const LONELY_DIALS = 4

/**
 * A node that is not lonely dials at one look of so many, others at others, and then one peer of a kind: a first contact is
 * work for both, and when a cut heals, or a bootstrap node that thousands know comes back, not everybody is there at once.
 */
const LOOKS_APART = 4

const DIAL_TIMEOUT_MS = 10_000

/** A peer that did not answer is left alone for this long. */
const RETRY_AFTER_MS = 60_000

/** Failures remembered at once: strangers may have any names. */
const MAX_FAILURES = 1_024

/** Settings of a {@link PeerKeeper}. */
export interface PeerKeeperInit {
  /** Multiaddrs, each ending in /p2p/PEER, that are dialled for as long as they are not connected. */
  readonly bootstrap: readonly string[]
  /** Pause between two looks. */
  readonly intervalMs: number
  readonly log: Logger
  /** Where the connected node's own record is refreshed from. */
  readonly libp2p: Libp2p
  /** Peers that neighbours name to a lonely node, where it has no DHT to meet some in. */
  readonly findAnybody?: (options: { readonly signal: AbortSignal }) => Promise<readonly PeerInfo[]>
}

/** The loop that dials; started and stopped with the node. */
export class PeerKeeper {
  readonly #init: PeerKeeperInit
  /** Every address of a bootstrap node: one dial tries them in turn. */
  readonly #bootstrap: ReadonlyMap<string, readonly Multiaddr[]>
  readonly #failedAtMs = new Map<string, number>()
  #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(init: PeerKeeperInit) {
    this.#init = init
    const addresses = Map.groupBy(init.bootstrap.map(parseBootstrap), ({ peer }) => peer)
    addresses.delete(init.libp2p.peerId.toString())
    this.#bootstrap = new Map([...addresses].map(([peer, list]) => [peer, list.map(({ address }) => address)]))
  }

  /** Starts dialling; returns at once. */
  start(): void {
    this.#stopping = new AbortController()
    this.#running = this.#run(this.#stopping.signal)
  }

  /** Stops and waits until no dial is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { libp2p, intervalMs } = this.#init
    const ownLook = (libp2p.peerId.toMultihash().digest.at(-1) ?? 0) % LOOKS_APART
    for (let look = 0; !signal.aborted; look++) {
      if (this.#connected().size < LONELY) await this.#lookLonely(signal)
      else if (look % LOOKS_APART === ownLook) await this.#look(signal, 1, 1)
      await delay(intervalMs, { signal }).catch(() => {})
    }
  }

  async #lookLonely(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#look(signal, Number.POSITIVE_INFINITY, LONELY_DIALS), this.#dialStrangers(signal)])
  }

  /** Some of those that neighbours name, whichever neighbour: one that lies names many. Who answers is known from then on. */
  async #dialStrangers(signal: AbortSignal): Promise<void> {
    const { findAnybody, libp2p, log } = this.#init
    const found = await findAnybody?.({ signal }).catch(error => log('nobody to get to know: %e', error))
    const connected = this.#connected().add(libp2p.peerId.toString())
    const strangers = (found ?? []).filter(({ id }) => !connected.has(id.toString()))
    const chosen: Multiaddr[][] = []
    while (chosen.length < LONELY_DIALS && strangers.length > 0)
      chosen.push(...strangers.splice(Math.floor(Math.random() * strangers.length), 1).map(peer => peer.multiaddrs))
    await Promise.all(chosen.map(addresses => this.#dial(addresses, signal)))
  }

  async #look(signal: AbortSignal, bootstraps: number, known: number): Promise<void> {
    await Promise.all([this.#dialBootstrap(bootstraps, signal), this.#dialKnown(known, signal)])
  }

  async #dialBootstrap(atOnce: number, signal: AbortSignal): Promise<void> {
    const connected = this.#connected()
    const missing = [...this.#bootstrap].flatMap(([peer, addresses]) => (connected.has(peer) ? [] : [[...addresses]]))
    // One that is gone for good must not keep the others from being tried.
    const failedAtMs = (addresses: readonly Multiaddr[]) => this.#failedAtMs.get(addresses.toString()) ?? 0
    missing.sort((a, b) => failedAtMs(a) - failedAtMs(b))
    await Promise.all(missing.slice(0, atOnce).map(addresses => this.#dial(addresses, signal)))
  }

  async #dialKnown(atOnce: number, signal: AbortSignal): Promise<void> {
    const connected = this.#connected()
    if (connected.size >= MIN_CONNECTIONS) return
    const now = performance.now()
    const candidates: PeerId[] = []
    for (const peer of await this.#init.libp2p.peerStore.all().catch(() => [])) {
      const id = peer.id.toString()
      const failedAtMs = this.#failedAtMs.get(id)
      const isResting = failedAtMs !== undefined && now - failedAtMs < RETRY_AFTER_MS
      if (peer.addresses.length > 0 && !connected.has(id) && !isResting) candidates.push(peer.id)
    }
    const chosen = candidates.slice(0, Math.min(atOnce, MIN_CONNECTIONS - connected.size))
    await Promise.all(chosen.map(peer => this.#dial(peer, signal)))
  }

  async #dial(target: Multiaddr[] | PeerId, signal: AbortSignal): Promise<void> {
    try {
      await this.#init.libp2p.dial(target, { signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]) })
    } catch (error) {
      if (signal.aborted) return
      this.#noteFailure(target.toString())
      this.#init.log('cannot reach %s: %e', target, error)
    }
  }

  #noteFailure(target: string): void {
    this.#failedAtMs.set(target, performance.now())
    const [oldest] = this.#failedAtMs.keys()
    if (this.#failedAtMs.size > MAX_FAILURES && oldest !== undefined) this.#failedAtMs.delete(oldest)
  }

  #connected(): Set<string> {
    // Not getPeers(): it makes each id anew from its text, which takes two square roots on the curve.
    return new Set(this.#init.libp2p.getConnections().map(({ remotePeer }) => remotePeer.toString()))
  }
}

function parseBootstrap(text: string): { peer: string; address: Multiaddr } {
  const address = parseAddress(text)
  const peer = peerOf(address)
  if (peer === undefined) {
    throw netError('NET_BAD_ADDRESS', `bootstrap address ${text} must end in /p2p/ and a peer id`, { address: text })
  }
  return { peer, address }
}

/** The text of the peer id at the end of an address. */
export function peerOf(address: Multiaddr): string | undefined {
  return address.getComponents().findLast(({ name }) => name === 'p2p')?.value
}

/** A multiaddr from user input. @throws LilyError NET_BAD_ADDRESS */
export function parseAddress(text: string): Multiaddr {
  try {
    return multiaddr(text)
  } catch (error) {
    const message = `${text} is not a multiaddr such as /ip4/192.0.2.1/tcp/4001`
    throw netError('NET_BAD_ADDRESS', message, { address: text }, error)
  }
}
