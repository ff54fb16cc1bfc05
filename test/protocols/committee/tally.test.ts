// Counting votes: equal to the Court's, whatever the votes.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { isCoherent, tallyRound, tallyUnseated, type Vote } from '../../../protocols/committee/tally.ts'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { UNVERIFIABLE } from '../../../protocols/result/result.ts'
import { testSeed } from '../../support.ts'
import { HEX, readVectors } from '../vectors.ts'

const seed = testSeed()
const digest = (byte: string): Bytes32 => `0x${byte.repeat(32)}`
const [A, B, C] = [digest('aa'), digest('bb'), digest('cc')]
const found = (outcome: ReturnType<typeof tallyRound>) => (outcome.kind === 'verdict' ? outcome.found : null)
const verdict = (outcome: ReturnType<typeof tallyRound>) =>
  outcome.kind === 'verdict' ? outcome.verdict : outcome.kind

const tally = suite('tally')

tally('agrees with the vectors of the contracts', () => {
  const one = v.object({ votes: v.array(HEX), notLast: HEX, last: HEX, alone: HEX })
  const { cases } = readVectors('tally', v.object({ cases: v.pipe(v.array(one), v.minLength(8)) }))
  const orNull = (word: Bytes32): Vote => (BigInt(word) === 0n ? null : word)
  for (const { votes, notLast, last, alone } of cases) {
    const cast = votes.map(orNull)
    assert.is(found(tallyRound(cast, false, A)), orNull(notLast))
    assert.is(found(tallyRound(cast, true, A)), orNull(last))
    assert.is(found(tallyUnseated(cast, A)), orNull(alone))
  }
})

tally('the table of a committee of three', () => {
  const cases: readonly (readonly [Vote[], string, string])[] = [
    // votes, below the last round, in the last round; the provider opened A
    [[A, A, A], 'correct', 'correct'],
    [[B, B, B], 'wrong', 'wrong'],
    [[A, A, B], 'next-round', 'correct'],
    [[B, A, B], 'next-round', 'wrong'],
    [[A, A, null], 'next-round', 'correct'],
    [[A, B, C], 'next-round', 'no-verdict'],
    [[A, null, null], 'next-round', 'no-verdict'],
    [[null, null, null], 'next-round', 'no-verdict'],
    [[UNVERIFIABLE, UNVERIFIABLE, UNVERIFIABLE], 'unverifiable', 'unverifiable'],
    [[UNVERIFIABLE, UNVERIFIABLE, A], 'next-round', 'unverifiable']
  ]
  for (const [votes, early, last] of cases) {
    assert.is(verdict(tallyRound(votes, false, A)), early, String(votes))
    assert.is(verdict(tallyRound(votes, true, A)), last, String(votes))
  }
})

tally('a provider that hides its result is wrong, whatever the votes', () => {
  assert.equal(tallyRound([A, A, A], false, null), { kind: 'verdict', verdict: 'wrong', found: null })
  assert.equal(tallyRound([null], true, null), { kind: 'verdict', verdict: 'wrong', found: null })
})

tally('where no next committee can be had, a majority decides that nobody opposed', () => {
  assert.is(verdict(tallyUnseated([A, A, null], A)), 'correct')
  assert.is(verdict(tallyUnseated([B, B, null], A)), 'wrong')
  assert.is(verdict(tallyUnseated([A, A, B], A)), 'no-verdict')
  assert.is(verdict(tallyUnseated([A, null, null], A)), 'no-verdict')
  assert.is(verdict(tallyUnseated([], A)), 'no-verdict')
})

tally('the order of seats does not matter to what is found', () => {
  const vote = fc.constantFrom<Vote>(A, B, C, UNVERIFIABLE, null)
  const votes = fc.array(vote, { minLength: 1, maxLength: 7 })
  fc.assert(
    fc.property(
      votes.chain(cast => fc.tuple(fc.constant(cast), fc.shuffledSubarray(cast, { minLength: cast.length }))),
      ([cast, shuffled]) => {
        for (const isLast of [true, false]) assert.equal(tallyRound(shuffled, isLast, A), tallyRound(cast, isLast, A))
        assert.equal(tallyUnseated(shuffled, A), tallyUnseated(cast, A))
      }
    ),
    { seed }
  )
})

tally('a seat earns its fee by the verdict, or by voting where there is none', () => {
  assert.ok(isCoherent(A, A))
  assert.not.ok(isCoherent(B, A))
  assert.not.ok(isCoherent(null, A))
  assert.ok(isCoherent(B, null))
  assert.not.ok(isCoherent(null, null))
})

tally.run()
