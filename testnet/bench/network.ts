/**
 * The real network beside its goals: light nodes in processes of their own, with a delay on every byte.
 * `npm run bench:network [-- --nodes 60 --offers 1000 --per-second 4 --parted 60 --delay 25 --json]`. Each node costs some
 * 3.5 ms of a core for each offer, and 8 ms a second when idle: sixty of them fill two cores at some seven offers a second.
 */
import { parseArgs } from 'node:util'
import { GOSSIP } from '../../protocols/wire.ts'
import { Fleet } from '../fleet/fleet.ts'
import { type Latencies, tryBooks, tryFlood, tryLateJoiner, tryPartition, untilSettled } from '../fleet/trials.ts'
import { type BenchRow, formatRows } from './row.ts'

/** How large a network, and how long. */
export interface NetworkScale {
  readonly nodes: number
  readonly offers: number
  readonly perSecond: number
  readonly partedSec: number
  readonly delayMs: number
}

/** By hand, on an idle machine of two cores. */
export const LARGE: NetworkScale = { nodes: 60, offers: 1_000, perSecond: 4, partedSec: 60, delayMs: 25 }

const FLOOD_TIMES = 10
const FLOOD_SEC = 10

/** Measures; some minutes. */
export async function benchNetwork(scale: NetworkScale = LARGE): Promise<BenchRow[]> {
  const fleet = await Fleet.start(scale.nodes, scale.delayMs)
  try {
    await untilSettled(fleet.nodes)
    const books = await tryBooks(fleet, scale.offers, scale.perSecond)
    const late = await tryLateJoiner(fleet, books.count)
    const parted = await tryPartition(fleet, books.count, scale.partedSec * 1000)
    const flood = await tryFlood(fleet, FLOOD_TIMES * GOSSIP.job.ownPerSecond, scale.perSecond, FLOOD_SEC)
    const lost = ({ heard, expected }: Latencies) => (100 * (expected - heard)) / expected
    const name = `${scale.nodes} nodes, ${books.count} offers`
    return [
      row(`${name}: equal after the last`, books.equalMs, 'ms', 2_000),
      row(`${name}: offer heard, p50`, books.latencies.p50Ms, 'ms'),
      row(`${name}: offer heard, p99`, books.latencies.p99Ms, 'ms', 2_000),
      row(`${name}: not heard by gossip`, lost(books.latencies), '%'),
      row('late joiner: whole book', late.wholeMs, 'ms', 3_000),
      row(`halves parted ${scale.partedSec} s: one book`, parted.convergedMs, 'ms', 10_000),
      row(`flood at ${FLOOD_TIMES} quotas: sent away after`, flood.lastedMs, 'ms'),
      row('flood: listeners left', flood.listeners, '', 0),
      row('honest p99, quiet', flood.quiet.p99Ms, 'ms'),
      row('honest p99 in the flood, of the quiet one', flood.loud.p99Ms / flood.quiet.p99Ms, '', 2)
    ]
  } finally {
    await fleet.stop()
  }
}

function row(name: string, value: number, unit: string, goal?: number): BenchRow {
  return { name, value, unit, goal, better: 'lower' }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: String(LARGE.nodes) },
      offers: { type: 'string', default: String(LARGE.offers) },
      'per-second': { type: 'string', default: String(LARGE.perSecond) },
      parted: { type: 'string', default: String(LARGE.partedSec) },
      delay: { type: 'string', default: String(LARGE.delayMs) },
      json: { type: 'boolean', default: false }
    }
  })
  const rows = await benchNetwork({
    nodes: Number(values.nodes),
    offers: Number(values.offers),
    perSecond: Number(values['per-second']),
    partedSec: Number(values.parted),
    delayMs: Number(values.delay)
  })
  console.log(formatRows(rows))
  if (values.json) console.log(JSON.stringify(rows))
}
