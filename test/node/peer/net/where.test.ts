// Where peers are, asked of neighbours over real libp2p: what a page dials by.
import { defaultLogger } from '@libp2p/logger'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomKey } from '../../../../node/host/keys.ts'
import { LocalSigner } from '../../../../node/host/signer.ts'
import { peerIdOfPublicKey } from '../../../../node/market/peer-id.ts'
import { parsePeerId } from '../../../../node/peer/net/network.ts'
import { NeighbourRouting } from '../../../../node/peer/net/where.ts'
import { rejects, until } from '../../../support.ts'
import { connected, Nodes } from '../../host/nodes.ts'

const nodes = new Nodes()
const log = defaultLogger().forComponent('test:where')
const where = suite('where')
where.after.each(() => nodes.stop())

where('a neighbour says where another of its neighbours listens', async () => {
  const [middle, far] = [await nodes.start(), await nodes.start()]
  await far.network.connect(middle.network.addresses()[0] ?? '')
  await connected(middle.network, far.network)
  const asker = await nodes.start()
  await asker.network.connect(middle.network.addresses()[0] ?? '')
  const routing = new NeighbourRouting()
  routing.use(asker.network, log)
  const { id, multiaddrs } = await routing.findPeer(parsePeerId(far.network.peerId))
  assert.is(id.toString(), far.network.peerId)
  const ports = far.network.addresses().map(address => /tcp\/\d+/.exec(address)?.[0])
  assert.ok(
    multiaddrs.some(address => ports.includes(/tcp\/\d+/.exec(address.toString())?.[0])),
    String(multiaddrs)
  )
})

where('a peer that no neighbour knows is not reachable', async () => {
  const [asker, neighbour] = [await nodes.start(), await nodes.start()]
  await asker.network.connect(neighbour.network.addresses()[0] ?? '')
  const routing = new NeighbourRouting()
  const stranger = parsePeerId(peerIdOfPublicKey(new LocalSigner(randomKey()).publicKey))
  await rejects(routing.findPeer(stranger), 'NET_UNREACHABLE')
  routing.use(asker.network, log)
  await rejects(routing.findPeer(stranger), 'NET_UNREACHABLE')
})

where(
  'who knows one node gets to know others: those that a browser can dial, by the addresses that it needs',
  async () => {
    const middle = await nodes.start()
    const forBrowsers = { listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] }
    const dialable = [await nodes.start(forBrowsers), await nodes.start(forBrowsers)]
    for (const { network } of [...dialable, await nodes.start()]) {
      await network.connect(middle.network.addresses()[0] ?? '')
      await connected(network, middle.network)
    }
    const asker = await nodes.start()
    const routing = new NeighbourRouting()
    assert.equal(await routing.findAnybody(), [], 'nobody to ask')
    routing.use(asker.network, log)
    await asker.network.connect(middle.network.addresses()[0] ?? '')
    const found = await until(
      async () => {
        const all = await routing.findAnybody()
        return all.length >= 2 ? all : undefined
      },
      { what: 'both to be named' }
    )
    assert.equal(found.map(({ id }) => id.toString()).sort(), dialable.map(({ network }) => network.peerId).sort())
    for (const { id, multiaddrs } of found) {
      assert.match(String(multiaddrs), '/ws/p2p/')
      const other = dialable.find(({ network }) => network.peerId === id.toString())
      await asker.network.connect(String(multiaddrs[0]))
      await connected(asker.network, other?.network ?? middle.network)
    }
  }
)

where.run()
