// Results: their digest and commitment as Solidity's abi.encode gives them.
import { AbiCoder, id, keccak256 } from 'ethers'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { RESULT, resultCommitment, resultDigest, UNVERIFIABLE } from '../../../protocols/result/result.ts'
import { isComparable, LOCAL_STATUSES } from '../../../protocols/run/status.ts'
import { testSeed } from '../../support.ts'
import { account, bytes32 } from '../arbitrary.ts'
import { DECIMAL, HEX, readVectors } from '../vectors.ts'

const seed = testSeed()
const abi = AbiCoder.defaultAbiCoder()
const encodeHash = (types: string[], values: unknown[]) => keccak256(abi.encode(types, values))

const result = fc.record({
  root: bytes32,
  status: fc.nat(4),
  used: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
})

const random = suite('against ethers')

random('digest and commitment of any result', () => {
  fc.assert(
    fc.property(result, bytes32, account, (r, salt, provider) => {
      const digest = encodeHash(['bytes32', 'uint8', 'uint64'], [r.root, r.status, r.used])
      assert.is(resultDigest(r), digest)
      const commitment = encodeHash(['bytes32', 'bytes32', 'address'], [digest, salt, provider])
      assert.is(resultCommitment(r, salt, provider), commitment)
      assert.equal(RESULT.fromCbor(RESULT.toCbor(r, 'r'), 'r'), { ...r })
    }),
    { seed, numRuns: 100 }
  )
})

random('the vote that nothing can be said is the hash of its name', () => {
  assert.is(UNVERIFIABLE, id('lilynode.unverifiable'))
})

random.run()

// ---

const shared = suite('shared vectors')

shared('result.json', () => {
  const one = v.object({
    root: HEX,
    status: v.number(),
    used: DECIMAL,
    digest: HEX,
    salt: HEX,
    provider: HEX,
    commitment: HEX
  })
  const { cases } = readVectors('result', v.object({ cases: v.pipe(v.array(one), v.minLength(3)) }))
  for (const { salt, provider, digest, commitment, ...r } of cases) {
    assert.is(resultDigest(r), digest)
    assert.is(resultCommitment(r, salt, provider), commitment)
  }
})

shared.run()

// ---

const statuses = suite('statuses')

statuses('what depends on the machine is never compared', () => {
  for (const status of LOCAL_STATUSES) assert.not.ok(isComparable(status))
  assert.ok(isComparable('exited'))
})

statuses.run()
