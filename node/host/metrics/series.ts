/**
 * What a node tells whoever watches it, as series of Prometheus. Read from the node when somebody asks, never pushed to
 * anybody. A name says its unit; amounts are in coins, for a gauge is a floating-point number.
 */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { NodeStatus } from '../../market/api.ts'
import type { Counts } from '../../market/counts.ts'

/** What the series are read from. */
export interface Watched {
  /** Undefined when the chain cannot be asked just now. */
  readonly status: () => Promise<NodeStatus | undefined>
  readonly counts: Counts
  readonly network: string
}

const WEI = 10n ** 18n
/** Wei of the smallest part that is told: a millionth of a millionth of a coin. */
const PART = 10n ** 6n

/** Adds the node's own series to a registry. Returns what reads them anew. */
export function nodeSeries(registry: Registry, watched: Watched): () => Promise<void> {
  const registers = [registry]
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `lilynode_${name}`, help, labelNames, registers })
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name: `lilynode_${name}_total`, help, labelNames, registers })

  const info = gauge('info', 'What this node is; always 1', 'version', 'network', 'account', 'peer_id', 'roles')
  const isChainUp = gauge('chain_up', 'Whether the chain answered when this was read')
  const block = gauge('block', 'The newest block that the node has applied')
  const peers = gauge('peers', 'Neighbours that it is connected to')
  const offers = gauge('offers', 'Live offers in its book, its own among them', 'kind')
  const deals = gauge('open_deals', 'Deals that it has a part in')
  const runtimes = gauge('runtime_ready', 'Whether a runtime can take a job', 'runtime')
  const coins = gauge('coins', 'What its account has, and what of its escrow is free, in coins', 'where')
  const gossip = counter('gossip_messages', 'Gossip by the answer that it got', 'topic', 'answer', 'code')
  const requests = counter('requests', 'Requests between peers by how they ended', 'protocol', 'side', 'code')
  const events = counter('events', 'What happened to its jobs, deals and offers', 'name')

  return async () => {
    const status = await watched.status()
    isChainUp.set(status === undefined ? 0 : 1)
    if (status !== undefined) {
      const { version, account, peerId, roles } = status
      info.set({ version, network: watched.network, account, peer_id: peerId, roles: roles.join() }, 1)
      block.set(status.block)
      peers.set(status.peers)
      deals.set(status.openDeals)
      for (const [kind, count] of Object.entries(status.offers)) offers.set({ kind }, count)
      for (const { runtime, isReady } of status.runtimes) runtimes.set({ runtime }, isReady ? 1 : 0)
      coins.set({ where: 'account' }, coinsOf(status.coinWei))
      coins.set({ where: 'escrow' }, coinsOf(status.freeWei))
    }
    tellCounts(gossip, watched.counts.of('gossip'))
    tellCounts(requests, watched.counts.of('requests'))
    tellCounts(events, watched.counts.of('events'))
  }
}

/** Counters are told as they stand: what counted them is the node itself. */
function tellCounts(
  counter: Counter,
  counts: readonly ({ readonly count: number } & Readonly<Record<string, unknown>>)[]
) {
  counter.reset()
  for (const { count, ...labels } of counts)
    counter.inc(Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)])), count)
}

function coinsOf(wei: bigint): number {
  return Number(wei / PART) / Number(WEI / PART)
}
