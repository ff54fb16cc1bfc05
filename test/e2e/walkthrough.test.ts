// The product as its README tells it, typed by a user: a testnet in one terminal, a provider in a second, jobs in a third.
// timeout: 900
//
// | terminal | types                                       | sees                                                     |
// | -------- | ------------------------------------------- | -------------------------------------------------------- |
// | 1        | testnet up                                  | a ready line with what to type next                      |
// | 1b       | testnet up, again                           | TESTNET_ALREADY_UP, exit code not 0                      |
// | 2        | start --role rp --data <dir>                | a ready line; the testnet knows one more offer           |
// | 3        | submit cowsay -i Message=moo                | its states, the cow, a folder with the result            |
// | 3        | submit --target <2's> --verify always --json| an object with dealId, resultCid, verdict, ...           |
// | 3        | submit cowsay-docker                        | the same result CID                                      |
// | 3        | submit faces -i photo=... --verify always   | three mediators agree; the picture, and how to open it   |
// | 3        | submit fractal --logs                       | its progress while it runs                               |
// | 1b       | testnet status                              | every process, running                                   |
// | 1        | Ctrl-C                                      | everything gone, exit code 0                             |
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ARCHIVE, buildCowsayArchive } from '../../testnet/modules/cowsay-docker/build.ts'
import { jsonLines, lilynode, type Running, start } from '../cli/spawn.ts'
import { PHOTO } from '../fixtures/photo.ts'
import { readPng } from '../fixtures/png.ts'
import { needsDocker, needsProgram, onlyIf, until } from '../support.ts'
import { modulePath, processesOf, watchedHome } from './stage.ts'

const UP_MS = 120_000

const walk = suite('the walkthrough')
const withDocker = onlyIf(walk, (await needsDocker()) && (await needsProgram('apt-get')))

const home = await watchedHome()
const where = { home }
const providerDir = join(home, 'second')
let first: Running
let second: Running
let resultCid: unknown

walk.after(async () => {
  for (const running of [second, first]) running?.child.kill('SIGINT')
  await Promise.all([second?.ended, first?.ended])
})

walk('one command brings a testnet up and says what to type next', async () => {
  first = start(['testnet', 'up', '--providers', '1', '--mediators', '3'], where)
  await until(() => first.stdout().includes('ready after') || first.child.exitCode !== null, { timeoutMs: UP_MS })
  assert.match(first.stdout(), 'a bootstrap node, 1 provider, 3 mediators')
  assert.match(first.stdout(), 'lilynode submit testnet/modules/cowsay/module.json')
})

walk('a second testnet in the same home is refused', async () => {
  const { code, stderr } = await lilynode(['testnet', 'up'], where)
  assert.is(code, 69)
  assert.match(stderr, 'TESTNET_ALREADY_UP')
})

walk('a further provider joins with no more flags than a data folder', async () => {
  second = start(['start', '--role', 'rp', '--data', providerDir, '--metrics', '0', '--json'], where)
  await until(() => second.stdout().includes('"ready"') || second.child.exitCode !== null, { timeoutMs: 60_000 })
  assert.match(secondAccount(), /^0x[0-9a-f]{40}$/)
  await until(async () => (await offersAt('bootstrap')) === 2, { timeoutMs: 30_000, what: 'two offers' })
})

walk('submit prints the cow, its states, and a folder with the result', async () => {
  const out = join(home, 'result')
  const args = ['submit', modulePath('cowsay'), '-i', 'Message=moo', '--verify', 'never', '--out', out]
  const { code, stdout, stderr } = await lilynode(args, where)
  assert.is(code, 0, stderr)
  assert.is(stdout, await readFile(join(out, 'stdout'), 'utf8'))
  assert.match(stdout, '< moo >')
  for (const word of ['offered', 'matched', 'committed', 'submitted', 'fetched', 'settled']) assert.match(stderr, word)
  assert.equal((await readdir(out)).sort(), ['exitCode', 'outputs', 'stderr', 'stdout'])
})

walk('a named provider runs the job, and a committee verifies it', async () => {
  const target = secondAccount()
  const args = ['submit', modulePath('cowsay'), '-i', 'Message=moo', '--target', target, '--verify', 'always', '--json']
  const { code, stdout } = await lilynode(args, where)
  assert.is(code, 0, stdout)
  const last = jsonLines(stdout).at(-1)
  assert.is(last?.provider, target)
  assert.is(last?.verdict, 'correct')
  assert.match(String(last?.dealId), /^0x[0-9a-f]{64}$/)
  assert.match(String(last?.pricePaid), /^\d+$/)
  const ready = jsonLines(second.stdout()).find(({ type }) => type === 'ready')
  const metrics = await (await fetch(String(ready?.metrics))).text()
  assert.match(metrics, /^lilynode_events_total\{name="result:submitted"\} [1-9]/m)
  assert.is(Array.isArray(last?.committee) && last.committee.length, 3)
  assert.match(await readFile(join(String(last?.dir), 'stdout'), 'utf8'), '< moo >')
  resultCid = last?.resultCid
})

walk('a neural network is verified like any job, and its picture opens', async () => {
  const out = join(home, 'faces')
  const args = ['submit', modulePath('faces'), '--input', `photo=${PHOTO}`, '--verify', 'always', '--out', out]
  const { code, stdout, stderr } = await lilynode(args, where)
  assert.is(code, 0, stderr)
  assert.is(stdout, '1 face in a picture of 320 by 320\n')
  assert.match(stderr, 'correct, by a committee of 3')
  assert.match(stderr, join(out, 'outputs', 'faces.png'))
  assert.is(readPng(await readFile(join(out, 'outputs', 'faces.png'))).width, 320)
})

walk('what a long job prints is seen while it runs', async () => {
  const inputs = ['-i', 'pixels=1600', '-i', 'iterations=20000']
  const args = ['submit', modulePath('fractal'), ...inputs, '--verify', 'never', '--json', '--logs']
  const { code, stdout } = await lilynode(args, where)
  assert.is(code, 0, stdout)
  const lines = jsonLines(stdout)
  const printed = lines.findIndex(line => line.type === 'log')
  const handedIn = lines.findIndex(line => line.name === 'result:submitted')
  assert.ok(printed >= 0 && printed < handedIn, stdout)
  const text = lines.map(line => (line.type === 'log' && line.stream === 'stderr' ? line.text : '')).join('')
  assert.match(text, /^5 %\n10 %\n/)
})

withDocker('the cow in a container gives the same result CID', async () => {
  if (!existsSync(ARCHIVE)) await buildCowsayArchive()
  const args = ['submit', modulePath('cowsay-docker'), '-i', 'Message=moo', '--verify', 'never', '--json']
  const { code, stdout } = await lilynode(args, where)
  assert.is(code, 0, stdout)
  assert.is(jsonLines(stdout).at(-1)?.resultCid, resultCid)
})

walk('status shows every process', async () => {
  const { code, stdout } = await lilynode(['testnet', 'status', '--json'], where)
  assert.is(code, 0)
  const rows = jsonLines(stdout)[0]?.processes
  assert.ok(Array.isArray(rows))
  assert.is(rows.length, 6)
  for (const row of rows) assert.is(row.state, 'running', row.name)
})

walk('Ctrl-C ends the testnet and leaves nothing behind', async () => {
  second.child.kill('SIGINT')
  assert.is((await second.ended).code, 0)
  first.child.kill('SIGINT')
  assert.is((await first.ended).code, 0, first.stderr())
  assert.equal(await processesOf(home), [])
  assert.not((await readdir(home)).includes('testnet'))
  assert.equal(await readdir(join(home, 'networks')), [])
})

walk.run()

/** What the second terminal's ready line says. */
function secondAccount(): string {
  return String(jsonLines(second.stdout()).find(line => line.type === 'ready')?.account)
}

async function offersAt(name: string): Promise<unknown> {
  const { stdout } = await lilynode(['testnet', 'status', '--json'], where)
  const rows = jsonLines(stdout)[0]?.processes
  return Array.isArray(rows) ? Number(rows.find(row => row.name === name)?.offers) : undefined
}
