// Committees that do not agree, and verdicts that somebody does not accept, drawn by a drand network of our own. One mediator
// of eleven is corrupt and holds half of the stake, so it sits in many first committees; a job is played until the committee
// is the one that is meant.
// timeout: 900
// serial
//
// | scenario                                  | first committee        | ends    | verdict | paid                           |
// | ----------------------------------------- | ---------------------- | ------- | ------- | ------------------------------ |
// | escalation from 3 to 7 seats              | two honest, one not    | settled | correct | nine mediators; one struck     |
// | the creator appeals and loses             | one, honest            | settled | correct | four mediators, by the creator |
// | the provider appeals by itself and wins   | one, corrupt           | settled | correct | three; provider has its back   |
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobReport, JobRequest } from '../../node/market/api.ts'
import type { Address } from '../../protocols/core/account.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { seatsOfRound } from '../../protocols/deal/totals.ts'
import type { Books } from '../../testnet/ledger.ts'
import { ruledEnding } from '../../testnet/ledger.ts'
import { memberApi } from '../../testnet/member-api.ts'
import { playJob } from '../../testnet/play.ts'
import { until } from '../support.ts'
import { modulePath, type Stage, stageFor } from './stage.ts'

/** Waited out, not jumped over: drand's rounds come by the clock of the world. */
const APPEAL_TIME_SEC = 20
const CORRUPT = 'corrupt-1'
const TRIES = 12

/** Under load eleven nodes re-run one job each. */
const PATIENCE_MS = 120_000

const court = suite('court')

const onStage = stageFor(court, () => ({
  beacon: 'drand',
  appealTimeSec: APPEAL_TIME_SEC,
  cast: { providers: 0, mediators: 10, cheats: 0, creators: 1 },
  extra: [
    { name: 'provider-1', args: ['--role', 'rp', '--appeal'] },
    { name: CORRUPT, args: ['--role', 'mediator', '--slots', '10', '--misbehave', 'wrong-result'] }
  ]
}))

/** A dispute whose first committee is as wanted, with what leads to it. */
interface Scene {
  readonly deal: DealId
  readonly committee: readonly Address[]
  readonly playing: Promise<JobReport>
  readonly books: Books
}

/** Plays verified jobs until the first committee is as wanted; lets the others come to their end. */
async function drawn(
  stage: Stage,
  request: Partial<JobRequest>,
  isWanted: (committee: readonly Address[]) => boolean
): Promise<Scene> {
  const { testnet, chorus } = stage
  for (let i = 0; i < TRIES; i++) {
    const books = await stage.books()
    const job = { modulePath: modulePath('cowsay'), values: { Message: 'moo' }, verifyBps: 10_000, ...request }
    const playing = playJob(testnet, job, { timeoutMs: 3 * PATIENCE_MS })
    // Told of by whoever waits for it; a scenario that fails before does not leave it alone.
    playing.catch(() => {})
    const { deal } = await chorus.next('deal:challenged', undefined, PATIENCE_MS)
    const members = await drawnCommittee(stage, deal, 0)
    if (isWanted(members)) return { deal, committee: members, playing, books }
    await passAppeals(stage, deal)
    await playing
  }
  throw new Error(`no such committee in ${TRIES} draws`)
}

/** Waits until a dispute's verdict may be appealed, or is no longer in this round. */
function untilAppealable(stage: Stage, deal: DealId): Promise<boolean> {
  return until(async () => (await stage.testnet.chain.dispute(deal)).phase === 'appeal', {
    timeoutMs: PATIENCE_MS,
    what: 'a verdict that may be appealed'
  })
}

/** Waits for the end of a dispute: nobody appeals, or somebody does and the next round is the last. */
async function passAppeals(stage: Stage, deal: DealId): Promise<void> {
  const { chain } = stage.testnet
  await until(
    async () => {
      const { phase, round } = await chain.dispute(deal)
      return phase === 'closed' || round > 0
    },
    { timeoutMs: PATIENCE_MS, what: 'the end of a dispute' }
  )
}

const drawnCommittee = async (stage: Stage, deal: DealId, round: number) => {
  const { members } = await stage.chorus.when('committee:drawn', e => e.deal === deal && e.round === round, PATIENCE_MS)
  return members
}

court('a committee that does not agree: seven new seats decide, and the one that was against is struck', async () => {
  const stage = onStage()
  const corrupt = stage.account(CORRUPT)
  const before = await stage.testnet.chain.strikesOf(corrupt)
  const { deal, committee, playing, books } = await drawn(stage, { seats: 3, rounds: 2 }, c => c.includes(corrupt))
  const report = await playing
  const judges = await drawnCommittee(stage, deal, 1)
  assert.is(report.verdict, 'correct')
  assert.is(judges.length, 7)
  const honest = committee.filter(account => account !== corrupt)
  assert.equal(
    judges.filter(account => committee.includes(account)),
    [],
    'nobody sits twice'
  )
  await stage.expectPaid(books, [[deal, terms => ruledEnding(terms, 'correct', [...honest, ...judges])]])
  assert.is((await stage.testnet.chain.strikesOf(corrupt)) - before, 1)
})

court('a creator that does not accept a verdict: pays for the next committee, which finds the same', async () => {
  const stage = onStage()
  const { chain, members } = stage.testnet
  const isHonest = ([seat]: readonly Address[]) => seat !== stage.account(CORRUPT)
  const { deal, committee, playing, books } = await drawn(stage, { seats: 1, rounds: 2 }, isHonest)
  await untilAppealable(stage, deal)
  const creator = members.find(({ name }) => name === 'creator-1')
  assert.ok(creator)
  const shown = await memberApi(creator).deal(deal)
  assert.is(shown.appeal?.verdict, 'correct')
  assert.is(shown.appeal?.loser, creator.account)
  await memberApi(creator).appeal(deal)
  assert.is((await chain.dispute(deal)).round, 1)
  const report = await playing
  assert.is(report.verdict, 'correct')
  const judges = await drawnCommittee(stage, deal, 1)
  assert.is(judges.length, 3)
  const voters = [...committee, ...judges].filter(account => account !== stage.account(CORRUPT))
  const creatorDepositWei = depositOf(await chain.deal(deal))
  await stage.expectPaid(books, [[deal, terms => ruledEnding(terms, 'correct', voters, { creatorDepositWei })]])
})

court('a provider that is right: appeals by itself, wins, and has its deposit back', async () => {
  const stage = onStage()
  const { chain } = stage.testnet
  const corrupt = stage.account(CORRUPT)
  const { deal, playing, books } = await drawn(stage, { seats: 1, rounds: 2 }, ([seat]) => seat === corrupt)
  const report = await playing
  assert.is(report.verdict, 'correct')
  const judges = await drawnCommittee(stage, deal, 1)
  const providerDepositWei = depositOf(await chain.deal(deal))
  await stage.expectPaid(books, [[deal, terms => ruledEnding(terms, 'correct', judges, { providerDepositWei })]])
})

/** What an appeal of the first round costs. */
function depositOf(deal: Deal): bigint {
  return deal.seatFee * BigInt(seatsOfRound(deal, 1))
}

court.run()
