// Modules by name, typed by their author and by others, on a testnet of real processes.
// timeout: 900
//
// | who      | types                                   | sees                                                           |
// | -------- | --------------------------------------- | -------------------------------------------------------------- |
// | author   | module publish --as moo:1.0 --fee 5%    | the name, the CID, the fee                                     |
// | author   | the same again                          | CHAIN_REVERTED: a name is for ever                             |
// | another  | module publish --as moo:1.1             | CHAIN_REVERTED: the name is the author's                       |
// | another  | module ls, module show moo:1.0          | what was published                                             |
// | another  | submit moo:1.0                          | the cow; the author has the fee, the provider that much less   |
// | another  | module run moo:1.0                      | the same result CID, without a deal                            |
// | another  | module probe moo:1.0 -n 2 --attest      | two providers, one result; show says so                        |
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inProcess, jsonLines, type Running, start } from '../cli/spawn.ts'
import { until } from '../support.ts'
import { modulePath, stageFor } from './stage.ts'

const FEE_BPS = 500n

const modules = suite('modules by name')
const stage = stageFor(modules, () => ({ cast: { providers: 2, creators: 0, mediators: 0 } }))

let author: Running | undefined
let moduleCid: unknown
let resultCid: unknown

/** A command of somebody's, with --json: its exit code and its lines. */
async function as(who: string, ...args: string[]) {
  const { home } = stage().testnet.paths
  const { code, stdout, stderr } = await inProcess([...args, '--data', join(home, who), '--json'], { home })
  return { code, lines: jsonLines(stdout), said: `${stdout}\n${stderr}` }
}

modules.before(async () => {
  const { home } = stage().testnet.paths
  // Whoever publishes keeps what is published: others fetch it from the author first.
  author = start(['start', '--role', 'jc', '--data', join(home, 'author'), '--json'], { home })
  const running = author
  await until(() => running.stdout().includes('"ready"') || running.child.exitCode !== null, { timeoutMs: 60_000 })
  assert.is(running.child.exitCode, null, running.stderr())
})

modules.after(async () => {
  author?.child.kill('SIGINT')
  await author?.ended
})

modules('have a name that is given once', async () => {
  const publish = ['module', 'publish', modulePath('cowsay'), '--as', 'moo:1.0', '--fee', '5%']
  const { code, lines, said } = await as('author', ...publish)
  assert.is(code, 0, said)
  const published = lines.find(({ type }) => type === 'module')
  assert.equal([published?.name, published?.version, published?.feeBps], ['moo', '1.0', Number(FEE_BPS)])
  moduleCid = published?.module
  const again = await as('author', ...publish)
  assert.is(again.lines.at(-1)?.code, 'CHAIN_REVERTED', again.said)
  const taken = await as('other', 'module', 'publish', modulePath('cowsay'), '--as', 'moo:1.1')
  assert.is(taken.lines.at(-1)?.code, 'CHAIN_REVERTED', taken.said)
})

modules('are listed and shown', async () => {
  const listed = await as('other', 'module', 'ls')
  const [module] = listed.lines.filter(({ type }) => type === 'module')
  assert.equal([module?.name, module?.version, module?.module], ['moo', '1.0', moduleCid], listed.said)
  const shown = await as('other', 'module', 'show', 'moo:1.0')
  assert.equal(shown.lines.at(-1)?.attestations, [], shown.said)
  const missing = await as('other', 'module', 'show', 'moo:9.9')
  assert.is(missing.lines.at(-1)?.code, 'MODULE_UNPUBLISHED')
  assert.is(missing.code, 65)
})

modules('are run by their name, and their author is paid', async () => {
  const { code, lines, said } = await as('other', 'submit', 'moo:1.0', '-i', 'Message=moo', '--verify', 'never')
  assert.is(code, 0, said)
  const result = lines.find(({ type }) => type === 'result')
  assert.is(result?.module, moduleCid)
  resultCid = result?.resultCid
  const payments = JSON.parse(JSON.stringify(result?.payments ?? []))
  const paid = new Map(
    payments.map((payment: Record<string, string>) => [payment.reason, BigInt(payment.amountWei ?? 0)])
  )
  assert.is(paid.get('author'), (BigInt(String(result?.price)) * FEE_BPS) / 10_000n, said)
})

modules('run alike on the own machine', async () => {
  const { code, lines, said } = await as('other', 'module', 'run', 'moo:1.0', '-i', 'Message=moo')
  assert.is(code, 0, said)
  assert.is(lines.find(({ type }) => type === 'result')?.resultCid, resultCid)
})

modules('are probed at several providers, and what came of it is on chain', async () => {
  const probed = await as('other', 'module', 'probe', 'moo:1.0', '-n', '2', '-i', 'Message=moo', '--attest')
  assert.is(probed.code, 0, probed.said)
  const report = probed.lines.find(({ type }) => type === 'probe')
  assert.is(report?.isDeterministic, true)
  const runs: { by: string; result: string }[] = JSON.parse(JSON.stringify(report?.runs))
  assert.is(new Set(runs.map(({ by }) => by)).size, 2)
  assert.equal(
    runs.map(({ result }) => result),
    [resultCid, resultCid]
  )
  const shown = await as('other', 'module', 'show', 'moo:1.0')
  const attestations: { isDeterministic: boolean; runs: number }[] = JSON.parse(
    JSON.stringify(shown.lines.at(-1)?.attestations)
  )
  assert.equal(
    attestations.map(({ isDeterministic, runs: count }) => [isDeterministic, count]),
    [[true, 2]]
  )
  const many = await as('other', 'module', 'probe', 'moo:1.0', '-n', '9', '-i', 'Message=moo')
  assert.is(many.lines.at(-1)?.code, 'JOB_NO_PROVIDER')
})

modules.run()
