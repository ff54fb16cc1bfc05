// The network over libp2p, held to what every network does; and what gossip does to a peer that misbehaves.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomKey } from '../../../../node/host/keys.ts'
import { LocalSigner } from '../../../../node/host/signer.ts'
import { peerIdOfPublicKey } from '../../../../node/market/peer-id.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import { networkCompliance, TOPICS } from '../../../compliance/network.ts'
import { rejects, until } from '../../../support.ts'
import { Nodes } from '../nodes.ts'

networkCompliance('libp2p', async () => {
  const nodes = new Nodes()
  const [a, b] = await nodes.pair({ topics: TOPICS })
  const strangerId = peerIdOfPublicKey(new LocalSigner(randomKey()).publicKey)
  return { a: a.network, b: b.network, strangerId, close: () => nodes.stop() }
})

// ---
const gossip = suite('gossip')
const nodes = new Nodes()
gossip.after.each(() => nodes.stop())

gossip('passes on what is accepted, and only that', async () => {
  const [topic] = TOPICS
  const middle = await nodes.start({ topics: TOPICS })
  // Not each other's neighbours: neither dials anybody but the one in the middle.
  const left = await nodes.start({ topics: TOPICS, keeperIntervalMs: 60_000 })
  const right = await nodes.start({ topics: TOPICS, keeperIntervalMs: 60_000 })
  for (const end of [left, right]) await end.network.connect(middle.network.addresses()[0] ?? '')
  const got: string[] = []
  middle.network.subscribe(topic, async bytes => (bytes[0] === 0 ? 'ignore' : bytes[0] === 1 ? 'reject' : 'accept'))
  right.network.subscribe(topic, async bytes => {
    got.push(String(bytes[0]))
    return 'accept'
  })
  left.network.subscribe(topic, async () => 'accept')
  await until(() => middle.helia.libp2p.services.pubsub.getSubscribers(topic).length === 2, {
    what: 'the mesh',
    timeoutMs: 30_000
  })
  // The one in the middle passes nothing on before it has the right one in its mesh: all three kinds go until one arrives.
  let sent = 0
  const sendAll = async () => {
    for (const first of [0, 1, 2]) await left.network.publish(topic, Uint8Array.of(first, sent++))
    return got.length > 0
  }
  await until(sendAll, { what: 'the accepted message', intervalMs: 100, timeoutMs: 30_000 })
  assert.equal([...new Set(got)], ['2'])
})

gossip('stops listening to a peer that sends what is rejected', async () => {
  const [topic] = TOPICS
  const [honest, spammer] = await nodes.pair({ topics: TOPICS })
  let judged = 0
  honest.network.subscribe(topic, async () => {
    judged++
    return 'reject'
  })
  spammer.network.subscribe(topic, async () => 'accept')
  const send = (i: number) => spammer.network.publish(topic, utf8(`spam ${i}`))
  await until(() => send(-1), { what: 'the mesh', timeoutMs: 30_000 })
  // Heartbeats, in which scores are counted, come once a second: the flood goes on until it is no longer heard.
  let sent = 0
  let judgedBefore = -1
  await until(
    async () => {
      const isDeaf = judged > 0 && judged === judgedBefore
      judgedBefore = judged
      for (let i = 0; i < 20; i++) await send(sent++)
      return isDeaf
    },
    { intervalMs: 300, timeoutMs: 15_000, what: 'the spammer to be ignored' }
  )
  assert.ok(judged < sent, `${judged} of ${sent} were judged`)
})

gossip.run()

// ---
const connect = suite('connect')
connect.after(() => nodes.stop())

connect('refuses what is no address, and says that nobody is there', async () => {
  const { network } = await nodes.start()
  await rejects(network.connect('/ip4/nonsense'), 'NET_BAD_ADDRESS')
  await rejects(network.connect('nonsense'), 'NET_BAD_ADDRESS')
  const nobody = peerIdOfPublicKey(new LocalSigner(randomKey()).publicKey)
  await rejects(network.connect(`/ip4/127.0.0.1/tcp/1/p2p/${nobody}`), 'NET_UNREACHABLE')
})

connect('tells of a peer that has connected and said who it is', async () => {
  const a = await nodes.start()
  const b = await nodes.start()
  const seen: string[] = []
  const stop = a.network.onPeer(peerId => seen.push(peerId))
  await b.network.connect(a.network.addresses()[0] ?? '')
  await until(() => seen.includes(b.network.peerId), { what: 'the news' })
  stop()
})

connect.run()
