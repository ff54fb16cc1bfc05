/**
 * The deal: what creator and provider agree on, as one struct that the creator signs and the provider commits on chain.
 * Its EIP-712 digest is its id and can never be used twice (protocol.md section 4). Mirrors `Deal` of IMarket.sol.
 */
import type { Address } from '../core/account.ts'
import type { Bytes32 } from '../core/bytes.ts'
import { address, hex, integer, struct, uint } from '../core/codec.ts'
import { MAX_ROUNDS, MAX_RUN_TIME_SEC, MAX_SEATS } from '../params.ts'

/** The deal's fields in the order of the Solidity struct: money in wei, times in seconds, `validUntil` a block number. */
export const DEAL = struct({
  creator: address(),
  provider: address(),
  /** The zero account is the chain's own coin. */
  token: address(),
  /** Most that one job costs. */
  price: uint(96),
  /** Wei per million gas units used; 0 is a flat price, the greatest a flat one for what is accepted or upheld. */
  unitPrice: uint(96),
  collateral: uint(96),
  seatFee: uint(96),
  jobs: integer(1, 0xffffffff),
  runTime: integer(1, MAX_RUN_TIME_SEC),
  window: integer(1, MAX_RUN_TIME_SEC),
  seats: integer(1, MAX_SEATS),
  rounds: integer(1, MAX_ROUNDS),
  auditBps: integer(0, 10_000),
  jobOffer: hex(32),
  resourceOffer: hex(32),
  spec: hex(32),
  module: hex(32),
  validUntil: integer(0, Number.MAX_SAFE_INTEGER),
  nonce: uint(256)
})

/** @see DEAL */
export type Deal = ReturnType<(typeof DEAL)['fromCbor']>

/** A deal's id: its EIP-712 digest. */
export type DealId = Bytes32

/** The EIP-712 domain of a market. */
export interface DealDomain {
  readonly chainId: bigint
  readonly market: Address
}
