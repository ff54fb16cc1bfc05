/**
 * Whole jobs on a testnet of real processes, one after the other: how long from `submit` to an accepted and to a verified
 * result, in blocks and milliseconds; and what a node costs, its start and its memory at rest.
 * Alone: `node testnet/bench/jobs.ts [--json]`.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeDown } from '../down.ts'
import { playJob } from '../play.ts'
import { waitForMember } from '../ready.ts'
import type { Testnet } from '../testnet.ts'
import { bringUp } from '../up.ts'
import { type BenchRow, formatRows } from './row.ts'

const MODULE = fileURLToPath(new URL('../modules/cowsay/module.json', import.meta.url))

/** Jobs of each kind, of which the middle one is told. */
const JOBS = 20

/** Starts of a node, of which the middle one is told. */
const STARTS = 5

const ALWAYS_BPS = 10_000

interface Took {
  readonly blocks: number
  readonly ms: number
}

/** Measures; some minutes, since blocks take a second. */
export async function benchJobs(): Promise<BenchRow[]> {
  const home = await mkdtemp(join(tmpdir(), 'lilynode-bench-'))
  try {
    const testnet = await bringUp({ home, cast: { providers: 2, mediators: 5, creators: 1 }, blockTimeSec: 1 })
    try {
      // Before any job: a node at rest.
      const residentMiB = residentMiBOf(testnet, 'provider-1')
      const startsMs = await startTimes(testnet)
      // The first job of each kind finds cold caches and is not counted.
      await played(testnet, 0)
      const accepted = await playedMany(testnet, 0)
      const verified = await playedMany(testnet, ALWAYS_BPS)
      return [
        ...rowsOf('accepted', accepted),
        ...rowsOf('verified by a committee', verified),
        { name: `node start, p50 of ${STARTS}`, value: median(startsMs), unit: 'ms', goal: undefined, better: 'lower' },
        { name: 'memory of an idle provider', value: residentMiB, unit: 'MiB', goal: undefined, better: 'lower' }
      ]
    } finally {
      await takeDown(testnet.paths, testnet.state)
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

function rowsOf(what: string, took: readonly Took[]): BenchRow[] {
  const name = `submit to ${what}, p50 of ${took.length}`
  const blocks = median(took.map(job => job.blocks))
  const ms = median(took.map(job => job.ms))
  return [
    { name, value: blocks, unit: 'blocks', goal: undefined, better: 'lower' },
    { name, value: ms, unit: 'ms', goal: undefined, better: 'lower' }
  ]
}

async function playedMany(testnet: Testnet, verifyBps: number): Promise<readonly Took[]> {
  const took: Took[] = []
  for (let i = 0; i < JOBS; i++) took.push(await played(testnet, verifyBps))
  return took
}

async function played(testnet: Testnet, verifyBps: number): Promise<Took> {
  const first = await testnet.chain.blockNumber()
  const beganMs = performance.now()
  const report = await playJob(testnet, { modulePath: MODULE, values: { Message: 'moo' }, verifyBps })
  const ms = performance.now() - beganMs
  const expected = verifyBps === 0 ? 'accepted' : 'correct'
  if (report.verdict !== expected) throw new Error(`a job was ${report.verdict ?? report.state}, not ${expected}`)
  const last = Math.max(...(report.payments ?? []).map(payment => payment.block))
  return { blocks: last - first, ms }
}

/** From the start of the process to its first answer. */
async function startTimes(testnet: Testnet): Promise<readonly number[]> {
  const tookMs: number[] = []
  for (let i = 0; i < STARTS; i++) {
    await testnet.stop('provider-2')
    const beganMs = performance.now()
    testnet.start('provider-2')
    await waitForMember(testnet, 'provider-2', { intervalMs: 10 })
    tookMs.push(performance.now() - beganMs)
  }
  return tookMs
}

function residentMiBOf(testnet: Testnet, name: string): number {
  const status = readFileSync(`/proc/${testnet.member(name).process?.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

if (import.meta.main) {
  const rows = await benchJobs()
  console.log(formatRows(rows))
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
}
