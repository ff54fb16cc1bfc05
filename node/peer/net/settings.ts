/**
 * The settings of libp2p. Each number here that is not a default was found by a failure, and most of those failures are
 * silent: a fetch that hangs, a mesh that stays empty, a bootstrap node never dialled again.
 */
import { type GossipSub, type GossipsubOpts, gossipsub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { CreateLibp2pOptions } from '@helia/libp2p'
import { type CircuitRelayService, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { type Identify, type IdentifyPush, identify, identifyPush } from '@libp2p/identify'
import type { ComponentLogger, PrivateKey } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import { type Ping, ping } from '@libp2p/ping'
import { webSockets } from '@libp2p/websockets'

import type { Conduct } from './conduct.ts'
import { inOnePiece, sparing } from './frames.ts'
import { scoreParams } from './scores.ts'

/** Names our own network: identify, ping and the DHT of other networks never mix with it. */
export const PROTOCOL_PREFIX = 'lilynode'

/**
 * Bytes that may wait on a stream before somebody reads them. The default of 4 MiB resets the stream in the moment
 * between a bitswap message's arrival and its handler, and the blocks in it are lost without a word.
 */
const STREAM_BUFFER_BYTES = 32 * 1024 * 1024

/** Pings queue behind bulk data: with the default of 5 s a slow link is cut in the middle of a large fetch. */
const PING = { pingInterval: 30_000, pingTimeout: { minTimeout: 60_000, maxTimeout: 120_000 } }

/** How long addresses and peers are remembered; the defaults (1 h, 6 h) strand a node that was off overnight. */
const PEER_STORE = { maxAddressAge: 7 * 86_400_000, maxPeerAge: 30 * 86_400_000 }

/** A seen message may be announced again after this; the default of two minutes makes re-announcements vanish. */
const SEEN_MS = 30_000

/**
 * Neighbours in the mesh of a topic: as many as reach a thousand nodes in four hops, and few above it, because each brings
 * every message once more, and what a JavaScript node spends on those it lacks for blocks (Lodestar: 12 was too many).
 */
const MESH = { D: 6, Dlo: 4, Dhi: 8 }

/** Whether a node carries others' traffic (`serve`: only if the world can reach it), reaches out through such nodes
 * (`use`: behind a NAT), or neither. */
export type RelayMode = 'off' | 'use' | 'serve'

/** The services of our libp2p node. */
export interface Services extends Record<string, unknown> {
  readonly identify: Identify
  readonly identifyPush: IdentifyPush
  readonly ping: Ping
  readonly pubsub: GossipSub
  /** Of hosts only: a page comes and goes, and its neighbours find for it what it looks for. */
  readonly dht?: KadDHT
  readonly relay?: CircuitRelayService
}

/** How the services are made. */
export type ServiceFactories = NonNullable<CreateLibp2pOptions<Services>['services']>

/** Where a network tells how it fares. */
export interface NetMetrics {
  readonly libp2p: NonNullable<CreateLibp2pOptions<Services>['metrics']>
  readonly gossip: NonNullable<GossipsubOpts['metricsRegister']>
}

/** What the settings depend on. */
export interface SettingsInit {
  readonly privateKey: PrivateKey
  /** Multiaddrs to listen on; port 0 takes a free one. */
  readonly listen: readonly string[]
  /** Multiaddrs to tell others beside those that are found: a public address has to be said. */
  readonly announce: readonly string[]
  /** Every gossip topic that this node will ever use; others are refused. */
  readonly topics: readonly string[]
  readonly relay: RelayMode
  /** Many nodes on one machine: private addresses are shared, and nobody is penalised for sharing one. */
  readonly testNet: boolean
  /** Ways to reach others beside WebSockets and relays. */
  readonly transports: CreateLibp2pOptions<Services>['transports']
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  readonly conduct: Conduct
  readonly logger?: ComponentLogger
  /** Where libp2p and gossip tell how they fare. @default they do not */
  readonly metrics?: NetMetrics
}

/** The libp2p options for {@link SettingsInit}. */
export function libp2pOptions(init: SettingsInit): CreateLibp2pOptions<Services> & { services: ServiceFactories } {
  const protocolPrefix = PROTOCOL_PREFIX
  return {
    privateKey: init.privateKey,
    ...(init.logger === undefined ? {} : { logger: init.logger }),
    ...(init.metrics === undefined ? {} : { metrics: init.metrics.libp2p }),
    addresses: {
      listen: init.relay === 'use' ? [...init.listen, '/p2p-circuit'] : [...init.listen],
      appendAnnounce: [...init.announce]
    },
    transports: [...(init.transports ?? []), webSockets(), circuitRelayTransport()],
    connectionEncrypters: [inOnePiece(noise())],
    streamMuxers: [sparing(yamux({ streamOptions: { maxReadBufferLength: STREAM_BUFFER_BYTES } }))],
    connectionMonitor: { protocolPrefix, ...PING },
    // Five new connections a second from one address is a fair limit between strangers, not on one machine.
    connectionManager: init.testNet ? { inboundConnectionThreshold: 1_000, maxIncomingPendingConnections: 1_000 } : {},
    connectionGater: {
      denyDialPeer: peer => init.conduct.isBanned(peer.toString()),
      denyInboundEncryptedConnection: peer => init.conduct.isBanned(peer.toString())
    },
    peerStore: PEER_STORE,
    services: {
      identify: identify({ protocolPrefix }),
      identifyPush: identifyPush({ protocolPrefix }),
      ping: ping({ protocolPrefix }),
      pubsub: gossip(init)
    }
  }
}

/** Messages authenticate themselves, so gossip adds no signature per hop; equal bytes are one message. */
function gossip(init: SettingsInit) {
  return gossipsub({
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: message => init.sha256(message.data),
    seenTTL: SEEN_MS,
    allowedTopics: [...init.topics],
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    runOnLimitedConnection: true,
    ...MESH,
    // Floodsub peers would bypass the mesh and its scores.
    fallbackToFloodsub: false,
    scoreParams: scoreParams(init.topics, init.testNet, init.conduct),
    ...(init.metrics === undefined
      ? {}
      : {
          metricsRegister: init.metrics.gossip,
          metricsTopicStrToLabel: new Map(init.topics.map(name => [name, name]))
        })
  })
}
