// kill -9 at every step of a deal, and a restart over the same folder: the job comes to its end, and nothing is paid twice.
// timeout: 900
//
// | who dies | when it has just said            | then                                                    |
// | -------- | -------------------------------- | ------------------------------------------------------- |
// | provider | nothing: it fetches the job      | the creator proposes again, one deal                    |
// | provider | deal:committed                   | it runs the job that it had promised                    |
// | provider | run:started                      | it runs the job again                                   |
// | provider | result:submitted                 | it hands the result out and is paid                     |
// | creator  | deal:proposed                    | it finds its deal on the chain, or offers again         |
// | creator  | the same, and stays away         | the provider looks for the data again, one deal         |
// | creator  | deal:committed                   | it waits for the result                                 |
// | creator  | nothing: the provider runs       | it waits for the result                                 |
// | creator  | result:fetched                   | it accepts once                                         |
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobReport, JobRequest } from '../../node/market/api.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import type { Ending } from '../../protocols/settlement/payout.ts'
import { killHard } from '../../testnet/faults.ts'
import { followJob, playJob } from '../../testnet/play.ts'
import { guestModule } from './guest.ts'
import { modulePath, type Stage, stageFor } from './stage.ts'

const PROVIDER = 'provider-1'
const CREATOR = 'creator-1'

const crash = suite('kill -9')

const onStage = stageFor(crash, () => ({ cast: { providers: 1, mediators: 0, creators: 1 } }))

const cowsay = (): JobRequest => ({ modulePath: modulePath('cowsay'), values: { Message: 'moo' } })

/** Some seconds of work that ends by itself, when its gas is used up. */
const longJob = async (): Promise<JobRequest> => ({
  modulePath: await guestModule(['spin'], { limits: { gas: 3_000_000_000, wallSec: 120 } })
})

/** Longer than a provider looks for a job's data. */
const LONG_AWAY_MS = 12_000

/** Gives a job, kills somebody at a certain moment, starts it again, and expects a clean end. */
async function survive(
  victim: string,
  request: JobRequest,
  moment: (stage: Stage) => Promise<unknown>,
  awayMs = 0
): Promise<JobReport> {
  const stage = onStage()
  const { testnet } = stage
  const before = await testnet.chain.dealsOf(stage.account(CREATOR))
  const books = await stage.books()
  const known = Promise.withResolvers<Bytes32>()
  const playing = playJob(
    testnet,
    { ...request, verifyBps: 0 },
    {
      onUpdate: update => {
        if (update.type === 'report') known.resolve(update.report.id)
      }
    }
  ).catch(() => undefined)
  await moment(stage)
  await killHard(testnet, victim)
  await delay(awayMs)
  await stage.restart(victim)
  const report = victim === CREATOR ? await followJob(testnet, await known.promise) : await playing

  const deals = (await testnet.chain.dealsOf(stage.account(CREATOR))).slice(before.length)
  assert.is(deals.length, 1, 'deals of one job')
  await stage.expectPaid(books, await Promise.all(deals.map(async id => [id, await endingOf(stage, id)] as const)))
  assert.is(report?.failure, undefined)
  assert.is(report?.state, 'done')
  if (report === undefined) throw new Error('the job came to no end')
  return report
}

/** Whichever of the clean ends the chain says it was. */
async function endingOf(stage: Stage, id: DealId): Promise<() => Ending> {
  const { status } = await stage.testnet.chain.record(id)
  assert.ok(status === 'settled' || status === 'refunded', `the deal is ${status}`)
  return () => (status === 'settled' ? { kind: 'accepted', used: 0n } : { kind: 'timed-out' })
}

crash('of the provider while it fetches', async () => {
  await survive(PROVIDER, cowsay(), ({ chorus }) => chorus.next('deal:proposed'))
})

crash('of the provider when it has committed', async () => {
  await survive(PROVIDER, await longJob(), ({ chorus }) => chorus.next('deal:committed', (_, who) => who === PROVIDER))
})

crash('of the provider while it runs', async () => {
  const report = await survive(PROVIDER, await longJob(), ({ chorus }) => chorus.next('run:started'))
  assert.is(report.runStatus, 'out-of-gas')
})

crash('of the provider when it has submitted', async () => {
  await survive(PROVIDER, cowsay(), ({ chorus }) => chorus.next('result:submitted', (_, who) => who === PROVIDER))
})

crash('of the creator when it has proposed', async () => {
  await survive(CREATOR, cowsay(), ({ chorus }) => chorus.next('deal:proposed'))
})

crash('of the creator when it has proposed, who then stays away', async () => {
  const proposed = ({ chorus }: Stage) => chorus.next('deal:proposed')
  await survive(CREATOR, { ...cowsay(), values: { Message: 'where was I?' } }, proposed, LONG_AWAY_MS)
})

crash('of the creator when it sees the commit', async () => {
  await survive(CREATOR, await longJob(), ({ chorus }) => chorus.next('deal:committed', (_, who) => who === CREATOR))
})

crash('of the creator while the provider runs', async () => {
  await survive(CREATOR, await longJob(), ({ chorus }) => chorus.next('run:started'))
})

crash('of the creator when it has the result', async () => {
  await survive(CREATOR, cowsay(), ({ chorus }) => chorus.next('result:fetched'))
})

crash.run()
