// Whom the keeper dials, and how many at once: all that it can when lonely, else one of a kind.
import type { Libp2p, PeerInfo } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomKey } from '../../../../node/host/keys.ts'
import { LocalSigner } from '../../../../node/host/signer.ts'
import { peerIdOfPublicKey } from '../../../../node/market/peer-id.ts'
import { PeerKeeper } from '../../../../node/peer/net/keeper.ts'
import { parsePeerId } from '../../../../node/peer/net/network.ts'
import { until } from '../../../support.ts'

const randomPeer = () => peerIdOfPublicKey(new LocalSigner(randomKey()).publicKey)

/** A node with so many neighbours, that knows nine other peers, and whose dials never end, or fail at once. */
function nodeWith(
  neighbours: number,
  { isRefused = false, strangers = [] }: { readonly isRefused?: boolean; readonly strangers?: readonly PeerInfo[] } = {}
) {
  const dialled: string[] = []
  const targets = new Set<string>()
  const known = Array.from({ length: 9 }, () => parsePeerId(randomPeer()))
  const libp2p = {
    peerId: parsePeerId(randomPeer()),
    getConnections: () => Array.from({ length: neighbours }, (_, i) => ({ remotePeer: `neighbour ${i}` })),
    peerStore: { all: async () => known.map(id => ({ id, addresses: ['an address'] })) },
    dial: (target: unknown, { signal }: { readonly signal: AbortSignal }) => {
      dialled.push(Array.isArray(target) ? 'bootstrap' : 'known')
      if (Array.isArray(target)) targets.add(target.toString())
      if (isRefused) return Promise.reject(new Error('refused'))
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
  }
  const bootstrap = Array.from({ length: 5 }, (_, i) => `/ip4/127.0.0.1/tcp/${i + 1}/p2p/${randomPeer()}`)
  const log = defaultLogger().forComponent('test')
  // Of libp2p the keeper uses no more than this.
  return {
    dialled,
    targets,
    libp2p,
    keeper: new PeerKeeper({
      bootstrap,
      intervalMs: 1,
      log,
      libp2p: libp2p as unknown as Libp2p,
      findAnybody: async () => strangers
    })
  }
}

function strangerOf(id: string): PeerInfo {
  return { id: parsePeerId(id), multiaddrs: [multiaddr(`/ip4/127.0.0.1/tcp/9/p2p/${id}`)] }
}

const keeper = suite('PeerKeeper')

for (const [neighbours, expected] of [
  [0, { bootstrap: 5, known: 4 }],
  [5, { bootstrap: 5, known: 4 }],
  [6, { bootstrap: 1, known: 1 }],
  [11, { bootstrap: 1, known: 1 }],
  [12, { bootstrap: 1, known: 0 }]
] as const)
  keeper(
    `with ${neighbours} neighbours dials ${expected.bootstrap} lost bootstrap nodes and ${expected.known} known`,
    async () => {
      const node = nodeWith(neighbours)
      node.keeper.start()
      const count = (kind: string) => node.dialled.filter(name => name === kind).length
      const isDone = () => count('bootstrap') >= expected.bootstrap && count('known') >= expected.known
      await until(isDone, { what: 'the dials' })
      await node.keeper.stop()
      assert.equal({ bootstrap: count('bootstrap'), known: count('known') }, expected)
    }
  )

for (const [neighbours, dials] of [
  [5, 4],
  [6, 0]
] as const)
  keeper(`with ${neighbours} neighbours dials ${dials} of the strangers that are named, and itself never`, async () => {
    const strangers = Array.from({ length: 9 }, randomPeer).map(strangerOf)
    const node = nodeWith(neighbours, { strangers })
    strangers.unshift(strangerOf(node.libp2p.peerId.toString()))
    node.keeper.start()
    const dialled = () => strangers.filter(({ multiaddrs }) => node.targets.has(String(multiaddrs)))
    await until(() => node.dialled.length >= (dials === 0 ? 2 : 13), { what: 'the dials' })
    await node.keeper.stop()
    assert.is(dialled().length, dials)
    assert.not(dialled().some(({ id }) => id.equals(node.libp2p.peerId)))
  })

keeper('tries each lost bootstrap node in its turn, though the first is gone for good', async () => {
  const node = nodeWith(12, { isRefused: true })
  node.keeper.start()
  await until(() => node.targets.size === 5, { what: 'all five to be dialled' })
  await node.keeper.stop()
})

keeper.run()
