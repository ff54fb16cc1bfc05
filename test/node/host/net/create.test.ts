// A node's life: its identity, its folder, its port, and how it finds the others again.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PeerId } from '@libp2p/interface'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomKey } from '../../../../node/host/keys.ts'
import { createNet } from '../../../../node/host/net/create.ts'
import { LocalSigner } from '../../../../node/host/signer.ts'
import { peerIdOfPublicKey } from '../../../../node/market/peer-id.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import { freePort, rejects, tmp, until } from '../../../support.ts'
import { connected, Nodes } from '../nodes.ts'

const nodes = new Nodes()

// ---
const life = suite('createNet')
life.after.each(() => nodes.stop())

life('has the peer id of its account, and what it stored, after a restart', async () => {
  const dataDir = await tmp()
  const privateKey = randomKey()
  const first = await createNet({ dataDir, privateKey })
  const peerId = peerIdOfPublicKey(new LocalSigner(privateKey).publicKey)
  assert.is(first.network.peerId, peerId)
  await first.store.put('deal/1', utf8('open'))
  const block = await first.content.putBlock('raw', utf8('a block'))
  await first.stop()
  await first.stop()
  const second = await createNet({ dataDir, privateKey })
  assert.is(second.network.peerId, peerId)
  assert.equal(await second.store.get('deal/1'), utf8('open'))
  assert.equal(await second.content.getBlock(block), utf8('a block'))
  await second.stop()
})

life('has its DHT look seldom at which neighbours are closest', async () => {
  const { helia } = await nodes.start()
  // Of fields that the DHT does not export: where they go by other names one day, the setting has to follow them.
  const table: unknown = Reflect.get(helia.libp2p.services.dht ?? {}, 'routingTable')
  const tagger: unknown = Reflect.get(Object(table), 'closestPeerTagger')
  assert.is(Reflect.get(Object(tagger), 'refreshInterval'), 30_000)
  assert.is(Reflect.get(Object(tagger), 'peerSetSize'), 8)
})

life('has its DHT keep who is connected, and dial nobody to see whether it might', async () => {
  // Its own keeper, which may dial whom it knows, looks once.
  const a = await nodes.start({ keeperIntervalMs: 600_000 })
  const [b, far] = [await nodes.start(), await nodes.start()]
  await a.network.connect(b.network.addresses()[0] ?? '')
  await connected(a.network, b.network)
  const { services, peerStore } = a.helia.libp2p
  await peerStore.merge(far.helia.libp2p.peerId, { multiaddrs: far.helia.libp2p.getMultiaddrs() })
  const table: unknown = Reflect.get(services.dht ?? {}, 'routingTable')
  const size = () => Number(Reflect.get(Object(table), 'size'))
  const add = Reflect.get(Object(table), 'add') as (peer: PeerId) => Promise<void>
  await until(() => size() === 1, { what: 'the neighbour to be in the table' })
  await add.call(table, far.helia.libp2p.peerId)
  assert.is(size(), 1)
  assert.equal(
    a.network.peers().map(({ peerId }) => peerId),
    [b.network.peerId]
  )
})

life('says that its folder is in use, and leaves the node there alone', async () => {
  const dataDir = await tmp()
  const { network } = await nodes.start({ dataDir })
  await rejects(createNet({ dataDir, privateKey: randomKey() }), 'DATA_FOLDER_IN_USE')
  assert.ok(network.addresses().length > 0)
})

life('says that its folder is corrupt, and lets go of it', async () => {
  const dataDir = await tmp()
  const privateKey = randomKey()
  await (await createNet({ dataDir, privateKey })).stop()
  await writeFile(join(dataDir, 'blocks', 'CURRENT'), 'nonsense\n')
  for (let i = 0; i < 2; i++) await rejects(createNet({ dataDir, privateKey }), 'DATA_FOLDER_CORRUPT')
})

life('says which port is in use, and leaves nothing open', async () => {
  const port = await freePort()
  const listen = [`/ip4/127.0.0.1/tcp/${port}`]
  const first = await nodes.start({ listen })
  const dataDir = await tmp()
  const error = await rejects(createNet({ dataDir, privateKey: randomKey(), listen }), 'PORT_IN_USE')
  assert.match(error.message, String(port))
  await first.stop()
  await nodes.start({ dataDir, listen })
})

life('refuses bootstrap addresses that are none', async () => {
  const init = { dataDir: await tmp(), privateKey: randomKey() }
  await rejects(createNet({ ...init, bootstrap: ['localhost:4001'] }), 'NET_BAD_ADDRESS')
  await rejects(createNet({ ...init, bootstrap: ['/ip4/127.0.0.1/tcp/4001'] }), 'NET_BAD_ADDRESS')
})

life('is also reached over WebSockets', async () => {
  const server = await nodes.start({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] })
  const client = await nodes.start()
  await client.network.connect(server.network.addresses()[0] ?? '')
  await connected(server.network, client.network)
})

life.run()

// ---
const keeper = suite('PeerKeeper')
keeper.after.each(() => nodes.stop())

keeper('finds a bootstrap node that starts late, and again when it returns', async () => {
  const port = await freePort()
  const privateKey = randomKey()
  const dataDir = await tmp()
  const listen = [`/ip4/127.0.0.1/tcp/${port}`]
  const address = `${listen[0]}/p2p/${peerIdOfPublicKey(new LocalSigner(privateKey).publicKey)}`
  const early = await nodes.start({ bootstrap: [address] })
  assert.equal(early.network.peers(), [])
  const first = await nodes.start({ privateKey, dataDir, listen })
  await connected(early.network, first.network)
  await first.stop()
  await until(() => early.network.peers().length === 0, { what: 'the loss to be seen' })
  const second = await nodes.start({ privateKey, dataDir, listen })
  await connected(early.network, second.network)
})

keeper('holds the others together when the bootstrap node is gone', async () => {
  const bootstrap = await nodes.start()
  const others = await Promise.all([1, 2, 3].map(() => nodes.start({ bootstrap: bootstrap.network.addresses() })))
  const count = (net: (typeof others)[number]) =>
    net.network.peers().filter(({ peerId }) => peerId !== bootstrap.network.peerId).length
  await until(() => others.every(other => count(other) === 2), { what: 'the others to know each other' })
  await bootstrap.stop()
  await until(() => others.every(other => other.network.peers().length === 2), { what: 'the loss to be seen' })
})

keeper.run()
