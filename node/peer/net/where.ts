/**
 * Where peers are, asked of neighbours: what a page has in place of the DHT, which would be a seventh of its size. A
 * neighbour that lies costs a dial and no more, since whoever answers at an address has to prove its peer id.
 */
import type { Libp2p, PeerId, PeerInfo, PeerRouting } from '@libp2p/interface'
import { isPrivate } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { MAX_WHERE_ADDRESSES } from '../../../protocols/where.ts'
import { STREAMS } from '../../../protocols/wire.ts'
import type { AbortOptions, Logger, Network } from '../../market/ports.ts'
import { Streams } from '../../market/streams.ts'
import { netError } from './errors.ts'
import { peerOf } from './keeper.ts'
import { parsePeerId } from './network.ts'

/** Neighbours that are asked at once. */
const MAX_ASKED = 4

/** Longest look into the DHT for somebody else. */
const LOOKUP_MS = 2_000

/** Neighbours that are named to who asks for anybody; each listens at a few addresses. */
const MAX_NAMED = 8

/** Finds peers through neighbours, for libp2p's dialler. */
export class NeighbourRouting implements PeerRouting {
  #network: Network | undefined
  #streams: Streams | undefined

  /** From when on there are neighbours to ask. */
  use(network: Network, log: Logger): void {
    this.#network = network
    this.#streams = new Streams({ network, log })
  }

  /** @throws LilyError NET_UNREACHABLE when no neighbour knows the peer */
  async findPeer(id: PeerId, options: AbortOptions = {}): Promise<PeerInfo> {
    const multiaddrs = await this.#askAll(id, options)
    if (multiaddrs.length === 0)
      throw netError('NET_UNREACHABLE', `no neighbour knows where ${id.toString()} is`, { peer: id.toString() })
    return { id, multiaddrs }
  }

  /** Some of the peers that neighbours have, with where a browser can dial them: for who has too few of its own. */
  async findAnybody(options: AbortOptions = {}): Promise<readonly PeerInfo[]> {
    const byPeer = Map.groupBy(await this.#askAll(null, options), peerOf)
    return [...byPeer].flatMap(([id, multiaddrs]) => {
      const peerId = readPeerId(id ?? '')
      return peerId === undefined ? [] : [{ id: peerId, multiaddrs }]
    })
  }

  /** Neighbours are asked for one peer and never for who is near it. */
  async *getClosestPeers(): AsyncGenerator<PeerInfo> {}

  async #askAll(id: PeerId | null, options: AbortOptions): Promise<Multiaddr[]> {
    const neighbours = (this.#network?.peers() ?? []).slice(0, MAX_ASKED)
    const answers = await Promise.allSettled(neighbours.map(({ peerId }) => this.#ask(peerId, id, options)))
    return answers.flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []))
  }

  async #ask(neighbour: string, id: PeerId | null, options: AbortOptions): Promise<Multiaddr[]> {
    const answer = await this.#streams?.ask(neighbour, STREAMS.where, { peer: id?.toString() ?? null }, options)
    return answer?.addresses.map(address => multiaddr(address)) ?? []
  }
}

/** One neighbour's nonsense must not keep from us what the others say. */
function readPeerId(text: string): PeerId | undefined {
  try {
    return parsePeerId(text)
  } catch {
    return undefined
  }
}

/** Answers neighbours that have no DHT: from the peers that this node knows, else from the DHT. Returns the way out. */
export function answerWhere(libp2p: Libp2p, network: Network, isLocal: boolean, log: Logger): () => void {
  const streams = new Streams({ network, log })
  return streams.serve(STREAMS.where, async function* ({ peer }, _from, options) {
    const known = await (peer === null ? anybody(libp2p) : addressesOf(libp2p, parsePeerId(peer), options))
    // Addresses of somebody's own network are nobody else's business.
    const told = known.filter(address => isLocal || !isPrivate(address)).slice(0, MAX_WHERE_ADDRESSES)
    yield { addresses: told.map(String) }
  })
}

/** Where a browser can reach the neighbours of a node: some of them, others each time. */
export async function anybody(libp2p: Libp2p): Promise<readonly Multiaddr[]> {
  const peers = libp2p.getPeers()
  const from = Math.floor(Math.random() * peers.length)
  const some = [...peers.slice(from), ...peers.slice(0, from)].slice(0, MAX_NAMED)
  const found: Multiaddr[] = []
  for (const peer of some) {
    const known = await libp2p.peerStore.get(peer).catch(() => undefined)
    const addresses = known?.addresses.map(({ multiaddr: address }) => address) ?? []
    found.push(...addresses.filter(isForBrowsers).map(address => address.encapsulate(`/p2p/${peer}`)))
  }
  return found
}

/** Whether a browser can dial an address. */
export function isForBrowsers(address: Multiaddr | string): boolean {
  return /\/(wss?|webrtc-direct)(\/|$)/.test(address.toString())
}

async function addressesOf(libp2p: Libp2p, id: PeerId, { signal }: AbortOptions): Promise<readonly Multiaddr[]> {
  const known = await libp2p.peerStore.get(id).catch(() => undefined)
  if (known !== undefined && known.addresses.length > 0) return known.addresses.map(address => address.multiaddr)
  const deadline = AbortSignal.timeout(LOOKUP_MS)
  const found = await libp2p.peerRouting
    .findPeer(id, { signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) })
    .catch(() => undefined)
  return found?.multiaddrs ?? []
}
