/**
 * `npm run demo`: on this machine alone, from nothing, a testnet of separate processes; one job from its offer to a result
 * that a committee has verified; then a provider that cheats, is caught and pays for it. Every claim is checked against the
 * chain and against the protocol's own arithmetic. A step that breaks ends the demo with a non-zero exit and its name.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JobReport, JobRequest } from '../node/market/api.ts'
import type { Address } from '../protocols/core/account.ts'
import { formatCoins } from '../protocols/core/units.ts'
import { Chorus } from './chorus.ts'
import { takeDown } from './down.ts'
import { changesSince, describeChanges, expectedChanges, feeTerms, ruledEnding, takeBooks } from './ledger.ts'
import { logPathOf } from './members.ts'
import { playJob } from './play.ts'
import { DEFAULTS } from './settings.ts'
import { runningProcesses } from './state.ts'
import { Story } from './story.ts'
import type { Testnet } from './testnet.ts'
import { bringUp } from './up.ts'

const COWSAY = fileURLToPath(new URL('modules/cowsay/module.json', import.meta.url))

/** What the module's cow says to `moo`: the reference output, byte for byte. */
const COW = [
  ' _____',
  '< moo >',
  ' -----',
  '        \\   ^__^',
  '         \\  (oo)\\_______',
  '            (__)\\       )\\/\\',
  '                ||----w |',
  '                ||     ||',
  ''
].join('\n')

/** Lines of a node's log that are shown when the demo breaks. */
const LOG_LINES = 12
const LOG_COLUMNS = 200

const startMs = performance.now()
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort())

let current = 'start'
let testnet: Testnet | undefined
const home = await mkdtemp(join(tmpdir(), 'lily-demo-'))
try {
  testnet = await step('1. a testnet', () => raise())
  await step('2. a verified job', () => verifiedJob(standing(testnet)))
  await step('3. a cheat', () => cheatedJob(standing(testnet)))
  await step('4. the end', () => clear(standing(testnet)))
  say('', `done in ${seconds(startMs)}: everything above was checked, and nothing is left running`)
} catch (error) {
  process.exitCode = 1
  process.stderr.write(
    `\nDEMO BROKEN at step "${current}": ${error instanceof Error ? error.message : String(error)}\n`
  )
  if (testnet !== undefined && existsSync(testnet.paths.folder)) {
    await tellLogs(testnet)
    await takeDown(testnet.paths, testnet.state, { isForced: true })
  }
} finally {
  await rm(home, { recursive: true, force: true, maxRetries: 3 })
}

async function raise(): Promise<Testnet> {
  const cast = { providers: 2, mediators: 5, cheats: 1, creators: 1 }
  const net = await bringUp({ home, cast, blockTimeSec: 1, signal: interruption.signal })
  for (const { name, account, process } of net.members) say(name, `process ${process?.pid}, account ${account}`)
  say('chain', `${net.profile.chainId} at ${net.profile.rpcUrls.join(' ')}, market ${net.profile.contracts.market}`)
  return net
}

/** cowsay says moo, and a committee of three finds the same. */
async function verifiedJob(net: Testnet): Promise<void> {
  // The cheat asks for more than this: it must not get the job by being the last one to say yes.
  const maxPriceWei = 2n * DEFAULTS.askWei
  const request = { modulePath: COWSAY, values: { Message: 'moo' }, verifyBps: 10_000, maxPriceWei }
  const report = await tellJob(net, request, 'correct')
  expectSame('the job', [report.state, report.runStatus ?? '', String(report.exitCode)], ['done', 'exited', '0'])
  expectSame('the deal on chain', [(await net.chain.record(idOf(report))).status], ['settled'])
  const stdout = await readFile(join(report.dir ?? '', 'stdout'), 'utf8')
  expectSame('the cow', stdout.split('\n'), COW.split('\n'))
  say('', ...stdout.trimEnd().split('\n'))
  say('result', `${report.resultCid}`)
}

/** The same job given to the provider that hands in something else. */
async function cheatedJob(net: Testnet): Promise<void> {
  const target = net.member('cheat-1').account
  const request = { modulePath: COWSAY, values: { Message: 'moo' }, verifyBps: 10_000, target }
  const report = await tellJob(net, request, 'wrong')
  expectSame('the provider', [report.provider ?? ''], [target])
  expectSame('the deal on chain', [(await net.chain.record(idOf(report))).status], ['slashed'])
}

/** Plays a job, tells its story, and checks its verdict, its committee and what it did to everybody's money. */
async function tellJob(net: Testnet, request: JobRequest, verdict: 'correct' | 'wrong'): Promise<JobReport> {
  const nameOf = namesOf(net)
  const chorus = new Chorus(net)
  chorus.listen(...net.members.map(member => member.name))
  const story = new Story(nameOf)
  chorus.on(told => {
    const line = story.tell(told)
    if (line !== undefined) sayAt(line.block, line.step, line.text)
  })
  const fees = await feeTerms(net.chain)
  const accounts = [...net.members.map(member => member.account), fees.pool]
  const books = await takeBooks(net.chain, accounts)
  try {
    const report = await playJob(net, request, { signal: interruption.signal })
    const failure = report.failure?.code ?? 'none'
    expectSame(
      `the failure (${report.failure?.message})`,
      [failure],
      [verdict === 'wrong' ? 'JOB_RESULT_WRONG' : 'none']
    )
    const committee = report.committee ?? []
    expectSame('the verdict', [report.verdict ?? 'none'], [verdict])
    expectSame('seats of the committee', [String(new Set(committee).size)], ['3'])
    const isMediator = committee.every(member => nameOf(member).startsWith('mediator'))
    expectSame('the committee', [`all mediators: ${isMediator}`], ['all mediators: true'])
    for (const { account, reason, amountWei, block } of report.payments ?? [])
      sayAt(block, 'paid', `${nameOf(account)} as ${reason}: ${amountWei} wei (${formatCoins(amountWei)})`)

    const deal = await net.chain.deal(idOf(report))
    const expected = expectedChanges([{ deal, ending: ruledEnding(deal, verdict, committee) }], fees)
    const found = await changesSince(net.chain, books)
    expectSame('everybody in wei', describeChanges(found, nameOf), describeChanges(expected, nameOf))
    say('in sum', ...describeChanges(found, nameOf).map(line => `${line} wei`))
    return report
  } finally {
    chorus.close()
  }
}

async function clear(net: Testnet): Promise<void> {
  const { state, paths } = net
  await takeDown(paths, state)
  expectSame('processes left', [String(runningProcesses({ ...state, supervisor: undefined }).length)], ['0'])
  expectSame('files left', [String(existsSync(paths.folder))], ['false'])
}

async function step<T>(title: string, act: () => Promise<T>): Promise<T> {
  current = title
  const beganMs = performance.now()
  say('', '', title)
  const value = await act()
  say('ok', `${seconds(beganMs)}`)
  return value
}

function namesOf(net: Testnet): (account: Address) => string {
  const names = new Map(net.members.map(member => [member.account, member.name]))
  return account => names.get(account) ?? 'the pool'
}

/** @throws Error that shows both when they differ */
function expectSame(what: string, found: readonly string[], expected: readonly string[]): void {
  if (found.join('\n') === expected.join('\n')) return
  throw new Error(`${what}: found\n  ${found.join('\n  ')}\nexpected\n  ${expected.join('\n  ')}`)
}

function idOf(report: JobReport) {
  if (report.dealId === undefined) throw new Error('the job has no deal')
  return report.dealId
}

function standing(net: Testnet | undefined): Testnet {
  if (net === undefined) throw new Error('there is no testnet')
  return net
}

async function tellLogs(net: Testnet): Promise<void> {
  for (const member of net.members) {
    const log = await readFile(logPathOf(member), 'utf8').catch(() => '')
    const last = log
      .trimEnd()
      .split('\n')
      .slice(-LOG_LINES)
      .map(line => line.slice(0, LOG_COLUMNS))
    process.stderr.write(`\n--- ${member.name}\n${last.join('\n')}\n`)
  }
}

function sayAt(block: number | undefined, label: string, text: string): void {
  process.stdout.write(
    `  ${block === undefined ? ' '.repeat(9) : `block ${String(block).padEnd(3)}`}  ${label.padEnd(11)}${text}\n`
  )
}

function say(label: string, ...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(label === '' ? `${line}\n` : `  ${label.padEnd(13)}${line}\n`)
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
}
