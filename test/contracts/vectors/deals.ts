// Vectors of a deal's typed data and of the digests around it, made by ethers alone.
import { AbiCoder, keccak256, TypedDataEncoder } from 'ethers'
import { address, bytes32, decimal, number } from './seeded.ts'

const DEAL_FIELDS: readonly (readonly [name: string, type: string])[] = [
  ['creator', 'address'],
  ['provider', 'address'],
  ['token', 'address'],
  ['price', 'uint96'],
  ['unitPrice', 'uint96'],
  ['collateral', 'uint96'],
  ['seatFee', 'uint96'],
  ['jobs', 'uint32'],
  ['runTime', 'uint32'],
  ['window', 'uint32'],
  ['seats', 'uint8'],
  ['rounds', 'uint8'],
  ['auditBps', 'uint16'],
  ['jobOffer', 'bytes32'],
  ['resourceOffer', 'bytes32'],
  ['spec', 'bytes32'],
  ['module', 'bytes32'],
  ['validUntil', 'uint64'],
  ['nonce', 'uint256']
]
const DEAL_TYPE = { Deal: DEAL_FIELDS.map(([name, type]) => ({ name, type })) }
const ACCEPT_TYPE = {
  Accept: [
    { name: 'deal', type: 'bytes32' },
    { name: 'result', type: 'bytes32' }
  ]
}
const CANCEL_TYPE = { Cancel: [{ name: 'deal', type: 'bytes32' }] }
const VOTE_TYPE = {
  Vote: [
    { name: 'deal', type: 'bytes32' },
    { name: 'round', type: 'uint8' },
    { name: 'commitment', type: 'bytes32' }
  ]
}
const CHAIN_ID = 31_337
const MARKET = address('market')
const COURT = address('court')
const abi = AbiCoder.defaultAbiCoder()

const domainOf = (verifyingContract: string) => ({
  name: 'lilynode',
  version: '1',
  chainId: CHAIN_ID,
  verifyingContract
})

type Terms = Record<string, string>

/** Every field from its type: `limit` picks zero, something, or the greatest value. */
function terms(label: string, pick: (bits: number, field: string) => bigint): Terms {
  return Object.fromEntries(
    DEAL_FIELDS.map(([name, type]) => {
      if (type === 'address') return [name, address(`${label}.${name}`)]
      if (type === 'bytes32') return [name, bytes32(`${label}.${name}`)]
      return [name, decimal(pick(Number(type.slice('uint'.length)), `${label}.${name}`))]
    })
  )
}

function results() {
  const greatest = decimal(2n ** 64n - 1n)
  return [
    { root: bytes32('root.0'), status: 0, used: '0' },
    { root: bytes32('root.1'), status: 4, used: '2500000' },
    { root: bytes32('root.2'), status: 255, used: greatest }
  ].map((result, i) => {
    const digest = keccak256(abi.encode(['bytes32', 'uint8', 'uint64'], [result.root, result.status, result.used]))
    const [salt, provider] = [bytes32(`salt.${i}`), address(`provider.${i}`)]
    const commitment = keccak256(abi.encode(['bytes32', 'bytes32', 'address'], [digest, salt, provider]))
    return { ...result, digest, salt, provider, commitment }
  })
}

/** `deal.json`: ids, acceptances and cancellations of deals with ordinary, least and greatest fields. */
export function dealVectors() {
  const domain = domainOf(MARKET)
  const cases = [
    terms('ordinary', (bits, field) => number(field, 2n ** BigInt(Math.min(bits, 40)))),
    terms('least', () => 0n),
    terms('greatest', bits => 2n ** BigInt(bits) - 1n)
  ].map((deal, i) => {
    const id = TypedDataEncoder.hash(domain, DEAL_TYPE, deal)
    const result = bytes32(`accepted.${i}`)
    const acceptance = TypedDataEncoder.hash(domain, ACCEPT_TYPE, { deal: id, result })
    return { deal, id, result, acceptance, cancellation: TypedDataEncoder.hash(domain, CANCEL_TYPE, { deal: id }) }
  })
  return { domain, domainSeparator: TypedDataEncoder.hashDomain(domain), cases }
}

/** `result.json`: digests of results and their blinded commitments. */
export const resultVectors = () => ({ cases: results() })

/** `vote.json`: commitments of votes, and the typed data by which a member lets others send them. */
export function voteVectors() {
  const types = ['uint256', 'address', 'bytes32', 'uint8', 'address', 'bytes32', 'bytes32']
  const cases = [0, 1, 2].map(round => {
    const [deal, member] = [bytes32(`deal.${round}`), address(`member.${round}`)]
    const [digest, salt] = [bytes32(`digest.${round}`), bytes32(`vote.salt.${round}`)]
    const commitment = keccak256(abi.encode(types, [CHAIN_ID, COURT, deal, round, member, digest, salt]))
    const ballot = TypedDataEncoder.hash(domainOf(COURT), VOTE_TYPE, { deal, round, commitment })
    return { deal, round, member, digest, salt, commitment, ballot }
  })
  const unverifiable = keccak256(new TextEncoder().encode('lilynode.unverifiable'))
  return { domain: domainOf(COURT), domainSeparator: TypedDataEncoder.hashDomain(domainOf(COURT)), unverifiable, cases }
}
