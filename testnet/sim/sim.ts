/**
 * `npm run sim [-- --full --seed <text> --out <dir> --json]`: virtual nodes over the product's own rule, each figure beside
 * its goal (matching.md section 7). Writes one JSON file and one picture per run. The same seed gives the same figures.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { match } from '../../protocols/match/match.ts'
import { type BenchRow, formatRows } from '../bench/row.ts'
import { Dice } from './dice.ts'
import { lilypadRule } from './rivals.ts'
import { type RunReport, runWorld } from './run.ts'
import { agreement, cascades, stillMarket, welfareShare } from './still.ts'
import { cumulativeSvg } from './svg.ts'
import type { Weather } from './world.ts'

/** How much is simulated. */
interface Scale {
  readonly views: number
  readonly samples: number
  readonly markets: number
  readonly nodes: number
  readonly resources: number
  readonly blocks: number
}

const SMALL: Scale = { views: 8, samples: 60, markets: 1, nodes: 24, resources: 200, blocks: 120 }
const FULL: Scale = { views: 100, samples: 400, markets: 4, nodes: 1000, resources: 3000, blocks: 200 }

/** Blocks of two seconds. */
const BLOCK_MS = 2000

const CALM: Omit<Weather, 'nodes' | 'resources' | 'jobsPerBlock'> = {
  runBlocks: 10,
  delay: 200 / BLOCK_MS,
  loss: 0.01,
  late: 0,
  ghosts: 0,
  churn: 0,
  isFast: false,
  isChallenged: false,
  isRemembered: true,
  style: { tipLevels: 0 }
}

/** The runs, by what is other than calm. */
const WEATHERS: Readonly<Record<string, Partial<Weather>>> = {
  calm: {},
  fast: { isFast: true },
  slow: { delay: 1000 / BLOCK_MS, loss: 0.2 },
  late: { late: 0.05 },
  churn: { churn: 0.005 },
  // The node as it is, with its fast path; then what it would be without a memory, and with a demand on the chain instead.
  ghosts: { ghosts: 0.1, isFast: true },
  'ghosts, forgotten': { ghosts: 0.1, isFast: true, isRemembered: false },
  'ghosts, demanded': { ghosts: 0.1, isFast: true, isRemembered: false, isChallenged: true },
  'many ghosts': { ghosts: 0.3, isFast: true },
  'many ghosts, forgotten': { ghosts: 0.3, isFast: true, isRemembered: false },
  'many ghosts, demanded': { ghosts: 0.3, isFast: true, isRemembered: false, isChallenged: true }
}

/** A finished simulation: its rows, and the runs behind them. */
export interface SimReport {
  readonly rows: readonly BenchRow[]
  readonly runs: Readonly<Record<string, RunReport>>
}

/** Simulates everything with a seed. */
export function simulate(seed: string, scale: Scale = SMALL): SimReport {
  const dice = new Dice(seed)
  const runs = Object.fromEntries(
    Object.entries(WEATHERS).map(([name, other]) => {
      const { nodes, resources } = scale
      // A tenth of what is offered is taken each run, so that every kind of machine is to be had most of the time.
      const jobsPerBlock = (resources * 0.4) / CALM.runBlocks / 2
      const weather = { ...CALM, nodes, resources, jobsPerBlock, ...other }
      return [name, runWorld(`${seed} ${name}`, dice.fork('world'), weather, scale.blocks)] as const
    })
  )
  return {
    rows: [...stillRows(dice, scale), ...Object.entries(runs).flatMap(([name, run]) => runRows(name, run))],
    runs
  }
}

function stillRows(dice: Dice, { views, samples, markets }: Scale): BenchRow[] {
  const large = stillMarket(dice.fork('large'), { jobs: 500, resources: 800 }, 16)
  const falls = cascades(dice.fork('gone'), large, match, samples)
  const lilypadFalls = cascades(dice.fork('gone'), large, lilypadRule, Math.min(samples, 40))
  const agreed = (missing: number, tips: number) => {
    const market = stillMarket(dice.fork('large'), { jobs: 500, resources: 800 }, tips)
    return 100 * agreement(dice.fork(`views ${missing}`), market, match, missing, views)
  }
  const welfare = (jobs: number, resources: number, tips: number) => {
    const shares = Array.from({ length: markets }, (_, i) =>
      welfareShare(stillMarket(dice.fork(`welfare ${i} ${jobs}`), { jobs, resources }, tips), match)
    )
    return (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length
  }
  return [
    row('agreement, 0.1 % missing', agreed(0.001, 0), '%', 99, 'higher'),
    row('agreement, 1 % missing', agreed(0.01, 0), '%', 94, 'higher'),
    row('agreement, 1 % missing, 16 tips', agreed(0.01, 16), '%', undefined, 'higher'),
    row('cascade of a missing offer, 16 tips, mean', mean(falls), 'jobs', 3.5, 'lower'),
    row('cascade of a missing offer, 16 tips, p99', quantile(falls, 0.99), 'jobs', 15, 'lower'),
    row("the same by Lilypad's rule, mean", mean(lilypadFalls), 'jobs', undefined, 'lower'),
    row('welfare, no tips, more supply', welfare(150, 240, 0), '%', 92, 'higher'),
    row('welfare, 16 tips, more supply', welfare(150, 240, 16), '%', 96, 'higher'),
    row('welfare, 16 tips, more demand', welfare(240, 150, 16), '%', 96, 'higher')
  ]
}

function runRows(name: string, { matchable, dealt, reverts, waits, delays, proposals }: RunReport): BenchRow[] {
  const reverted = row(`${name}: reverts per deal`, (100 * reverts) / dealt, '%', name === 'late' ? 1 : 0.1, 'lower')
  const median = (goal?: number) => row(`${name}: time to deal, p50`, quantile(waits, 0.5), 'blocks', goal, 'lower')
  const tail = (goal?: number) =>
    row(`${name}: p99 after the first matchable block`, quantile(delays, 0.99), 'blocks', goal, 'lower')
  const share = row(`${name}: dealt of what could be`, (100 * dealt) / matchable, '%', 99, 'higher')
  const messages = row(`${name}: proposals per deal`, proposals / dealt, '', undefined, 'lower')
  switch (name) {
    case 'calm':
      return [share, median(1.75), tail(2), reverted, messages]
    case 'fast':
      return [share, median(1), reverted]
    case 'slow':
      return [share, tail(4), reverted]
    case 'ghosts':
      return [share, median(1.75), tail(), messages]
    case 'ghosts, forgotten':
    case 'ghosts, demanded':
    case 'many ghosts':
    case 'many ghosts, forgotten':
    case 'many ghosts, demanded':
      // Beside the goals, which are those of the node as it is.
      return [share, median(), tail(), messages].map(one => ({ ...one, goal: undefined }))
    default:
      return [share, reverted]
  }
}

function row(
  name: string,
  value: number,
  unit: string,
  goal: number | undefined,
  better: BenchRow['better']
): BenchRow {
  return { name, value, unit, goal, better }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN
}

async function writeRuns(dir: string, seed: string, { rows, runs }: SimReport): Promise<void> {
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'sim.json'), `${JSON.stringify({ seed, rows, runs }, null, 2)}\n`)
  for (const [name, { waits, delays }] of Object.entries(runs)) {
    const curves = [
      { name: 'since it was published', values: waits },
      { name: 'since it could be matched', values: delays }
    ]
    await writeFile(join(dir, `${name}.svg`), cumulativeSvg(`${name}: jobs with a deal`, 'blocks', curves, 8))
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: 'lily' },
      out: { type: 'string', default: join(tmpdir(), 'lilynode-sim') },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false }
    }
  })
  const report = simulate(values.seed, values.full ? FULL : SMALL)
  await writeRuns(values.out, values.seed, report)
  console.log(`${formatRows(report.rows)}\n\nruns and pictures: ${values.out}`)
  if (values.json) console.log(JSON.stringify(report.rows))
}
