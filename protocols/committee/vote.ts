/** A mediator's vote, hidden until all have voted: a copied commitment cannot be opened by the copier (contracts.md D). */
import type { Address } from '../core/account.ts'
import { type Bytes32, concat, fromHex, toHex, uintBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/hash.ts'
import type { DealId } from '../deal/deal.ts'

/** What makes one vote differ from every other. */
export interface VoteContext {
  readonly chainId: bigint
  readonly court: Address
  readonly deal: DealId
  readonly round: number
  readonly member: Address
}

/** keccak256(abi.encode(chainId, court, dealId, round, member, resultDigest, salt)). */
export function voteHash(context: VoteContext, digest: Bytes32, salt: Bytes32): Bytes32 {
  const words = [
    context.chainId,
    BigInt(context.court),
    BigInt(context.deal),
    BigInt(context.round),
    BigInt(context.member)
  ]
  return toHex(keccak256(concat(...words.map(word => uintBytes(word, 32)), fromHex(digest), fromHex(salt))))
}
