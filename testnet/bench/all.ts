/**
 * `npm run bench [-- part...] [--json]`: runs the benchmarks, prints each one's table beside its goals, and fails when a
 * goal is missed. With --json the last line is one array of everything.
 */

import { simulate } from '../sim/sim.ts'
import { benchFetch } from './fetch.ts'
import { benchJobs } from './jobs.ts'
import { benchMatch } from './match.ts'
import { type BenchRow, formatRows, meetsGoal } from './row.ts'

import { benchRunners } from './runners.ts'
import { benchSync } from './sync.ts'

/** Every part by its name. */
const PARTS: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  match: async () => await benchMatch(),
  sync: async () => benchSync(),
  sim: async () => simulate('lily').rows,
  fetch: benchFetch,
  jobs: benchJobs,
  runners: benchRunners
}

const args = process.argv.slice(2)
const wanted = args.filter(arg => arg !== '--json')
const unknown = wanted.find(name => !Object.hasOwn(PARTS, name))
if (unknown === undefined) await runParts(wanted)
else {
  console.error(`no part "${unknown}": there are ${Object.keys(PARTS).join(', ')}`)
  process.exitCode = 64
}

async function runParts(names: readonly string[]): Promise<void> {
  const all: BenchRow[] = []
  for (const [name, run] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue
    const rows = await run()
    console.log(`${name}\n${formatRows(rows)}\n`)
    all.push(...rows)
  }
  if (args.includes('--json')) console.log(JSON.stringify(all))
  if (!all.every(meetsGoal)) process.exitCode = 1
}
