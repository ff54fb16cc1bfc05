/**
 * libp2p's DHT, kept from being the dearest part of a node. As it comes, it dials every peer that any answer names, up to 64
 * buckets of twenty, to see whether it is worth a place in its table, and each first contact costs both sides some 35 ms of
 * a core. Here its table holds whoever is connected; lookups still dial whom they must ask.
 */
import { isPeerId } from '@libp2p/interface'
import { type KadDHT, type KadDHTComponents, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { PROTOCOL_PREFIX } from '../../peer/net/settings.ts'

/** Peers asked at once in a lookup, as Kademlia has it; the default of ten asks, and so dials, three times as many. */
const ALPHA = 3

/** Peers that an answer names, and that keep a record, as in BitTorrent's; of twenty, the default, each answer costs as much again. */
const K = 8

/** Milliseconds between two looks at which neighbours are closest by the DHT's measure. */
const TAGS_MS = 30_000

/** Makes the DHT of a host. With `testNet`, private addresses are shared. */
export function hostDht(testNet: boolean): (components: KadDHTComponents) => KadDHT {
  const make = kadDHT({
    protocol: `/${PROTOCOL_PREFIX}/kad/1.0.0`,
    // The default waits for a public address, which a node behind a NAT or on a LAN never sees.
    clientMode: false,
    kBucketSize: K,
    alpha: ALPHA,
    ...(testNet ? { peerInfoMapper: passthroughMapper } : {})
  })
  return components => tagsSeldom(make(amongNeighbours(components)))
}

/** Its pings tell who may be in the table: whoever is connected, which the connection's own monitor sees to. */
function amongNeighbours(components: KadDHTComponents): KadDHTComponents {
  const { peerId, privateKey, registrar, addressManager, peerStore, connectionManager } = components
  const { datastore, events, logger, metrics } = components
  const ping: KadDHTComponents['ping'] = {
    async ping(peer) {
      if (isPeerId(peer) && connectionManager.getConnections(peer).length > 0) return 0
      throw new Error('not a neighbour')
    }
  }
  const parts = {
    peerId,
    privateKey,
    registrar,
    addressManager,
    peerStore,
    connectionManager,
    datastore,
    events,
    logger
  }
  return { ...parts, ping, ...(metrics === undefined ? {} : { metrics }) }
}

/**
 * Has a DHT say every thirty seconds, not every five, which neighbours to keep, and of so many, not of twenty: each time it
 * makes their ids anew from their texts, a third of what an idle node did. Its table has the settings, but the DHT does not
 * pass them on.
 */
function tagsSeldom(dht: KadDHT): KadDHT {
  const table: unknown = Reflect.get(dht, 'routingTable')
  const tagger: unknown = isObject(table) ? Reflect.get(table, 'closestPeerTagger') : undefined
  if (isObject(tagger)) {
    Reflect.set(tagger, 'refreshInterval', TAGS_MS)
    Reflect.set(tagger, 'peerSetSize', K)
  }
  return dht
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
