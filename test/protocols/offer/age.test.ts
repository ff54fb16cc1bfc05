// From when a job's age counts: nothing is gained by dating it back, and nothing is lost by hearing it late.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { priorityOf } from '../../../protocols/match/match.ts'
import { ageFromOf } from '../../../protocols/offer/age.ts'
import { AGING_BLOCKS, OFFER_LATE_STEP_BLOCKS, OFFER_MAX_LAG_BLOCKS } from '../../../protocols/params.ts'
import { testSeed } from '../../support.ts'
import { jobOf } from '../match/market.ts'

const seed = testSeed()
const age = suite('ageFromOf')

age('counts from the reference block for what came in time, or while this node was joining', () => {
  assert.is(ageFromOf(100, 100 + OFFER_MAX_LAG_BLOCKS, false), undefined)
  assert.is(ageFromOf(100, 600, true), undefined)
})

age('counts from the next step for what came late', () => {
  const step = OFFER_LATE_STEP_BLOCKS
  assert.is(ageFromOf(step, 3 * step, false), 3 * step)
  assert.is(ageFromOf(step, 3 * step + 1, false), 4 * step)
})

age('a backdated job has at most the priority that its lag buys over one that is honest', () => {
  const blocks = fc.integer({ min: 600, max: 10_000 })
  const isBounded = fc.property(blocks, fc.nat(512), fc.nat(512), (head, back, later) => {
    const claimed = jobOf('claimed', { refBlock: head - back })
    const ageFrom = ageFromOf(head - back, head, false)
    const heard = ageFrom === undefined ? claimed : { ...claimed, ageFrom }
    const gain = priorityOf(heard, head + later) - priorityOf(jobOf('honest', { refBlock: head }), head + later)
    assert.ok(gain <= Math.ceil(OFFER_MAX_LAG_BLOCKS / AGING_BLOCKS), `${gain}`)
  })
  fc.assert(isBounded, { seed, numRuns: 1000 })
})

age.run()
