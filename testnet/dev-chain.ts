/**
 * The testnet's chain from above: reads that scenarios compare to the wei, and what only a development chain grants,
 * coins out of nothing and time that flies.
 */
import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import { Contracts } from '../node/chain/contracts.ts'
import { chainEvents } from '../node/chain/events.ts'
import { readLogs } from '../node/chain/logs.ts'
import { Rpc } from '../node/chain/rpc.ts'
import { Views } from '../node/chain/views.ts'
import { type Log, parseHeader, parseHex, toQuantity } from '../node/chain/wire.ts'
import type { NetworkProfile } from '../node/host/profile.ts'
import type { AbortOptions, Balance, Clock, Payment } from '../node/market/ports.ts'
import type { Dispute } from '../protocols/committee/dispute.ts'
import type { Address } from '../protocols/core/account.ts'
import type { Bytes32 } from '../protocols/core/bytes.ts'
import type { Deal, DealId } from '../protocols/deal/deal.ts'
import type { DealRecord } from '../protocols/deal/state.ts'

const CLOCK: Clock = {
  nowMs: () => performance.now(),
  sleep: async (ms, options) => {
    await delay(ms, undefined, options)
  }
}

/** What is read of the receipts of a block. */
const RECEIPTS = v.array(v.object({ to: v.nullable(v.string()), status: v.string(), transactionHash: v.string() }))

/** What is read of a transaction. */
const CALL = v.object({ from: v.string(), input: v.string() })

/** A deal on chain. */
export interface Commit {
  readonly id: DealId
  readonly deal: Deal
  readonly block: number
}

/** A transaction that was mined and did nothing. */
export interface FailedCall {
  readonly block: number
  /** The function that was called. */
  readonly name: string
  readonly from: Address
}

/** A development chain before there is anything on it. */
export class DevChain {
  protected readonly rpc: Rpc

  constructor(rpcUrl: string) {
    this.rpc = new Rpc({ urls: [rpcUrl], clock: CLOCK })
  }

  /** Sets the coins of an account, in wei. */
  async giveCoins(account: string, amountWei: bigint, options: AbortOptions = {}): Promise<void> {
    await this.rpc.call('anvil_setBalance', [account, `0x${amountWei.toString(16)}`], options)
  }

  /** Moves the chain's clock on by some seconds and mines a block that has the new time. */
  async passTime(seconds: number, options: AbortOptions = {}): Promise<void> {
    await this.rpc.call('evm_increaseTime', [seconds], options)
    await this.rpc.call('evm_mine', [], options)
  }

  /** Moves the chain's clock beyond a moment, in chain seconds, unless it is over already. */
  async passBeyond(timeSec: number, options: AbortOptions = {}): Promise<void> {
    const nowSec = await this.nowSec(options)
    if (nowSec <= timeSec) await this.passTime(timeSec + 1 - nowSec, options)
  }

  /** The chain's clock: the time of its newest block, in seconds. */
  async nowSec(options: AbortOptions = {}): Promise<number> {
    const head = parseHeader(await this.rpc.call('eth_getBlockByNumber', ['latest', false], options))
    if (head === undefined) throw new TypeError('the chain has no block')
    return head.timestampSec
  }

  /** Number of the newest block. */
  async blockNumber(options: AbortOptions = {}): Promise<number> {
    return Number(await this.rpc.call('eth_blockNumber', [], options))
  }
}

/** A development chain with a deployment of the contracts. */
export class MarketChain extends DevChain {
  readonly #contracts: Contracts
  readonly #views: Views

  constructor(rpcUrl: string, profile: Pick<NetworkProfile, 'chainId' | 'contracts'>) {
    super(rpcUrl)
    this.#contracts = new Contracts({ chainId: profile.chainId, ...profile.contracts })
    this.#views = new Views({ rpc: this.rpc, contracts: this.#contracts, blockTag: () => 'latest' })
  }

  /** Money of an account. */
  balance(account: Address, options: AbortOptions = {}): Promise<Balance> {
    return this.#views.balance(account, options)
  }

  /** What accounts deposited (and, negative, withdrew) in some blocks, both ends included. */
  async movedWei(from: number, to: number, options: AbortOptions = {}): Promise<ReadonlyMap<Address, bigint>> {
    const { market } = this.#contracts
    const topics = [[market.topicOf('Deposited'), market.topicOf('Withdrawn')]]
    const moved = new Map<Address, bigint>()
    for (const log of await readLogs(this.rpc, { address: market.address, topics }, from, to, options)) {
      const event = market.eventOf(log)
      if (event?.name !== 'Deposited' && event?.name !== 'Withdrawn') continue
      const { account, amount } = event.args
      const sign = event.name === 'Deposited' ? 1n : -1n
      moved.set(account, (moved.get(account) ?? 0n) + sign * amount)
    }
    return moved
  }

  /** Where a deal stands. */
  record(id: DealId, options: AbortOptions = {}): Promise<DealRecord> {
    return this.#views.deal(id, options)
  }

  /** Where a dispute stands. */
  dispute(id: DealId, options: AbortOptions = {}): Promise<Dispute> {
    return this.#views.dispute(id, options)
  }

  /** Every credit that a deal made. */
  payments(id: DealId, options: AbortOptions = {}): Promise<readonly Payment[]> {
    return this.#views.payments(id, options)
  }

  /** The terms of a deal, as it was committed. @throws TypeError when it never was */
  async deal(id: DealId, options: AbortOptions = {}): Promise<Deal> {
    const logs = await this.#marketLogs([this.#contracts.market.topicOf('Committed'), id], options)
    const [event] = chainEvents(this.#contracts, logs)
    if (event?.type !== 'deal:committed') throw new TypeError(`deal ${id} was never committed`)
    return event.deal
  }

  /** Every deal that was committed since a block, with the block that has it, in the chain's order. */
  async commits(fromBlock: number, options: AbortOptions = {}): Promise<readonly Commit[]> {
    const { market } = this.#contracts
    const query = { address: market.address, topics: [market.topicOf('Committed')] }
    const logs = await readLogs(this.rpc, query, fromBlock, 'latest', options)
    return logs.flatMap(log => {
      const [event] = chainEvents(this.#contracts, [log])
      return event?.type === 'deal:committed' ? [{ id: event.id, deal: event.deal, block: log.blockNumber }] : []
    })
  }

  /** The calls of the Market that were mined since a block and failed. */
  async failedCalls(fromBlock: number, options: AbortOptions = {}): Promise<readonly FailedCall[]> {
    const { market } = this.#contracts
    const last = await this.blockNumber(options)
    const calls: FailedCall[] = []
    for (let block = fromBlock; block <= last; block++) {
      const receipts = v.parse(RECEIPTS, await this.rpc.call('eth_getBlockReceipts', [toQuantity(block)], options))
      const failed = receipts.filter(({ to, status }) => to?.toLowerCase() === market.address && status === '0x0')
      for (const { transactionHash } of failed) {
        const call = v.parse(CALL, await this.rpc.call('eth_getTransactionByHash', [transactionHash], options))
        calls.push({ block, name: market.functionOf(parseHex(call.input)) ?? 'unknown', from: parseHex(call.from) })
      }
    }
    return calls
  }

  /** Ids of all deals of a creator, oldest first: a job that was paid for twice has two. */
  async dealsOf(creator: Address, options: AbortOptions = {}): Promise<readonly DealId[]> {
    const commits = await this.commits(this.#contracts.deployment.fromBlock, options)
    return commits.flatMap(({ id, deal }) => (deal.creator === creator ? [id] : []))
  }

  /** Mediator slots that were ever taken. */
  async slotCount(options: AbortOptions = {}): Promise<number> {
    const { court } = this.#contracts
    return Number(court.decode('slotCount', await this.#call(court.address, court.encode('slotCount'), options)))
  }

  /** Quarters of their stake that an owner's slots have lost. */
  async strikesOf(owner: Address, options: AbortOptions = {}): Promise<number> {
    const { court } = this.#contracts
    let strikes = 0
    for (let slot = 0; slot < (await this.slotCount(options)); slot++) {
      const found = court.decode('slotOf', await this.#call(court.address, court.encode('slotOf', slot), options))
      if (found.owner === owner) strikes += found.strikes
    }
    return strikes
  }

  /** What the deployment takes of earnings, and who gets it. */
  async fees(options: AbortOptions = {}): Promise<{ readonly pool: Address; readonly feeBps: number }> {
    const { market } = this.#contracts
    const { pool, feeBps } = market.decode('params', await this.#call(market.address, market.encode('params'), options))
    return { pool: parseHex(pool), feeBps }
  }

  async #call(to: Address, data: string, options: AbortOptions) {
    return parseHex(await this.rpc.call('eth_call', [{ to, data }, 'latest'], options))
  }

  #marketLogs(topics: readonly Bytes32[], options: AbortOptions): Promise<readonly Log[]> {
    const { market, deployment } = this.#contracts
    return readLogs(this.rpc, { address: market.address, topics }, deployment.fromBlock, 'latest', options)
  }
}
