// `npm run check`: everything about the tree that a machine can judge without running it. One line per step, and the
// output of the steps that fail.
//   --only <step,step>  just these
//   --root <dir>        another tree to check (default: this one)
import { delimiter, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand, seconds } from './harness/command.ts'

/** What is run; each is silent about a good tree but for its exit code. */
const STEPS: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  types: ['tsc', '-b'],
  format: ['biome', 'check', '--error-on-warnings', '--max-diagnostics=100'],
  lint: ['oxlint', '--deny-warnings'],
  layers: ['node', 'test/harness/layers.ts'],
  unused: ['knip', '--treat-config-hints-as-errors'],
  generated: ['node', 'contracts/build.ts', '--check'],
  guest: ['node', 'node/host/run/wasm/build-guest.ts', '--check'],
  solidity: [
    'solhint',
    '--config',
    'contracts/.solhint.json',
    '--max-warnings',
    '0',
    '--noPoster',
    'contracts/src/**/*.sol'
  ]
}

const TIMEOUT_MS = 180_000

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(STEPS).join() },
    root: { type: 'string', default: resolve(import.meta.dirname, '..') }
  }
})

process.exitCode = await main(resolve(values.root), values.only.split(','))

/** Runs the named steps, two at a time; gives the exit code. */
async function main(root: string, names: readonly string[]): Promise<number> {
  const unknown = names.filter(name => !(name in STEPS))
  if (unknown.length > 0) {
    console.error(`no such step: ${unknown.join(', ')} (there are ${Object.keys(STEPS).join(', ')})`)
    return 1
  }
  const queue = names.values()
  let failed = 0
  const work = async () => {
    for (const name of queue) if (!(await runStep(root, name))) failed++
  }
  await Promise.all([work(), work()])
  return failed > 0 ? 1 : 0
}

async function runStep(root: string, name: string): Promise<boolean> {
  const [program, ...args] = STEPS[name] ?? [name]
  // The tools are scripts for whichever `node` comes first: it must be the one that runs this.
  const bin = join(root, 'node_modules/.bin')
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) }
  const { code, output, durationMs, hasTimedOut } = await runCommand(program, args, {
    cwd: root,
    env,
    timeoutMs: TIMEOUT_MS
  })
  const isGood = code === 0
  console.log(`${isGood ? 'ok   ' : 'FAIL '} ${name.padEnd(10)} ${seconds(durationMs)}`)
  if (!isGood) console.log(`${hasTimedOut ? `not done after ${seconds(TIMEOUT_MS)}\n` : ''}${output.trimEnd()}\n`)
  return isGood
}
