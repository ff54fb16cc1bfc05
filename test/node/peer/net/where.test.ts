// Where peers are, asked of neighbours over real libp2p: what a page dials by.
import { defaultLogger } from '@libp2p/logger'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomKey } from '../../../../node/host/keys.ts'
import { LocalSigner } from '../../../../node/host/signer.ts'
import { peerIdOfPublicKey } from '../../../../node/market/peer-id.ts'
import { parsePeerId } from '../../../../node/peer/net/network.ts'
import { NeighbourRouting } from '../../../../node/peer/net/where.ts'
import { rejects } from '../../../support.ts'
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

where.run()
