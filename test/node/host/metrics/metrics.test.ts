// Metrics: what is told is what the node counts, and what libp2p and gossip have to say, read anew each time.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Metrics } from '../../../../node/host/metrics/metrics.ts'
import type { NodeStatus } from '../../../../node/market/api.ts'
import { Counts } from '../../../../node/market/counts.ts'
import { TOPICS } from '../../../compliance/network.ts'
import { quiet } from '../../../fakes/node.ts'
import { until } from '../../../support.ts'
import { Nodes } from '../nodes.ts'

const STATUS: NodeStatus = {
  version: '1.2.3',
  account: `0x${'ab'.repeat(20)}`,
  peerId: 'peer',
  roles: ['rp', 'mediator'],
  addresses: [],
  peers: 3,
  chainId: 31337n,
  block: 17,
  coinWei: 1_500_000_000_000_000_000n,
  freeWei: 250_000_000_000_000n,
  openDeals: 2,
  offers: { resource: 5, job: 1 },
  runtimes: [{ runtime: 'lily-wasi/1', isReady: true }]
}

const test = suite('metrics')
const nodes = new Nodes()
test.after.each(() => nodes.stop())

test('tell what the node counts, and how libp2p and gossip fare', async () => {
  const metrics = new Metrics()
  const [topic] = TOPICS
  const a = await nodes.start({ topics: TOPICS, metrics: metrics.net })
  const b = await nodes.start({ topics: TOPICS, bootstrap: a.network.addresses() })
  for (const node of [a, b]) node.network.subscribe(topic, async () => 'accept')
  const counts = new Counts()
  let status: NodeStatus | undefined = STATUS
  const server = metrics.server(0, { status: async () => status, counts, network: 'test' }, quiet)
  await server.start()
  try {
    const read = async () => (await (await fetch(metrics.url ?? '')).text()).split('\n')
    const mesh = `gossipsub_mesh_peer_count{topicStr="${topic}"} 1`
    await until(async () => (await read()).includes(mesh), { what: 'the mesh', timeoutMs: 30_000 })

    for (const code of ['', 'OFFER_STALE', ''])
      counts.add('gossip', { topic, answer: code ? 'ignore' : 'accept', code })
    counts.add('requests', { protocol: '/sync', side: 'asked', code: '' })
    counts.add('events', { name: 'deal:closed' })
    const told = [
      'lilynode_chain_up 1',
      'lilynode_block 17',
      'lilynode_peers 3',
      'lilynode_open_deals 2',
      'lilynode_offers{kind="resource"} 5',
      'lilynode_coins{where="account"} 1.5',
      'lilynode_coins{where="escrow"} 0.00025',
      'lilynode_runtime_ready{runtime="lily-wasi/1"} 1',
      `lilynode_gossip_messages_total{topic="${topic}",answer="accept",code=""} 2`,
      `lilynode_gossip_messages_total{topic="${topic}",answer="ignore",code="OFFER_STALE"} 1`,
      'lilynode_requests_total{protocol="/sync",side="asked",code=""} 1',
      'lilynode_events_total{name="deal:closed"} 1'
    ]
    const lines = await read()
    for (const line of told) assert.ok(lines.includes(line), line)
    assert.ok(lines.some(line => line.startsWith('lilynode_info{version="1.2.3",network="test",')))
    assert.ok(lines.some(line => line.startsWith('libp2p_data_transfer_bytes_total{')))
    assert.ok(lines.some(line => line.startsWith('process_cpu_seconds_total ')))
    // Counters stand where they stood: nothing is counted twice by being read twice.
    assert.ok((await read()).includes('lilynode_events_total{name="deal:closed"} 1'))

    status = undefined
    assert.ok((await read()).includes('lilynode_chain_up 0'))
  } finally {
    await server.stop()
  }
})

test('are for this machine, and nothing else is there', async () => {
  const metrics = new Metrics()
  const watched = { status: async () => undefined, counts: new Counts(), network: 'test' }
  const server = metrics.server(0, watched, quiet)
  assert.is(metrics.url, 'metrics')
  await server.start()
  try {
    const at = new URL(metrics.url ?? '')
    assert.is(at.hostname, '127.0.0.1')
    assert.is((await fetch(new URL('/', at))).status, 404)
    assert.is((await fetch(at, { method: 'POST' })).status, 404)
  } finally {
    await server.stop()
  }
})

test.run()
