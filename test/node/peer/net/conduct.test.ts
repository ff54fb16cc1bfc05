// Who is sent away: whoever keeps far beyond its quota, and nobody who was merely fast for once.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Conduct, MAX_EXCESS_SEC, REJECT_SEC, SCORE_PER_SEC } from '../../../../node/peer/net/conduct.ts'

const conduct = suite('Conduct')

/** Seconds after which a peer that sends `times` its quota is sent away, or undefined after two minutes. */
function sentAwayAfterSec(times: number): number | undefined {
  let nowMs = 0
  const banned: string[] = []
  const record = new Conduct(() => nowMs)
  record.onBanned(peerId => banned.push(peerId))
  for (; nowMs < 120_000; nowMs += 100) {
    record.blame('peer', (times - 1) * 0.1)
    if (banned.length > 0) return nowMs / 1000
  }
  return undefined
}

conduct('ten times its quota is sent away within three seconds, twice its quota never', () => {
  assert.ok((sentAwayAfterSec(10) ?? 99) < 3)
  assert.ok((sentAwayAfterSec(4) ?? 99) < 15)
  assert.is(sentAwayAfterSec(2), undefined)
})

conduct('one burst just below the limit is forgiven, one at it is not', () => {
  const told: string[] = []
  const record = new Conduct(() => 0)
  record.onBanned(peerId => told.push(peerId))
  record.blame('below', MAX_EXCESS_SEC - 0.01)
  record.blame('at', MAX_EXCESS_SEC)
  record.blame('above', MAX_EXCESS_SEC + 1)
  assert.equal(told, ['at', 'above'])
  assert.equal([record.isBanned('below'), record.isBanned('at')], [false, true])
})

conduct('the second message that only a faulty sender makes ends it', () => {
  const record = new Conduct(() => 0)
  record.blame('peer', REJECT_SEC)
  assert.not(record.isBanned('peer'))
  record.blame('peer', REJECT_SEC)
  assert.ok(record.isBanned('peer'))
})

conduct('a ban ends, is told once, and the score falls to the graylist with it', () => {
  let nowMs = 0
  let told = 0
  const record = new Conduct(() => nowMs)
  record.onBanned(() => told++)
  for (let i = 0; i < 100; i++) record.blame('peer', 1)
  assert.is(told, 1)
  assert.ok(record.scoreOf('peer') * SCORE_PER_SEC <= -80)
  assert.is(record.scoreOf('stranger'), 0)
  nowMs = 10 * 60_000
  assert.not(record.isBanned('peer'))
  assert.ok(record.scoreOf('peer') > -1)
})

conduct('a flood of peers forgets the oldest and keeps the newest', () => {
  const record = new Conduct(() => 0)
  for (let i = 0; i < 5_000; i++) record.blame(`peer ${i}`, 1)
  assert.is(record.scoreOf('peer 0'), 0)
  assert.is(record.scoreOf('peer 4999'), -1)
})

conduct.run()
