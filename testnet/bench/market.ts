/**
 * Many jobs by many creators over many providers, every node a process of its own: none lost, none run twice, and how soon
 * each has its deal. `npm run bench:market [-- --jobs 200 --creators 10 --providers 20 --per-second 0.4 --delay 25
 * --json]`. On two cores thirty nodes take a minute to come up.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Outcome, playCrowd, quantile } from '../crowd.ts'
import { takeDown } from '../down.ts'
import { bringUp } from '../up.ts'
import { type BenchRow, formatRows } from './row.ts'

/** How large a crowd. */
export interface MarketScale {
  readonly jobs: number
  readonly creators: number
  readonly providers: number
  readonly perSecond: number
  readonly blockTimeSec: number
  /** How long every byte that a node sends is under way, to peers as to the chain. */
  readonly delayMs: number
}

/** On an idle machine of two cores, which have a second of work with each job of so many nodes. */
const CROWD: MarketScale = { jobs: 200, creators: 10, providers: 20, perSecond: 0.4, blockTimeSec: 2, delayMs: 25 }

/** Measures; some minutes. */
export async function benchMarket(scale: MarketScale = CROWD): Promise<BenchRow[]> {
  const { jobs, creators, providers, perSecond, blockTimeSec, delayMs } = scale
  // What the testnet starts inherits it; this process has no such wire.
  process.env.NODE_OPTIONS = `--import ${import.meta.resolve('../fleet/slow.ts')}`
  process.env.LILYNODE_LINK_DELAY_MS = String(delayMs)
  const home = await mkdtemp(join(tmpdir(), 'lilynode-bench-'))
  try {
    const testnet = await bringUp({ home, cast: { providers, mediators: 0, creators }, blockTimeSec })
    try {
      const outcome = await playCrowd(testnet, { jobs, perSecond })
      for (const line of [...outcome.lost, ...outcome.slow]) console.error(line)
      for (const { name, from, block } of outcome.reverted) console.error(`${name} of ${from} failed in block ${block}`)
      return rowsOf(`${jobs} jobs, ${creators} creators, ${providers} providers`, outcome)
    } finally {
      await takeDown(testnet.paths, testnet.state)
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

function rowsOf(name: string, outcome: Outcome): BenchRow[] {
  const { blocksToDeal: blocks, tookMs } = outcome
  return [
    row(`${name}: lost`, outcome.lost.length, '', 0),
    row(`${name}: committed twice`, outcome.twice, '', 0),
    row(`${name}: reverted calls`, (100 * outcome.reverted.length) / outcome.jobs, '%', 0.5),
    row('offer to deal, p50', quantile(blocks, 0.5), 'blocks', 2),
    row('offer to deal, p99', quantile(blocks, 0.99), 'blocks'),
    row('submit to accepted, p50', quantile(tookMs, 0.5), 'ms'),
    row('providers that had a deal', outcome.providers, '')
  ]
}

function row(name: string, value: number, unit: string, goal?: number): BenchRow {
  return { name, value, unit, goal, better: 'lower' }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      jobs: { type: 'string', default: String(CROWD.jobs) },
      creators: { type: 'string', default: String(CROWD.creators) },
      providers: { type: 'string', default: String(CROWD.providers) },
      'per-second': { type: 'string', default: String(CROWD.perSecond) },
      'block-time': { type: 'string', default: String(CROWD.blockTimeSec) },
      delay: { type: 'string', default: String(CROWD.delayMs) },
      json: { type: 'boolean', default: false }
    }
  })
  const rows = await benchMarket({
    jobs: Number(values.jobs),
    creators: Number(values.creators),
    providers: Number(values.providers),
    perSecond: Number(values['per-second']),
    blockTimeSec: Number(values['block-time']),
    delayMs: Number(values.delay)
  })
  console.log(formatRows(rows))
  if (values.json) console.log(JSON.stringify(rows))
}
