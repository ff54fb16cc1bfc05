/** Reads of the contracts: deals, disputes, money and mediators' stake, in the types of the protocols. */
import { DealStatus, Payee, Phase, Verdict } from '../../contracts/generated/index.ts'
import { type Dispute, PHASES, VERDICTS } from '../../protocols/committee/dispute.ts'
import { type Address, ZERO_ADDRESS } from '../../protocols/core/account.ts'
import { type Bytes32, type Hex, toHex, uintBytes, ZERO_BYTES32 } from '../../protocols/core/bytes.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import { DEAL_STATUSES, type DealRecord } from '../../protocols/deal/state.ts'
import { type Result, UNVERIFIABLE } from '../../protocols/result/result.ts'
import type { AbortOptions, Balance, Payment } from '../market/ports.ts'
import type { Contracts } from './contracts.ts'
import { readLogs } from './logs.ts'
import { type Rpc, type RpcRequest, unwrap } from './rpc.ts'
import { type Log, parseBigQuantity, parseHex } from './wire.ts'

/** Rounds that a dispute may have; their committees are read together with it. */
const MAX_ROUNDS = 3

/** What the views read from. */
export interface ViewsInit {
  readonly rpc: Rpc
  readonly contracts: Contracts
  /** The block that reads are as of, as JSON-RPC names it. */
  readonly blockTag: () => string
}

/** The readable side of the chain port. */
export class Views {
  readonly #rpc: Rpc
  readonly #contracts: Contracts
  readonly #blockTag: () => string
  #slotStakeWei: bigint | undefined

  constructor(init: ViewsInit) {
    this.#rpc = init.rpc
    this.#contracts = init.contracts
    this.#blockTag = init.blockTag
  }

  /** Money of an account, in wei. */
  async balance(account: Address, options: AbortOptions = {}): Promise<Balance> {
    const { market } = this.#contracts
    const [coin, free] = await this.#rpc.batch(
      [
        { method: 'eth_getBalance', params: [account, this.#blockTag()] },
        this.#call(market.address, market.encode('balanceOf', ZERO_ADDRESS, account))
      ],
      options
    )
    return {
      coinWei: parseBigQuantity(unwrap(coin)),
      freeWei: market.decode('balanceOf', parseHex(unwrap(free)))
    }
  }

  /** Where a deal stands. */
  async deal(id: DealId, options: AbortOptions = {}): Promise<DealRecord> {
    const { market } = this.#contracts
    const [state] = await this.#read([this.#call(market.address, market.encode('stateOf', id))], options)
    const [code, atSec, commitment] = market.decode('stateOf', parseHex(state))
    const status = DEAL_STATUSES[code] ?? unknownCode('deal status', code, DealStatus)
    if (status === 'none') return { status }
    return status === 'submitted' || status === 'disputed' ? { status, atSec, commitment } : { status, atSec }
  }

  /** Where a dispute stands. */
  async dispute(id: DealId, options: AbortOptions = {}): Promise<Dispute> {
    const { court } = this.#contracts
    const rounds = Array.from({ length: MAX_ROUNDS }, (_, round) => court.encode('committeeOf', id, round))
    const calls = [court.encode('disputeOf', id), ...rounds].map(data => this.#call(court.address, data))
    const [view, ...committees] = await this.#read(calls, options)
    const seen = court.decode('disputeOf', parseHex(view))
    const phase = PHASES[seen.phase] ?? unknownCode('phase', seen.phase, Phase)
    const seats = (bitmap: number) => Array.from({ length: seen.seats }, (_, seat) => ((bitmap >> seat) & 1) === 1)
    return {
      phase,
      verdict: VERDICTS[seen.verdict] ?? unknownCode('verdict', seen.verdict, Verdict),
      pending: phase === 'appeal' ? await this.#pending(id, seen, options) : 'none',
      round: seen.round,
      members: court.decode('committeeOf', parseHex(committees[seen.round])),
      committed: seats(seen.committed),
      revealed: seats(seen.revealed),
      isOpened: seen.isOpened,
      seedRound: seen.seedRound,
      tries: seen.tries,
      commitEndSec: seen.commitEnd,
      revealEndSec: seen.revealEnd,
      appealEndSec: seen.appealEnd,
      digest: seen.digest
    }
  }

  /** The verdict that waits for an appeal: of unanimous votes any one tells what was found. */
  async #pending(
    id: DealId,
    { round, digest }: { readonly round: number; readonly digest: Bytes32 },
    options: AbortOptions
  ): Promise<(typeof VERDICTS)[number]> {
    const { court } = this.#contracts
    const [vote] = await this.#read([this.#call(court.address, court.encode('voteOf', id, round, 0))], options)
    const found = court.decode('voteOf', parseHex(vote))
    if (found === UNVERIFIABLE) return 'unverifiable'
    return found === digest ? 'correct' : 'wrong'
  }

  /** The result that a dispute has opened: what the provider had committed to. */
  async openedResult(id: DealId, options: AbortOptions = {}): Promise<Result | undefined> {
    const { court } = this.#contracts
    const logs = await this.#logs(court.address, [court.topicOf('ResultOpened'), id], options)
    const event = logs.map(log => court.eventOf(log)).at(-1)
    return event?.name === 'ResultOpened' ? event.args.result : undefined
  }

  /** Every payment that a deal made, in chain order. */
  async payments(id: DealId, options: AbortOptions = {}): Promise<readonly Payment[]> {
    const { market } = this.#contracts
    const logs = await this.#logs(market.address, [market.topicOf('Paid'), id], options)
    return logs.flatMap(log => {
      const event = market.eventOf(log)
      if (event?.name !== 'Paid') return []
      const { account, payee, amount } = event.args
      const reason = (Payee[payee] ?? unknownCode('payee', payee, Payee)).toLowerCase()
      return [{ account, reason, amountWei: amount, block: log.blockNumber }]
    })
  }

  /** How a deal ended: the digest of its result, and what was credited to its creator, as the challenger too. */
  async outcome(
    id: DealId,
    creator: Address,
    options: AbortOptions = {}
  ): Promise<{ readonly digest: Bytes32; readonly toCreatorWei: bigint }> {
    const { market } = this.#contracts
    const paid = (await this.payments(id, options)).filter(
      ({ account, reason }) => account === creator && (reason === 'creator' || reason === 'challenger')
    )
    const toCreatorWei = paid.reduce((sum, { amountWei }) => sum + amountWei, 0n)
    for (const name of ['Settled', 'Slashed'] as const) {
      const [log] = await this.#logs(market.address, [market.topicOf(name), id], options)
      const event = log === undefined ? undefined : market.eventOf(log)
      if (event?.name === 'Settled' || event?.name === 'Slashed') return { digest: event.args.digest, toCreatorWei }
    }
    return { digest: ZERO_BYTES32, toCreatorWei }
  }

  /** Seats that the account's active slots may be drawn for. */
  async mediatorSlots(account: Address, options: AbortOptions = {}): Promise<number> {
    const { court } = this.#contracts
    const owner = toHex(uintBytes(BigInt(account), 32))
    const joins = await this.#logs(court.address, [court.topicOf('Joined'), owner], options)
    const slots = new Set(
      joins.flatMap(log => {
        const event = court.eventOf(log)
        return event?.name === 'Joined' ? event.args.slots : []
      })
    )
    const calls = [...slots].map(slot => this.#call(court.address, court.encode('slotOf', slot)))
    // A slot that was left and claimed may be another's by now.
    const owned = (await this.#read(calls, options)).map(answer => court.decode('slotOf', parseHex(answer)))
    return owned.filter(slot => slot.owner === account && slot.exitAt === 0).length
  }

  /** Stake of one mediator slot, in wei; a deployment never changes it. */
  async slotStakeWei(options: AbortOptions = {}): Promise<bigint> {
    if (this.#slotStakeWei !== undefined) return this.#slotStakeWei
    const { court } = this.#contracts
    const [params] = await this.#read([this.#call(court.address, court.encode('params'))], options)
    this.#slotStakeWei = court.decode('params', parseHex(params)).unitWei
    return this.#slotStakeWei
  }

  /** Whether the seed of a beacon round is known on chain. */
  async isBeaconReady(round: bigint, options: AbortOptions = {}): Promise<boolean> {
    const { beacon } = this.#contracts
    const [seed] = await this.#read([this.#call(beacon.address, beacon.encode('seedOf', round))], options)
    return BigInt(beacon.decode('seedOf', parseHex(seed))) !== 0n
  }

  /** When a beacon round may be given up, in chain seconds; Infinity while there is no reason to. */
  async beaconLateAtSec(round: bigint, options: AbortOptions = {}): Promise<number> {
    const { beacon } = this.#contracts
    const [time] = await this.#read([this.#call(beacon.address, beacon.encode('lateAt', round))], options)
    const lateAtSec = beacon.decode('lateAt', parseHex(time))
    return lateAtSec > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(lateAtSec)
  }

  #call(to: Address, data: Hex): RpcRequest {
    return { method: 'eth_call', params: [{ to, data }, this.#blockTag()] }
  }

  async #read(requests: readonly RpcRequest[], options: AbortOptions): Promise<readonly unknown[]> {
    return (await this.#rpc.batch(requests, options)).map(unwrap)
  }

  async #logs(address: Address, topics: readonly Bytes32[], options: AbortOptions): Promise<readonly Log[]> {
    const { fromBlock } = this.#contracts.deployment
    return await readLogs(this.#rpc, { address, topics }, fromBlock, this.#blockTag(), options)
  }
}

function unknownCode(what: string, code: number, known: readonly string[]): never {
  throw new TypeError(`the contract gave ${what} ${code}, the last known is ${known.length - 1}`)
}
