/** What the chain says of this node's account and its transactions: every question that the queue asks, and no decision. */
import type { Address } from '../../protocols/core/account.ts'
import { type Bytes32, type Hex, toHex } from '../../protocols/core/bytes.ts'
import type { AbortOptions } from '../market/ports.ts'
import type { Action } from './calls.ts'
import type { Contracts } from './contracts.ts'
import { ChainError } from './errors.ts'
import { DEFAULT_TIP_WEI, type Fees, feesFor } from './fees.ts'
import { noFunds, type Refusal, refusalOf, simulationError } from './reverts.ts'
import { type Rpc, type RpcOptions, type RpcRequest, unwrap } from './rpc.ts'
import { keysOf, type TxRecord } from './tx-record.ts'
import {
  parseBigQuantity,
  parseFeeHistory,
  parseHeader,
  parseQuantity,
  parseReceipt,
  type Receipt,
  toQuantity
} from './wire.ts'

/** A transaction's gas limit over its estimate: the state may change before it is mined. */
const GAS_MARGIN_PERCENT = 130n

/** How long a transaction waits for a chain that is down before anything of it was sent, in ms. */
const PREPARE_PATIENCE_MS = 120_000

/** What a transaction will take. */
export interface Quote {
  readonly gas: bigint
  readonly fees: Fees
  /** How many transactions of the account are mined. */
  readonly mined: number
  /** The newest block. */
  readonly block: number
}

/** The fees of the moment. */
export interface FeeMarket {
  /** The newest block. */
  readonly block: number
  /** Of the next block. */
  readonly baseFeeWei: bigint
  readonly tipWei: bigint
}

/** Where the account's transactions stand. */
export interface Standing {
  /** How many of the account's transactions are mined. */
  readonly mined: number
  /** The newest block of the endpoint that answered. */
  readonly block: number
  /** Receipts by transaction hash. */
  readonly receipts: ReadonlyMap<Bytes32, Receipt>
}

/** One account on the chain. */
export class ChainAccount {
  readonly address: Address
  readonly #rpc: Rpc
  readonly #contracts: Contracts

  constructor(address: Address, rpc: Rpc, contracts: Contracts) {
    this.address = address
    this.#rpc = rpc
    this.#contracts = contracts
  }

  /** Hash of the chain's first block. */
  async genesis(options: AbortOptions): Promise<Bytes32> {
    const header = parseHeader(await this.#rpc.call('eth_getBlockByNumber', [toQuantity(0), false], options))
    if (header === undefined) throw new ChainError('CHAIN_RPC_ERROR', 'the endpoint has no block 0')
    return header.hash
  }

  /** How many transactions of the account are mined, and how many with those that pools know of. */
  async counts(options: AbortOptions): Promise<{ readonly mined: number; readonly pooled: number }> {
    const answers = await this.#rpc.batch([this.#count('latest'), this.#count('pending')], options)
    const [mined = 0, pooled = 0] = answers.map(answer => parseQuantity(unwrap(answer)))
    return { mined, pooled }
  }

  /**
   * Runs an action on the state that the next block will have, and says what it takes.
   *
   * @throws CHAIN_REVERTED, CHAIN_NO_FUNDS, CHAIN_UNREACHABLE
   */
  async quote(action: Action, options: AbortOptions): Promise<Quote> {
    const [estimate, balance, count, ...rest] = await this.#rpc.batch(
      [
        this.#estimate(action),
        { method: 'eth_getBalance', params: [this.address, 'latest'] },
        this.#count('latest'),
        ...FEE_REQUESTS
      ],
      { ...options, patienceMs: PREPARE_PATIENCE_MS }
    )
    if (estimate !== undefined && 'error' in estimate) throw simulationError(this.#contracts, estimate.error)
    const gas = (parseBigQuantity(unwrap(estimate)) * GAS_MARGIN_PERCENT) / 100n
    const { block, baseFeeWei, tipWei } = feeMarketOf(rest)
    const fees = feesFor(baseFeeWei, tipWei)
    const haveWei = parseBigQuantity(unwrap(balance))
    const needWei = action.valueWei + gas * fees.maxFeeWei
    if (haveWei < needWei) throw noFunds(this.address, haveWei, needWei)
    return { gas, fees, block, mined: parseQuantity(unwrap(count)) }
  }

  /** Runs each action on that state, as if none of the others were: why it would revert, or undefined. */
  async tryEach(actions: readonly Action[], options: AbortOptions): Promise<readonly (ChainError | undefined)[]> {
    const requests = actions.map(action => this.#estimate(action))
    const answers = await this.#rpc.batch(requests, { ...options, patienceMs: PREPARE_PATIENCE_MS })
    const faults = answers.map(answer =>
      'error' in answer ? simulationError(this.#contracts, answer.error) : undefined
    )
    return faults.map(fault => (fault?.code === 'CHAIN_REVERTED' ? fault : undefined))
  }

  /** The fees of the moment. */
  async feeMarket(options: AbortOptions): Promise<FeeMarket> {
    return feeMarketOf(await this.#rpc.batch(FEE_REQUESTS, options))
  }

  /** Gives a signed transaction to the chain; undefined when it was taken. @throws CHAIN_UNREACHABLE */
  async broadcast(raw: Uint8Array, options: RpcOptions): Promise<ChainError | undefined> {
    const [answer] = await this.#rpc.batch([{ method: 'eth_sendRawTransaction', params: [toHex(raw)] }], options)
    if (answer === undefined || !('error' in answer)) return undefined
    const harmless: readonly Refusal[] = ['known', 'nonce-used']
    // Whether a nonce was used by us or by another is for the receipts to tell.
    return harmless.includes(refusalOf(answer.error)) ? undefined : answer.error
  }

  /** Where some transactions stand. */
  async standing(hashes: readonly Bytes32[], options: AbortOptions): Promise<Standing> {
    const [count, block, ...answers] = await this.#rpc.batch(
      [
        this.#count('latest'),
        { method: 'eth_blockNumber', params: [] },
        ...hashes.map(hash => ({ method: 'eth_getTransactionReceipt', params: [hash] }))
      ],
      options
    )
    const receipts = answers.flatMap(answer => parseReceipt(unwrap(answer)) ?? [])
    return {
      mined: parseQuantity(unwrap(count)),
      block: parseQuantity(unwrap(block)),
      receipts: new Map(receipts.map(receipt => [receipt.transactionHash, receipt]))
    }
  }

  /** Why a mined transaction was reverted, as far as the state after it still shows it. */
  async postMortem(record: TxRecord, hash: Bytes32, options: AbortOptions): Promise<ChainError> {
    const data: Hex = toHex(record.data)
    const call = { from: this.address, to: record.to, data, value: toQuantity(record.valueWei) }
    const [answer] = await this.#rpc.batch([{ method: 'eth_call', params: [call, 'latest'] }], options)
    const cause = answer !== undefined && 'error' in answer ? simulationError(this.#contracts, answer.error) : undefined
    const shared = keysOf(record).length > 1 ? { isShared: true } : {}
    const details = { error: 'unknown', args: {}, ...cause?.details, transaction: hash, ...shared }
    return new ChainError('CHAIN_REVERTED', `the transaction was mined and reverted: ${details.error}`, {
      details,
      cause
    })
  }

  #estimate({ to, data, valueWei }: Action): RpcRequest {
    const call = { from: this.address, to, data, value: toQuantity(valueWei) }
    return { method: 'eth_estimateGas', params: [call, 'pending'] }
  }

  #count(tag: 'latest' | 'pending'): RpcRequest {
    return { method: 'eth_getTransactionCount', params: [this.address, tag] }
  }
}

const FEE_REQUESTS: readonly RpcRequest[] = [
  // The newest block, and what follows from it for the next.
  { method: 'eth_feeHistory', params: ['0x1', 'latest', []] },
  { method: 'eth_maxPriorityFeePerGas', params: [] }
]

function feeMarketOf([history, tip]: readonly Parameters<typeof unwrap>[0][]): FeeMarket {
  // Not every chain knows the method; all take the default.
  const tipWei = tip !== undefined && 'result' in tip ? parseBigQuantity(tip.result) : DEFAULT_TIP_WEI
  return { ...parseFeeHistory(unwrap(history)), tipWei }
}
