// Committees drawn by a drand network of our own, which is there, comes late, and does not come at all.
// timeout: 900
// serial
//
// | scenario                                  | ends    | verdict    | seeds asked for |
// | ----------------------------------------- | ------- | ---------- | --------------- |
// | verified job                              | settled | correct    | 1               |
// | seed that comes late                      | settled | correct    | 1               |
// | seed that is given up, the next one comes | settled | correct    | 2               |
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { playJob } from '../../testnet/play.ts'
import { DRAND_TIMES } from '../../testnet/settings.ts'
import { until } from '../support.ts'
import { modulePath, stageFor } from './stage.ts'

const VERIFIED = { modulePath: modulePath('cowsay'), values: { Message: 'moo' }, verifyBps: 10_000 }
const PATIENCE_MS = 90_000

const randomness = suite('drand')

const onStage = stageFor(randomness, () => ({
  beacon: 'drand',
  cast: { providers: 1, mediators: 3, cheats: 0, creators: 1 }
}))

randomness('a verified job', async () => {
  const report = await playJob(onStage().testnet, VERIFIED)
  assert.is(report.verdict, 'correct')
  assert.is(new Set(report.committee).size, 3)
})

randomness('a seed that comes late is proved when it comes', async () => {
  const { testnet, chorus } = onStage()
  await testnet.stopBeacon()
  const playing = playJob(testnet, VERIFIED)
  const { deal } = await chorus.next('deal:challenged')
  await testnet.chain.passTime(DRAND_TIMES.lateAfterSec / 2)
  assert.is((await testnet.chain.dispute(deal)).phase, 'seed')
  testnet.startBeacon()
  assert.is((await playing).verdict, 'correct')
  assert.is((await testnet.chain.dispute(deal)).tries, 0)
})

randomness('a seed that does not come is given up, and the next one draws the committee', async () => {
  const { testnet, chorus } = onStage()
  await testnet.stopBeacon()
  const playing = playJob(testnet, VERIFIED)
  const { deal } = await chorus.next('deal:challenged')
  const first = await testnet.chain.dispute(deal)
  await testnet.chain.passTime(DRAND_TIMES.lateAfterSec + 2 * DRAND_TIMES.periodSec + DRAND_TIMES.marginSec)
  await until(async () => (await testnet.chain.dispute(deal)).tries === 1, {
    timeoutMs: PATIENCE_MS,
    what: 'a request'
  })
  const { seedRound } = await testnet.chain.dispute(deal)
  assert.ok(seedRound > first.seedRound)
  testnet.startBeacon()
  assert.is((await playing).verdict, 'correct')
})

randomness.run()
