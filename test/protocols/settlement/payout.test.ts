// Payouts: equal to the Market's to the wei, and never more nor less than was locked.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { Payee as PayeeOnChain } from '../../../contracts/generated/enums.ts'
import type { Address } from '../../../protocols/core/account.ts'
import type { Deal } from '../../../protocols/deal/deal.ts'
import { seatsOfRound } from '../../../protocols/deal/totals.ts'
import {
  type Ending,
  type FeeTerms,
  lockedWei,
  PAYEES,
  type Payee,
  type Payout,
  payouts,
  statusOfEnding
} from '../../../protocols/settlement/payout.ts'
import { testSeed } from '../../support.ts'
import { account, deal } from '../arbitrary.ts'
import { DECIMAL, readVectors } from '../vectors.ts'

const seed = testSeed()
const named = (name: string): Address => `0x${name.repeat(20)}`
const CREATOR = named('aa')
const PROVIDER = named('bb')
const POOL = named('cc')
const AUTHOR = named('dd')
const CHALLENGER = named('ee')
const MEDIATOR = named('ff')

const sum = (credits: readonly Payout[], payee?: Payee) =>
  credits.reduce(
    (total, credit) => (payee === undefined || credit.payee === payee ? total + credit.amountWei : total),
    0n
  )

const money = suite('shared vectors')

const CASE = v.object({
  what: v.string(),
  money: v.object({
    price: DECIMAL,
    unitPrice: DECIMAL,
    collateral: DECIMAL,
    seatFee: DECIMAL,
    jobs: DECIMAL,
    seats: DECIMAL,
    rounds: DECIMAL,
    feeBps: DECIMAL,
    authorBps: DECIMAL,
    isPublicGood: v.boolean()
  }),
  ending: v.object({
    kind: v.picklist(['accepted', 'unchallenged', 'ruled', 'timed-out', 'cancelled']),
    used: DECIMAL,
    verdict: v.picklist(['none', 'correct', 'wrong', 'unverifiable', 'no-verdict']),
    voters: DECIMAL,
    creatorDeposit: DECIMAL,
    providerDeposit: DECIMAL
  }),
  credits: v.object({
    creator: DECIMAL,
    provider: DECIMAL,
    pool: DECIMAL,
    author: DECIMAL,
    challenger: DECIMAL,
    mediators: DECIMAL
  })
})
type Case = v.InferOutput<typeof CASE>

function endingOf({ ending }: Case): Ending {
  const { kind, used, verdict, voters, creatorDeposit, providerDeposit } = ending
  if (kind === 'accepted') return { kind, used }
  if (kind !== 'ruled') return { kind }
  if (verdict === 'none') throw new Error('a ruling has a verdict')
  return {
    kind,
    ruling: {
      verdict,
      used,
      voters: Array.from({ length: Number(voters) }, () => MEDIATOR),
      challenger: CHALLENGER,
      creatorDepositWei: creatorDeposit,
      providerDepositWei: providerDeposit
    }
  }
}

money('payouts.json: every ending, to the wei', () => {
  const [base] = fc.sample(deal, { seed, numRuns: 1 })
  if (base === undefined) throw new Error('no sample')
  const { cases } = readVectors('payouts', v.object({ cases: v.pipe(v.array(CASE), v.minLength(20)) }))
  const endings = new Set(cases.map(({ ending }) => `${ending.kind} ${ending.verdict}`))
  assert.is(endings.size, 8, 'every ending has a vector')
  for (const one of cases) {
    const { price, unitPrice, collateral, seatFee, jobs, seats, rounds, ...fees } = one.money
    const terms: Deal = {
      ...base,
      creator: CREATOR,
      provider: PROVIDER,
      price,
      unitPrice,
      collateral,
      seatFee,
      jobs: Number(jobs),
      seats: Number(seats),
      rounds: Number(rounds)
    }
    const feeTerms: FeeTerms = {
      pool: POOL,
      author: AUTHOR,
      feeBps: Number(fees.feeBps),
      authorBps: Number(fees.authorBps),
      isPublicGood: fees.isPublicGood
    }
    const credits = payouts(terms, endingOf(one), feeTerms)
    const { mediators, ...others } = one.credits
    assert.equal(
      Object.fromEntries(PAYEES.map(payee => [payee, sum(credits, payee)])),
      { ...others, mediator: mediators },
      one.what
    )
    assert.is(sum(credits), lockedWei(terms, endingOf(one)), one.what)
  }
})

money.run()

// ---

const rules = suite('payouts')

const feeTerms: fc.Arbitrary<FeeTerms> = fc.record({
  pool: account,
  author: account,
  feeBps: fc.nat(1000),
  authorBps: fc.nat(1000),
  isPublicGood: fc.boolean()
})

/** A deal and a way for it to end, with no more voters than it has seats. */
const ended = deal.chain(terms => {
  const seats = Array.from({ length: terms.rounds }, (_, round) => seatsOfRound(terms, round))
  const used = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
  const depositWei = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 1n << 90n }))
  const ruling = fc.record({
    verdict: fc.constantFrom('correct', 'wrong', 'unverifiable', 'no-verdict'),
    used,
    voters: fc.array(account, { maxLength: seats.reduce((a, b) => a + b, 0) }),
    challenger: account,
    creatorDepositWei: depositWei,
    providerDepositWei: depositWei
  })
  const ending: fc.Arbitrary<Ending> = fc.oneof(
    used.map(n => ({ kind: 'accepted' as const, used: n })),
    fc.constantFrom({ kind: 'unchallenged' as const }, { kind: 'timed-out' as const }, { kind: 'cancelled' as const }),
    ruling.map(r => ({ kind: 'ruled' as const, ruling: r }))
  )
  return fc.tuple(fc.constant(terms), ending)
})

rules('pay exactly what was locked, in credits above nothing', () => {
  fc.assert(
    fc.property(ended, feeTerms, ([terms, ending], fees) => {
      const credits = payouts(terms, ending, fees)
      assert.is(sum(credits), lockedWei(terms, ending))
      for (const { amountWei } of credits) assert.ok(amountWei > 0n)
    }),
    { seed, numRuns: 1000 }
  )
})

rules('the creator never gets more than the price and a tenth of the collateral', () => {
  fc.assert(
    fc.property(ended, feeTerms, ([terms, ending], fees) => {
      const deposit = ending.kind === 'ruled' ? ending.ruling.creatorDepositWei : 0n
      const price = terms.price * BigInt(terms.jobs)
      const most = price + (terms.collateral * BigInt(terms.jobs)) / 10n + deposit
      assert.ok(sum(payouts(terms, ending, fees), 'creator') <= most)
    }),
    { seed, numRuns: 300 }
  )
})

rules('a public good pays no protocol fee', () => {
  fc.assert(
    fc.property(deal, feeTerms, (terms, fees) => {
      const ending = { kind: 'unchallenged' } as const
      assert.is(sum(payouts(terms, ending, { ...fees, isPublicGood: true }), 'pool'), 0n)
    }),
    { seed, numRuns: 50 }
  )
})

rules('each ending leads to its status', () => {
  const ruled = (verdict: 'correct' | 'wrong' | 'unverifiable' | 'no-verdict') =>
    statusOfEnding({
      kind: 'ruled',
      ruling: { verdict, used: 0n, voters: [], challenger: CREATOR, creatorDepositWei: 0n, providerDepositWei: 0n }
    })
  assert.is(statusOfEnding({ kind: 'accepted', used: 0n }), 'settled')
  assert.is(statusOfEnding({ kind: 'unchallenged' }), 'settled')
  assert.is(statusOfEnding({ kind: 'timed-out' }), 'refunded')
  assert.is(statusOfEnding({ kind: 'cancelled' }), 'cancelled')
  const verdicts = ['correct', 'unverifiable', 'wrong', 'no-verdict'] as const
  assert.equal(verdicts.map(ruled), ['settled', 'settled', 'slashed', 'void'])
})

rules('payees have the numbers of the Market', () => {
  assert.equal(
    PAYEES,
    PayeeOnChain.map(name => name.toLowerCase())
  )
})

rules.run()
