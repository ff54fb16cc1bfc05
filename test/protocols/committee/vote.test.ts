// Votes: their hash as Solidity's abi.encode gives it, and the ballot that a mediator signs to have it relayed.
import { AbiCoder, keccak256 } from 'ethers'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { Phase, Verdict } from '../../../contracts/generated/enums.ts'
import { PHASES, VERDICTS } from '../../../protocols/committee/dispute.ts'
import { voteHash } from '../../../protocols/committee/vote.ts'
import { ballotDigest } from '../../../protocols/deal/typed-data.ts'
import { UNVERIFIABLE } from '../../../protocols/result/result.ts'
import { testSeed } from '../../support.ts'
import { account, bytes32 } from '../arbitrary.ts'
import { DOMAIN, HEX, readVectors } from '../vectors.ts'

const seed = testSeed()
const abi = AbiCoder.defaultAbiCoder()
const TYPES = ['uint256', 'address', 'bytes32', 'uint8', 'address', 'bytes32', 'bytes32']

const votes = suite('voteHash')

votes('is what ethers encodes, for any vote', () => {
  const context = fc.record({
    chainId: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
    court: account,
    deal: bytes32,
    round: fc.nat(2),
    member: account
  })
  fc.assert(
    fc.property(context, bytes32, bytes32, (c, digest, salt) => {
      const values = [c.chainId, c.court, c.deal, c.round, c.member, digest, salt]
      assert.is(voteHash(c, digest, salt), keccak256(abi.encode(TYPES, values)))
    }),
    { seed, numRuns: 100 }
  )
})

votes('agrees with the vectors of the contracts', () => {
  const one = v.object({
    deal: HEX,
    round: v.number(),
    member: HEX,
    digest: HEX,
    salt: HEX,
    commitment: HEX,
    ballot: HEX
  })
  const schema = v.object({ domain: DOMAIN, unverifiable: HEX, cases: v.pipe(v.array(one), v.minLength(3)) })
  const file = readVectors('vote', schema)
  const { chainId, verifyingContract: court } = file.domain
  assert.is(UNVERIFIABLE, file.unverifiable)
  for (const { deal, round, member, digest, salt, commitment, ballot } of file.cases) {
    assert.is(voteHash({ chainId, court, deal, round, member }, digest, salt), commitment)
    assert.is(ballotDigest({ chainId, court }, deal, round, commitment), ballot)
  }
})

votes.run()

// ---

const numbers = suite('numbers on chain')
const words = (names: readonly string[]) =>
  names.map(name => name.replace(/(?<=[a-z])[A-Z]/g, c => `-${c}`).toLowerCase())

numbers('phases and verdicts are in the order of the Court', () => {
  assert.equal(PHASES, words(Phase))
  assert.equal(VERDICTS, words(Verdict))
})

numbers.run()
