// A testnet after accidents: whoever is killed, the next command finds what is left and clears it.
// timeout: 900
//
// | accident                    | then                                                                         |
// | --------------------------- | ---------------------------------------------------------------------------- |
// | kill -9 of `up`             | status says stale; the next `up` clears it and comes up                      |
// | kill -9 of the chain        | `up` takes the rest down and fails with TESTNET_CHAIN_DIED                   |
// | kill -9 of a node           | `up` says so and goes on; status shows it; `down` from elsewhere ends all    |
// | `up` is interrupted early   | nothing is left                                                              |
// | kill -9 of a test          | its stage is taken down by the process that watches over it                  |
// | `down` without a testnet    | TESTNET_NOT_UP                                                               |
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { signalProcess } from '../../testnet/process.ts'
import { readState, type TestnetState, testnetPaths } from '../../testnet/state.ts'
import { jsonLines, lilynode, type Running, start } from '../cli/spawn.ts'
import { until } from '../support.ts'
import { processesOf, watchedHome } from './stage.ts'

const UP = ['testnet', 'up', '--providers', '0', '--mediators', '0']

const accidents = suite('accidents of a testnet')

let home = ''
let running: Running | undefined

accidents.before.each(async () => {
  home = await watchedHome()
})

accidents.after.each(async () => {
  running?.child.kill('SIGINT')
  await running?.ended
  await lilynode(['testnet', 'down'], { home })
})

async function up(): Promise<Running> {
  const started = start(UP, { home })
  running = started
  await until(() => started.stdout().includes('ready after') || started.child.exitCode !== null, { timeoutMs: 90_000 })
  assert.is(started.child.exitCode, null, started.stderr())
  return started
}

function state(): TestnetState {
  const found = readState(testnetPaths(home))
  if (found === undefined) throw new Error('there is no testnet')
  return found
}

async function expectNothingLeft(): Promise<void> {
  assert.equal(await processesOf(home), [])
  assert.not((await readdir(home)).includes('testnet'))
}

accidents('kill -9 of `up`: the next one clears what it left', async () => {
  const killed = await up()
  const { supervisor } = state()
  assert.ok(supervisor)
  signalProcess(supervisor, 'SIGKILL')
  await killed.ended
  const status = await lilynode(['testnet', 'status', '--json'], { home })
  assert.is(jsonLines(status.stdout)[0]?.health, 'stale')
  const again = await up()
  assert.match(again.stderr(), 'cleared what an earlier testnet had left (2 processes)')
  again.child.kill('SIGINT')
  assert.is((await again.ended).code, 0)
  await expectNothingLeft()
})

accidents('kill -9 of the chain: `up` takes the rest down and fails', async () => {
  const failing = await up()
  const { chain } = state()
  assert.ok(chain)
  signalProcess(chain.process, 'SIGKILL')
  const { code, stderr } = await failing.ended
  assert.is(code, 69)
  assert.match(stderr, 'TESTNET_CHAIN_DIED')
  await expectNothingLeft()
})

accidents('kill -9 of a node: `up` says so, and `down` from elsewhere ends the rest', async () => {
  const going = await up()
  const [bootstrap] = state().members
  assert.ok(bootstrap?.process)
  signalProcess(bootstrap.process, 'SIGKILL')
  await until(() => going.stderr().includes('bootstrap has ended'))
  const down = await lilynode(['testnet', 'down', '--json'], { home })
  assert.is(down.code, 0, down.stdout)
  assert.is(jsonLines(down.stdout)[0]?.was, 'up')
  assert.is((await going.ended).code, 0)
  await expectNothingLeft()
})

accidents('an `up` that is interrupted leaves nothing', async () => {
  const early = start(UP, { home })
  running = early
  await until(() => early.stderr().includes('chain '), { timeoutMs: 60_000 })
  early.child.kill('SIGINT')
  assert.is((await early.ended).code, 130)
  await expectNothingLeft()
})

accidents('kill -9 of a test that has a stage leaves nothing', async () => {
  const script = `
    const { Stage } = await import(${JSON.stringify(new URL('stage.ts', import.meta.url).href)})
    const stage = await Stage.raise({ cast: { providers: 0, mediators: 0 } })
    console.log(stage.testnet.paths.home)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [told] = await once(child.stdout, 'data')
  const stageHome = String(told).trim()
  assert.is((await processesOf(stageHome)).length, 1, 'a node')
  child.kill('SIGKILL')
  await until(async () => (await processesOf(stageHome)).length === 0, { timeoutMs: 60_000 })
  // The watcher's last act: it took the rest down before.
  await until(() => !existsSync(stageHome), { timeoutMs: 60_000 })
})

accidents('`down` and `status` without a testnet say so', async () => {
  for (const command of ['down', 'status']) {
    const { code, stderr } = await lilynode(['testnet', command], { home })
    assert.is(code, 69)
    assert.match(stderr, 'TESTNET_NOT_UP')
  }
})

accidents.run()
