// Moves of a deal: the table of legal ones, and the refusal of all others.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { DealStatus } from '../../../contracts/generated/enums.ts'
import type { Deal } from '../../../protocols/deal/deal.ts'
import { DEAL_STATUSES, type DealRecord, deadlineSec, isFinal } from '../../../protocols/deal/state.ts'
import {
  budgetWei,
  earnedWei,
  seatsOfRound,
  totalCollateralWei,
  totalPriceWei
} from '../../../protocols/deal/totals.ts'
import { DEAL_MOVES, type DealEvent, transition } from '../../../protocols/deal/transition.ts'
import { testSeed, throws } from '../../support.ts'
import { deal } from '../arbitrary.ts'
import { DECIMAL, readVectors } from '../vectors.ts'

const seed = testSeed()
const commitment = '0xabcd'
const RECORDS: readonly DealRecord[] = [
  { status: 'none' },
  { status: 'committed', atSec: 1 },
  { status: 'submitted', atSec: 2, commitment },
  { status: 'disputed', atSec: 3, commitment },
  { status: 'settled', atSec: 4 },
  { status: 'slashed', atSec: 4 },
  { status: 'refunded', atSec: 4 },
  { status: 'cancelled', atSec: 4 },
  { status: 'void', atSec: 4 }
]
const EVENTS: readonly DealEvent[] = [
  { type: 'committed', atSec: 9 },
  { type: 'submitted', atSec: 9, commitment },
  { type: 'challenged', atSec: 9 },
  { type: 'settled', atSec: 9 },
  { type: 'slashed', atSec: 9 },
  { type: 'refunded', atSec: 9 },
  { type: 'cancelled', atSec: 9 },
  { type: 'voided', atSec: 9 }
]
/** from -> event -> to: every legal move, written down once more. */
const LEGAL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: { committed: 'committed' },
  committed: { submitted: 'submitted', settled: 'settled', refunded: 'refunded', cancelled: 'cancelled' },
  submitted: { challenged: 'disputed', settled: 'settled' },
  disputed: { settled: 'settled', slashed: 'slashed', voided: 'void' }
}

const moves = suite('transition')

moves('makes each legal move and no other', () => {
  for (const record of RECORDS)
    for (const event of EVENTS) {
      const to = LEGAL[record.status]?.[event.type]
      if (to === undefined) throws(() => transition(record, event), 'DEAL_UNEXPECTED_STATUS')
      else assert.is(transition(record, event).status, to)
    }
})

moves('keeps the commitment as long as it is needed, and the time of the last move', () => {
  const submitted = transition({ status: 'committed', atSec: 1 }, { type: 'submitted', atSec: 2, commitment })
  assert.equal(submitted, { status: 'submitted', atSec: 2, commitment })
  const disputed = transition(submitted, { type: 'challenged', atSec: 3 })
  assert.equal(disputed, { status: 'disputed', atSec: 3, commitment })
  assert.equal(transition(disputed, { type: 'voided', atSec: 4 }), { status: 'void', atSec: 4 })
})

moves('every history ends, and what has ended never moves', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 }), history => {
      let [record, made]: [DealRecord, number] = [{ status: 'none' }, 0]
      for (const event of history) {
        const allowed: readonly string[] = DEAL_MOVES[event.type]
        if (!allowed.includes(record.status)) continue
        assert.not.ok(isFinal(record.status))
        record = transition(record, event)
        made += 1
      }
      assert.ok(made <= 4)
    }),
    { seed }
  )
})

moves('says what it found and what it expected', () => {
  const error = throws(() => transition({ status: 'none' }, { type: 'settled', atSec: 1 }), 'DEAL_UNEXPECTED_STATUS')
  assert.match(error.message, 'a deal that is none cannot become settled; expected committed or submitted or disputed')
})

moves('statuses have the numbers of the Market', () => {
  assert.equal(
    DEAL_STATUSES,
    DealStatus.map(name => name.toLowerCase())
  )
  assert.equal(
    DEAL_STATUSES.filter(isFinal),
    RECORDS.filter(record => LEGAL[record.status] === undefined).map(({ status }) => status)
  )
})

moves.run()

// ---

const terms = suite('what follows from the terms')
const [sample] = fc.sample(deal, { seed, numRuns: 1 })
if (sample === undefined) throw new Error('no sample')
const with_ = (changes: Partial<Deal>): Deal => ({ ...sample, ...changes })

terms('deadlines count from the last move', () => {
  const d = with_({ runTime: 60, window: 10 })
  assert.is(deadlineSec({ status: 'committed', atSec: 100 }, d), 160)
  assert.is(deadlineSec({ status: 'submitted', atSec: 100, commitment }, d), 110)
  for (const record of RECORDS.filter(({ status }) => status !== 'committed' && status !== 'submitted'))
    assert.is(deadlineSec(record, d), undefined)
})

terms('committees grow as the Court grows them', () => {
  const one = v.object({ rounds: v.array(v.number()), sum: DECIMAL })
  const { cases } = readVectors('seats', v.object({ cases: v.pipe(v.array(one), v.length(7)) }))
  for (const [i, { rounds, sum }] of cases.entries()) {
    assert.equal(
      rounds.map((_, round) => seatsOfRound({ seats: i + 1 }, round)),
      rounds
    )
    assert.is(budgetWei(with_({ seats: i + 1, rounds: 3, seatFee: 5n })), sum * 5n)
  }
})

terms('a metered price is paid by what was used, rounded down, at most the cap', () => {
  const flat = with_({ price: 1000n, jobs: 2, unitPrice: 0n, collateral: 7n })
  assert.is(earnedWei(flat, 0n), 2000n)
  assert.is(totalPriceWei(flat), 2000n)
  assert.is(totalCollateralWei(flat), 14n)
  const metered = { ...flat, unitPrice: 3n }
  assert.is(earnedWei(metered, 0n), 0n)
  assert.is(earnedWei(metered, 999_999n), 2n)
  assert.is(earnedWei(metered, 1_000_000n), 3n)
  assert.is(earnedWei(metered, (1n << 64n) - 1n), 2000n)
})

terms.run()
