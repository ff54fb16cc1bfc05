/** EIP-712 of what the chain checks: the deal, its acceptance and cancellation, a mediator's ballot. Hashed here and nowhere else. */
import type { Address } from '../core/account.ts'
import { type Bytes32, concat, fromHex, toHex, uintBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/hash.ts'
import { utf8 } from '../core/utf8.ts'
import type { Deal, DealDomain, DealId } from './deal.ts'

/** The typed structs, in the form that wallets take (`eth_signTypedData_v4`). */
export const TYPES = {
  Deal: [
    { name: 'creator', type: 'address' },
    { name: 'provider', type: 'address' },
    { name: 'token', type: 'address' },
    { name: 'price', type: 'uint96' },
    { name: 'unitPrice', type: 'uint96' },
    { name: 'collateral', type: 'uint96' },
    { name: 'seatFee', type: 'uint96' },
    { name: 'jobs', type: 'uint32' },
    { name: 'runTime', type: 'uint32' },
    { name: 'window', type: 'uint32' },
    { name: 'seats', type: 'uint8' },
    { name: 'rounds', type: 'uint8' },
    { name: 'auditBps', type: 'uint16' },
    { name: 'jobOffer', type: 'bytes32' },
    { name: 'resourceOffer', type: 'bytes32' },
    { name: 'spec', type: 'bytes32' },
    { name: 'module', type: 'bytes32' },
    { name: 'validUntil', type: 'uint64' },
    { name: 'nonce', type: 'uint256' }
  ],
  Accept: [
    { name: 'deal', type: 'bytes32' },
    { name: 'result', type: 'bytes32' }
  ],
  Cancel: [{ name: 'deal', type: 'bytes32' }],
  Vote: [
    { name: 'deal', type: 'bytes32' },
    { name: 'round', type: 'uint8' },
    { name: 'commitment', type: 'bytes32' }
  ]
} as const

/** The name and version of the domain. */
export const DOMAIN = { name: 'lilynode', version: '1' } as const

const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'

/** The type's string, as EIP-712's encodeType gives it. */
function encodeType(type: keyof typeof TYPES): string {
  return `${type}(${TYPES[type].map(field => `${field.type} ${field.name}`).join(',')})`
}

const hashText = (text: string) => keccak256(utf8(text))
const word = (value: string | bigint | number) => uintBytes(BigInt(value), 32)

const TYPE_HASH = {
  Deal: hashText(encodeType('Deal')),
  Accept: hashText(encodeType('Accept')),
  Cancel: hashText(encodeType('Cancel')),
  Vote: hashText(encodeType('Vote'))
}
const PREFIX = fromHex('0x1901')
const DOMAIN_PREFIX = concat(hashText(DOMAIN_TYPE), hashText(DOMAIN.name), hashText(DOMAIN.version))

/** The domain separator of a market. */
export function domainSeparator(domain: DealDomain): Uint8Array {
  return separator(domain.chainId, domain.market)
}

function separator(chainId: bigint, verifier: Address): Uint8Array {
  return keccak256(concat(DOMAIN_PREFIX, word(chainId), word(verifier)))
}

function digest(domain: Uint8Array, structHash: Uint8Array): Bytes32 {
  return toHex(keccak256(concat(PREFIX, domain, structHash)))
}

/** The deal's id, which is also what the creator signs. */
export function dealId(domain: DealDomain, deal: Deal): DealId {
  const words = TYPES.Deal.map(({ name }) => word(deal[name]))
  return digest(domainSeparator(domain), keccak256(concat(TYPE_HASH.Deal, ...words)))
}

/** What a creator signs to accept a result. */
export function acceptDigest(domain: DealDomain, deal: DealId, result: Bytes32): Bytes32 {
  return digest(domainSeparator(domain), keccak256(concat(TYPE_HASH.Accept, word(deal), word(result))))
}

/** What both parties sign to cancel. */
export function cancelDigest(domain: DealDomain, deal: DealId): Bytes32 {
  return digest(domainSeparator(domain), keccak256(concat(TYPE_HASH.Cancel, word(deal))))
}

/** What a mediator signs to have its hidden vote relayed; its domain is the Court's. */
export function ballotDigest(
  domain: { readonly chainId: bigint; readonly court: Address },
  deal: DealId,
  round: number,
  commitment: Bytes32
): Bytes32 {
  const structHash = keccak256(concat(TYPE_HASH.Vote, word(deal), word(round), word(commitment)))
  return digest(separator(domain.chainId, domain.court), structHash)
}
