// EIP-712 digests: equal to ethers' on any deal, and to the vectors that the contracts read.
import { TypedDataEncoder } from 'ethers'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { toHex } from '../../../protocols/core/bytes.ts'
import type { Deal, DealDomain } from '../../../protocols/deal/deal.ts'
import {
  acceptDigest,
  ballotDigest,
  cancelDigest,
  DOMAIN,
  dealId,
  domainSeparator,
  TYPES
} from '../../../protocols/deal/typed-data.ts'
import { testSeed } from '../../support.ts'
import { account, bytes32, deal } from '../arbitrary.ts'
import { DECIMAL, DOMAIN as DOMAIN_SCHEMA, HEX, readVectors } from '../vectors.ts'

const seed = testSeed()
const domain: fc.Arbitrary<DealDomain> = fc.record({
  chainId: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
  market: account
})
const ethersDomain = ({ chainId, market }: DealDomain) => ({ ...DOMAIN, chainId, verifyingContract: market })
const typesOf = (name: keyof typeof TYPES) => ({ [name]: TYPES[name].map(field => ({ ...field })) })

const random = suite('against ethers')

random('the id of any deal', () => {
  fc.assert(
    fc.property(domain, deal, (d, terms) => {
      assert.is(dealId(d, terms), TypedDataEncoder.hash(ethersDomain(d), typesOf('Deal'), terms))
      assert.is(toHex(domainSeparator(d)), TypedDataEncoder.hashDomain(ethersDomain(d)))
    }),
    { seed, numRuns: 100 }
  )
})

random('an acceptance, a cancellation and a ballot', () => {
  fc.assert(
    fc.property(domain, bytes32, bytes32, fc.nat(255), (d, id, result, round) => {
      const hash = (name: keyof typeof TYPES, value: Record<string, unknown>) =>
        TypedDataEncoder.hash(ethersDomain(d), typesOf(name), value)
      assert.is(acceptDigest(d, id, result), hash('Accept', { deal: id, result }))
      assert.is(cancelDigest(d, id), hash('Cancel', { deal: id }))
      const court = { chainId: d.chainId, court: d.market }
      assert.is(ballotDigest(court, id, round, result), hash('Vote', { deal: id, round, commitment: result }))
    }),
    { seed, numRuns: 50 }
  )
})

random('every field of a deal is in its id', () => {
  const [d] = fc.sample(domain, { seed, numRuns: 1 })
  const [a, b] = fc.sample(deal, { seed, numRuns: 2 })
  if (d === undefined || a === undefined || b === undefined) throw new Error('no sample')
  const names = Object.keys(a).filter((name): name is keyof Deal => name in b)
  assert.equal(names.sort(), TYPES.Deal.map(({ name }) => name).sort())
  for (const name of names) {
    if (a[name] === b[name]) continue
    assert.is.not(dealId(d, { ...a, [name]: b[name] }), dealId(d, a), name)
  }
})

random.run()

// ---

const shared = suite('shared vectors')

const uint = v.pipe(DECIMAL, v.transform(Number))
/** One vector has every field at its greatest; a block number of 2^64 - 1 is beyond what a Deal holds, and no chain's. */
const block = v.pipe(
  DECIMAL,
  v.transform(n => (n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : undefined))
)
const TERMS = v.object({
  creator: HEX,
  provider: HEX,
  token: HEX,
  price: DECIMAL,
  unitPrice: DECIMAL,
  collateral: DECIMAL,
  seatFee: DECIMAL,
  jobs: uint,
  runTime: uint,
  window: uint,
  seats: uint,
  rounds: uint,
  auditBps: uint,
  jobOffer: HEX,
  resourceOffer: HEX,
  spec: HEX,
  module: HEX,
  validUntil: block,
  nonce: DECIMAL
})
const CASE = v.object({ deal: TERMS, id: HEX, result: HEX, acceptance: HEX, cancellation: HEX })

shared('deal.json', () => {
  const file = readVectors(
    'deal',
    v.object({ domain: DOMAIN_SCHEMA, domainSeparator: HEX, cases: v.pipe(v.array(CASE), v.minLength(3)) })
  )
  const d = { chainId: file.domain.chainId, market: file.domain.verifyingContract }
  assert.is(toHex(domainSeparator(d)), file.domainSeparator)
  assert.ok(file.cases.filter(one => one.deal.validUntil !== undefined).length >= 2)
  for (const {
    deal: { validUntil, ...terms },
    id,
    result,
    acceptance,
    cancellation
  } of file.cases) {
    if (validUntil !== undefined) assert.is(dealId(d, { ...terms, validUntil }), id)
    assert.is(acceptDigest(d, id, result), acceptance)
    assert.is(cancelDigest(d, id), cancellation)
  }
})

shared.run()
