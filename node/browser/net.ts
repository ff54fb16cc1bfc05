/**
 * A page's place in the network: one libp2p node that dials by WebSockets, WebRTC-Direct and relays, and Helia over it.
 * It listens nowhere; it gossips, answers streams and serves blocks over the connections that it has made.
 */
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { ComponentLogger } from '@libp2p/interface'
import { webRTCDirect } from '@libp2p/webrtc'
import { IDBDatastore } from 'datastore-idb'
import { createHeliaLight } from 'helia'
import { sha256 } from '../../protocols/core/hash.ts'
import type { Network, Store } from '../market/ports.ts'
import { BlockClient } from '../peer/content/block-client.ts'
import { serveBlocks } from '../peer/content/block-protocol.ts'
import { HeliaContent } from '../peer/content/content.ts'
import { Conduct } from '../peer/net/conduct.ts'
import { PeerKeeper } from '../peer/net/keeper.ts'
import { Libp2pNetwork, parsePeerId } from '../peer/net/network.ts'
import { libp2pOptions } from '../peer/net/settings.ts'
import { NeighbourRouting } from '../peer/net/where.ts'
import { PageBlocks } from './store/blocks.ts'
import { openDatabase } from './store/database.ts'
import { IdbStore } from './store/idb-store.ts'

const KEEPER_INTERVAL_MS = 2_000

/** What a page's node is made of. */
export interface PageNetInit {
  /** Begins the names of its databases: one set for each account on each market. */
  readonly name: string
  readonly privateKey: Uint8Array
  readonly bootstrap: readonly string[]
  readonly topics: readonly string[]
  readonly isLocal: boolean
  readonly logger: ComponentLogger
}

/** A page's node that is up. */
export interface PageNet {
  readonly store: Store
  readonly network: Network
  readonly content: HeliaContent
  /** Leaves the network and closes the databases; safe twice. */
  stop(): Promise<void>
}

/** Joins the network; when it throws, everything is closed again. @throws NET_BAD_ADDRESS, DOMException of IndexedDB */
export async function openPageNet(init: PageNetInit): Promise<PageNet> {
  const { name, logger, topics } = init
  await using opened = new AsyncDisposableStack()
  const journal = await openDatabase(`${name}/journal`)
  opened.defer(() => journal.close())
  const local = new PageBlocks(`${name}/blocks`)
  const peers = new IDBDatastore(`${name}/peers`)
  await Promise.all([local.open(), peers.open()])
  opened.defer(() => local.close())
  opened.defer(() => peers.close())

  const routing = new NeighbourRouting()
  const conduct = new Conduct()
  const options = libp2pOptions({
    conduct,
    privateKey: privateKeyFromRaw(init.privateKey),
    listen: [],
    announce: [],
    topics,
    relay: 'off',
    testNet: init.isLocal,
    transports: [webRTCDirect()],
    sha256,
    logger
  })
  const light = createHeliaLight({ blockstore: local, datastore: peers, logger })
  const helia = withBitswap(
    // The default refuses ws:// and private addresses: what a page may dial is the browser's to say.
    withLibp2pLight(light, {
      ...options,
      peerRouters: [() => routing],
      connectionGater: { ...options.connectionGater, denyDialMultiaddr: () => false }
    })
  )
  opened.defer(async () => {
    await helia.stop()
  })
  await helia.start()
  await serveBlocks(helia.libp2p, cid => local.read(cid))
  const client = new BlockClient(helia.libp2p)
  opened.defer(() => client.stop())
  const content = new HeliaContent({ helia, local, client, sha256: digest, parsePeerId })
  opened.defer(() => content.stop())
  const keeper = new PeerKeeper({
    bootstrap: init.bootstrap,
    intervalMs: KEEPER_INTERVAL_MS,
    log: logger.forComponent('lily:peers'),
    libp2p: helia.libp2p,
    findAnybody: options => routing.findAnybody(options)
  })
  opened.defer(() => keeper.stop())
  keeper.start()

  const network = new Libp2pNetwork(helia.libp2p, topics, logger, conduct)
  routing.use(network, logger.forComponent('lily:where'))

  const life = opened.move()
  return {
    store: new IdbStore(journal),
    network,
    content,
    stop: () => life.disposeAsync()
  }
}

/** By the browser's own code: every fetched byte goes through it. */
async function digest(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)))
}
