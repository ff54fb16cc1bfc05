/**
 * Opens a node's data folder and joins the network: the journal, one libp2p node, and Helia over it. Nothing is dialled
 * but the bootstrap nodes that are named; no gateway, tracker or delegated router is asked, so it works with no internet.
 */
import { join } from 'node:path'
import { withBitswap } from '@helia/bitswap'
import { type HeliaWithLibp2p, withLibp2pLight } from '@helia/libp2p'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { ComponentLogger } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { createHeliaLight } from 'helia'
import type { Store } from '../../market/ports.ts'
import { BlockClient } from '../../peer/content/block-client.ts'
import { serveBlocks } from '../../peer/content/block-protocol.ts'
import { HeliaContent } from '../../peer/content/content.ts'
import { Conduct } from '../../peer/net/conduct.ts'
import { listenError } from '../../peer/net/errors.ts'
import { PeerKeeper } from '../../peer/net/keeper.ts'
import { Libp2pNetwork, parsePeerId } from '../../peer/net/network.ts'
import type { NetMetrics, RelayMode, Services } from '../../peer/net/settings.ts'
import { answerWhere } from '../../peer/net/where.ts'
import { BlockLevels, Blocks, DistortedBlocks } from '../store/blocks.ts'
import { LevelStore } from '../store/level-store.ts'
import { openLevel } from '../store/open.ts'
import { PeerRecords } from '../store/peer-records.ts'
import { hostOptions, sha256OfBlock } from './settings.ts'
import { withUdpPorts } from './udp.ts'

/** Pause between two looks at who is connected. */
const KEEPER_INTERVAL_MS = 5_000

/** What a node is made of; only the folder and the key have no default. */
export interface NetInit {
  /** The data folder; made when missing. Holds journal/, blocks/ and peers/. */
  readonly dataDir: string
  /** The account's secp256k1 key, 32 bytes: it is the peer's identity as well. */
  readonly privateKey: Uint8Array
  /** Multiaddrs to listen on; port 0 takes a free one. @default TCP on a free port of 127.0.0.1 */
  readonly listen?: readonly string[]
  /** Public multiaddrs to tell others, which libp2p does not believe it has. @default none */
  readonly announce?: readonly string[]
  /** Multiaddrs with /p2p/PEER, dialled until they answer. @default none */
  readonly bootstrap?: readonly string[]
  /** Every gossip topic that will be used. @default none */
  readonly topics?: readonly string[]
  /** @default off */
  readonly relay?: RelayMode
  /** Many nodes on one machine. @default false */
  readonly testNet?: boolean
  /** @default 5000 */
  readonly keeperIntervalMs?: number
  /** A fault: what others get of a block of data. @default the block */
  readonly distort?: (block: Uint8Array) => Uint8Array
  readonly logger?: ComponentLogger
  readonly metrics?: NetMetrics
}

/** A node that is up. */
export interface Net {
  readonly store: Store
  readonly network: Libp2pNetwork
  readonly content: HeliaContent
  /** Our own blocks, without the network. */
  readonly local: Blocks
  /** For metrics and for what the ports do not cover. */
  readonly helia: HeliaWithLibp2p<Services>
  /** Leaves the network and closes the folder; safe twice. */
  stop(): Promise<void>
}

/**
 * Starts a node. When it throws, everything is closed again.
 *
 * @throws LilyError DATA_FOLDER_IN_USE, DATA_FOLDER_CORRUPT, DATA_FOLDER_UNUSABLE, PORT_IN_USE, NET_LISTEN_FAILED,
 *   NET_BAD_ADDRESS
 * @example const net = await createNet({ dataDir, privateKey, listen: ['/ip4/0.0.0.0/tcp/4001'], topics })
 */
export async function createNet(init: NetInit): Promise<Net> {
  const { topics = [], logger = defaultLogger() } = init
  const listen = await withUdpPorts(init.listen ?? ['/ip4/127.0.0.1/tcp/0'])
  await using opened = new AsyncDisposableStack()
  // The journal comes first: its lock guards the whole folder.
  const journal = await openLevel(join(init.dataDir, 'journal'))
  opened.defer(() => journal.close())
  const blocks = await BlockLevels.open(init.dataDir)
  opened.defer(() => blocks.close())
  const peers = await openLevel(join(init.dataDir, 'peers'))
  opened.defer(() => peers.close())
  const records = new PeerRecords(peers, logger.forComponent('lily:peers'))
  opened.defer(() => records.flush())

  const conduct = new Conduct()
  const options = await hostOptions({
    conduct,
    privateKey: privateKeyFromRaw(init.privateKey),
    listen,
    announce: init.announce ?? [],
    topics,
    relay: init.relay ?? 'off',
    testNet: init.testNet ?? false,
    logger,
    ...(init.metrics === undefined ? {} : { metrics: init.metrics })
  })
  const local = new Blocks(blocks)
  const served = init.distort === undefined ? local : new DistortedBlocks(blocks, init.distort)
  const light = createHeliaLight({
    blockstore: served,
    datastore: records,
    logger
  })
  const helia = withBitswap(withLibp2pLight(light, options))
  opened.defer(async () => {
    await helia.stop()
  })
  try {
    await helia.start()
  } catch (error) {
    throw listenError(listen, error) ?? error
  }
  await serveBlocks(helia.libp2p, cid => served.read(cid))
  const client = new BlockClient(helia.libp2p)
  opened.defer(() => client.stop())
  const content = new HeliaContent({ helia, local, client, sha256: sha256OfBlock, parsePeerId })
  opened.defer(() => content.stop())
  const keeper = new PeerKeeper({
    bootstrap: init.bootstrap ?? [],
    intervalMs: init.keeperIntervalMs ?? KEEPER_INTERVAL_MS,
    log: logger.forComponent('lily:peers'),
    libp2p: helia.libp2p
  })
  opened.defer(() => keeper.stop())
  keeper.start()

  const network = new Libp2pNetwork(helia.libp2p, topics, logger, conduct)
  opened.defer(answerWhere(helia.libp2p, network, init.testNet ?? false, logger.forComponent('lily:where')))

  const life = opened.move()
  return {
    store: new LevelStore(journal),
    network,
    content,
    local,
    helia,
    stop: () => life.disposeAsync()
  }
}
