// A Chain in memory for tests of one service: blocks when the test says so, records as the test sets them, calls noted.
// What the contracts do is tested against the contracts (test/e2e, test/contracts), not here.

import type { ModuleDirectory, ModuleTerms } from '../../node/market/directory.ts'
import type {
  Balance,
  BlockRef,
  Chain,
  ChainCall,
  ChainEvent,
  ChainUpdate,
  Deployment,
  Mined
} from '../../node/market/ports.ts'
import type { Dispute } from '../../protocols/committee/dispute.ts'
import type { Address } from '../../protocols/core/account.ts'
import { type Bytes32, toHex, ZERO_BYTES32 } from '../../protocols/core/bytes.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { WEI_PER_COIN } from '../../protocols/core/units.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import type { DealRecord } from '../../protocols/deal/state.ts'
import type { Result } from '../../protocols/result/result.ts'

const at = (byte: string): Address => `0x${byte.repeat(20)}`

/** The deployment of every fake chain. */
export const DEPLOYMENT: Deployment = {
  chainId: 31337n,
  market: at('a1'),
  court: at('a2'),
  beacon: at('a3'),
  registry: at('a4'),
  jobs: at('a5'),
  fromBlock: 0
}

/** A dispute that has not begun; tests spread it. */
export const NO_DISPUTE: Dispute = {
  phase: 'none',
  verdict: 'none',
  pending: 'none',
  round: 0,
  members: [],
  committed: [],
  revealed: [],
  isOpened: false,
  seedRound: 0n,
  tries: 0,
  commitEndSec: 0,
  revealEndSec: 0,
  appealEndSec: 0,
  digest: ZERO_BYTES32
}

/** @see the head of this file */
export class FakeChain implements Chain {
  readonly account: Address
  readonly deployment = DEPLOYMENT
  readonly calls: ChainCall[] = []
  readonly records = new Map<DealId, DealRecord>()
  readonly disputes = new Map<DealId, Dispute>()
  readonly openedResults = new Map<DealId, Result>()
  readonly balances = new Map<Address, Balance>()
  /** What the registry knows, by digest. */
  readonly published = new Map<Bytes32, ModuleTerms>()
  readonly modules: ModuleDirectory = {
    find: async () => undefined,
    list: async () => [],
    termsOf: async module => this.published.get(module),
    attestations: async () => []
  }
  readonly outcomes = new Map<DealId, { readonly digest: Bytes32; readonly toCreatorWei: bigint }>()
  readonly readyRounds = new Set<bigint>()
  /** A beacon that proves nothing. */
  isBeaconDown = false
  seedLateAtSec = Number.POSITIVE_INFINITY
  /** What every call fails with. */
  refusal: Error | undefined
  readonly #updates: ChainUpdate[] = []
  readonly #listeners = new Set<(update: ChainUpdate) => void>()

  constructor(account: Address) {
    this.account = account
    this.mine()
  }

  head(): BlockRef {
    const last = this.#updates.at(-1)
    if (last === undefined) throw new TypeError('a chain has a first block')
    return last.block
  }

  /** Applies the next block. Its time is the number of seconds that blocks of one second would have. */
  mine(events: readonly ChainEvent[] = [], secondsLater = 1): BlockRef {
    const parent = this.#updates.at(-1)?.block ?? { number: 0, timestampSec: 1_000_000 }
    const number = parent.number + 1
    const block = { number, hash: hashOf(number), timestampSec: parent.timestampSec + secondsLater }
    this.#tell({ kind: 'apply', block, events })
    return block
  }

  /** Takes the newest block back. */
  revert(): void {
    const last = this.#updates.pop()
    if (last !== undefined) for (const listener of this.#listeners) listener({ ...last, kind: 'revert' })
  }

  follow(listener: (update: ChainUpdate) => void): () => void {
    for (const update of this.#updates) listener(update)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async balance(account: Address): Promise<Balance> {
    return this.balances.get(account) ?? { coinWei: WEI_PER_COIN, freeWei: WEI_PER_COIN }
  }

  async deal(id: DealId): Promise<DealRecord> {
    return this.records.get(id) ?? { status: 'none' }
  }

  async dispute(id: DealId): Promise<Dispute> {
    return this.disputes.get(id) ?? NO_DISPUTE
  }

  async openedResult(id: DealId) {
    return this.openedResults.get(id)
  }

  async payments() {
    return []
  }

  async outcome(id: DealId) {
    return this.outcomes.get(id) ?? { digest: ZERO_BYTES32, toCreatorWei: 0n }
  }

  async gasPriceWei(): Promise<bigint> {
    return 1n
  }

  async mediatorSlots(): Promise<number> {
    return 0
  }

  async slotStakeWei(): Promise<bigint> {
    return WEI_PER_COIN
  }

  async beaconProof(round: bigint) {
    return !this.isBeaconDown && this.head().number > Number(round) ? ('0x01' as const) : undefined
  }

  beaconAgeBlocks(round: bigint): number {
    return Math.max(0, this.head().number - Number(round))
  }

  async beaconLateAtSec(): Promise<number> {
    return this.seedLateAtSec
  }

  async isBeaconReady(round: bigint): Promise<boolean> {
    return this.readyRounds.has(round)
  }

  async send(call: ChainCall): Promise<Mined> {
    this.calls.push(call)
    if (this.refusal !== undefined) throw this.refusal
    return { hash: hashOf(this.calls.length), block: this.head().number, gasUsed: 21_000n }
  }

  /** Names of what was sent. */
  sent(): readonly string[] {
    return this.calls.map(({ name }) => name)
  }

  #tell(update: ChainUpdate): void {
    this.#updates.push(update)
    for (const listener of this.#listeners) listener(update)
  }
}

function hashOf(number: number): Bytes32 {
  return toHex(sha256(utf8(`block ${number}`)))
}
