// Every way in which a job can come out, played by real processes, with everybody's balance to the wei.
// timeout: 900
//
// | scenario                        | checked | ends    | verdict   | paid                                          |
// | ------------------------------- | ------- | ------- | --------- | --------------------------------------------- |
// | accepted without check          | no      | settled | accepted  | provider its price less the fee               |
// | verified correct                | yes     | settled | correct   | provider, three mediators                     |
// | job exits non-zero              | no      | settled | accepted  | as any result                                 |
// | module traps                    | yes     | settled | correct   | as any result                                 |
// | output over its limit           | no      | settled | accepted  | as any result                                 |
// | wrong result                    | yes     | slashed | wrong     | creator back with compensation, mediators     |
// | one mediator of three dead      | yes     | settled | correct   | provider, two mediators; the dead one struck  |
// | provider never answers          | -       | refunded| -         | creator back with half the penalty            |
// | creator goes silent             | no      | settled | unchecked | provider, after the window                    |
// | input CID that nobody has       | -       | no deal | -         | nobody                                        |
// | bootstrap node killed           | yes     | settled | correct   | as ever                                       |
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobReport, JobRequest } from '../../node/market/api.ts'
import type { Address } from '../../protocols/core/account.ts'
import type { Deal } from '../../protocols/deal/deal.ts'
import type { Ending } from '../../protocols/settlement/payout.ts'
import { killHard } from '../../testnet/faults.ts'
import { ruledEnding } from '../../testnet/ledger.ts'
import { cheatArgs } from '../../testnet/members.ts'
import { playJob } from '../../testnet/play.ts'
import { DEFAULTS } from '../../testnet/settings.ts'
import { until } from '../support.ts'
import { guestModule } from './guest.ts'
import { dealIdOf, modulePath, type Stage, stageFor, underway } from './stage.ts'

const ALWAYS = 10_000
const NEVER = 0

/** Below what the cheats ask: honest providers only. */
const HONEST = { maxPriceWei: 2n * DEFAULTS.askWei }

const ACCEPTED = (): Ending => ({ kind: 'accepted', used: 0n })
const TIMED_OUT = (): Ending => ({ kind: 'timed-out' })
const UNCHALLENGED = (): Ending => ({ kind: 'unchallenged' })
const ruled = (verdict: 'correct' | 'wrong', voters: readonly Address[]) => (deal: Deal) =>
  ruledEnding(deal, verdict, voters)

const outcomes = suite('outcomes of a job')

const onStage = stageFor(outcomes, () => ({
  cast: { providers: 2, mediators: 5, cheats: 1, creators: 2 },
  extra: [{ name: 'silent-1', args: cheatArgs('silent') }]
}))

/** Plays a job and expects a clean end with this ending of its deal. */
async function settle(
  stage: Stage,
  request: JobRequest,
  ending: (report: JobReport) => (deal: Deal) => Ending
): Promise<JobReport> {
  const books = await stage.books()
  const report = await playJob(stage.testnet, { ...HONEST, ...request })
  assert.is(report.failure, undefined)
  await stage.expectPaid(books, [[dealIdOf(report), ending(report)]])
  return report
}

const file = (report: JobReport, name: string) => readFile(join(report.dir ?? '', name), 'utf8')

outcomes('accepted without check: the provider is paid at once', async () => {
  const stage = onStage()
  const request = { modulePath: modulePath('cowsay'), values: { Message: 'moo' }, verifyBps: NEVER }
  const report = await settle(stage, request, () => ACCEPTED)
  assert.is(report.verdict, 'accepted')
  assert.is(report.state, 'done')
  assert.match(await file(report, 'stdout'), '< moo >')
})

outcomes('verified correct: three mediators find the same and are paid', async () => {
  const stage = onStage()
  const request = { modulePath: modulePath('cowsay'), values: { Message: 'moo' }, verifyBps: ALWAYS }
  const report = await settle(stage, request, ({ committee = [] }) => ruled('correct', committee))
  assert.is(report.verdict, 'correct')
  assert.is(new Set(report.committee).size, 3)
})

outcomes('a job that exits non-zero has a result, and it is paid for', async () => {
  const stage = onStage()
  const request = { modulePath: await guestModule(['exit', '3']), verifyBps: NEVER }
  const report = await settle(stage, request, () => ACCEPTED)
  assert.is(report.runStatus, 'exited')
  assert.is(report.exitCode, 3)
  assert.is(await file(report, 'exitCode'), '3')
})

outcomes('a module that traps has a result, the same on every machine', async () => {
  const stage = onStage()
  const request = { modulePath: await guestModule(['trap']), verifyBps: ALWAYS }
  const report = await settle(stage, request, ({ committee = [] }) => ruled('correct', committee))
  assert.is(report.runStatus, 'trap')
  assert.is(report.exitCode, -1)
})

outcomes('output over its limit ends the job, and is a result', async () => {
  const stage = onStage()
  const request = { modulePath: await guestModule(['flood']), verifyBps: NEVER }
  const report = await settle(stage, request, () => ACCEPTED)
  assert.is(report.runStatus, 'output-limit')
  assert.ok((await file(report, 'stdout')).length <= 64 * 1024)
})

outcomes('a wrong result: slashed, the creator refunded and compensated', async () => {
  const stage = onStage()
  const books = await stage.books()
  const target = stage.account('cheat-1')
  const request = { modulePath: modulePath('cowsay'), values: { Message: 'moo' }, verifyBps: ALWAYS, target }
  const report = await playJob(stage.testnet, request)
  assert.is(report.verdict, 'wrong')
  assert.is(report.dealStatus, 'slashed')
  assert.is(report.failure?.code, 'JOB_RESULT_WRONG')
  assert.is(report.provider, target)
  await stage.expectPaid(books, [[dealIdOf(report), ruled('wrong', report.committee ?? [])]])
})

outcomes('one mediator of three dead: two decide the last round, the dead one is struck', async () => {
  const stage = onStage()
  const { chorus, testnet } = stage
  const books = await stage.books()
  const request = { modulePath: modulePath('cowsay'), values: { Message: 'moo' }, verifyBps: ALWAYS, rounds: 1 }
  const playing = underway(playJob(testnet, { ...HONEST, ...request }, { timeoutMs: 180_000 }))
  const { deal } = await chorus.next('deal:committed')
  const { members } = await chorus.when('committee:drawn', event => event.deal === deal)
  const [dead = stage.account('mediator-1'), ...living] = members
  await killHard(testnet, stage.nameOf(dead))
  const all = (flags: readonly boolean[]) => flags.filter(Boolean).length === living.length
  const { chain } = testnet
  // The commit phase ends without the dead one, and so does the reveal.
  await until(async () => all((await chain.dispute(deal)).committed), { timeoutMs: 90_000, what: 'two votes' })
  await chain.passBeyond((await chain.dispute(deal)).commitEndSec)
  await until(
    async () => {
      const { revealed, isOpened } = await chain.dispute(deal)
      return isOpened && all(revealed)
    },
    { timeoutMs: 90_000, what: 'two opened votes' }
  )
  await chain.passBeyond((await chain.dispute(deal)).revealEndSec)
  const report = await playing
  assert.is(report.verdict, 'correct')
  assert.equal([...(report.committee ?? [])].sort(), [...members].sort())
  await stage.expectPaid(books, [[deal, ruled('correct', living)]])
  assert.is(await chain.strikesOf(dead), 1)
  assert.is(await chain.strikesOf(living[0] ?? dead), 0)
  await stage.restart(stage.nameOf(dead))
})

outcomes('a provider that never answers: the creator is refunded at the deadline', async () => {
  const stage = onStage()
  const { chorus, testnet } = stage
  const books = await stage.books()
  const target = stage.account('silent-1')
  const request = { modulePath: modulePath('cowsay'), values: { Message: 'moo' }, target }
  const playing = underway(playJob(testnet, request, { timeoutMs: 180_000 }))
  const { deal } = await chorus.next('deal:committed')
  await testnet.chain.passTime((await testnet.chain.deal(deal)).runTime + 1)
  const report = await playing
  assert.is(report.dealStatus, 'refunded')
  assert.is(report.failure?.code, 'JOB_NO_RESULT')
  await stage.expectPaid(books, [[deal, TIMED_OUT]])
})

outcomes('a creator that goes silent: the provider is paid after the window', async () => {
  const stage = onStage()
  const { chorus, testnet } = stage
  const books = await stage.books()
  const request = { modulePath: modulePath('cowsay'), values: { Message: 'moo' }, verifyBps: NEVER }
  const playing = playJob(testnet, { ...HONEST, ...request }, { creator: 'creator-2' }).catch(() => undefined)
  const { deal } = await chorus.next('deal:committed')
  await killHard(testnet, 'creator-2')
  await playing
  await until(async () => (await testnet.chain.record(deal)).status === 'submitted', { timeoutMs: 60_000 })
  await testnet.chain.passTime((await testnet.chain.deal(deal)).window + 1)
  await until(async () => (await testnet.chain.record(deal)).status === 'settled', { timeoutMs: 60_000 })
  await stage.expectPaid(books, [[deal, UNCHALLENGED]])
})

outcomes('an input that nobody has: no provider takes the job, and nobody pays', async () => {
  const stage = onStage()
  const books = await stage.books()
  const request = {
    modulePath: await guestModule(['cat', '{{Missing}}'], { inputs: { Missing: { type: 'file' } } }),
    files: { Missing: 'bafkreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi' },
    waitBlocks: 15
  }
  const report = await playJob(stage.testnet, { ...HONEST, ...request })
  assert.is(report.state, 'failed')
  assert.is(report.failure?.code, 'JOB_NO_PROVIDER')
  assert.match(report.failure?.message ?? '', 'CONTENT_NOT_FOUND')
  assert.is(report.dealId, undefined)
  await stage.expectPaid(books, [])
})

outcomes('nothing is central: with the bootstrap node killed a new job completes', async () => {
  const stage = onStage()
  await killHard(stage.testnet, 'bootstrap')
  const request = { modulePath: modulePath('cowsay'), values: { Message: 'still here' }, verifyBps: ALWAYS }
  const report = await settle(stage, request, ({ committee = [] }) => ruled('correct', committee))
  assert.is(report.verdict, 'correct')
  assert.match(await file(report, 'stdout'), '< still here >')
})

outcomes.run()
