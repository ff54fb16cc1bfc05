/** A chain of nothing but blocks, one every so many milliseconds of the machine's clock: all processes see the same one. */
import type { Balance, BlockRef, Chain, ChainUpdate, Deployment, Startable } from '../../node/market/ports.ts'
import type { Address } from '../../protocols/core/account.ts'
import { type Bytes32, toHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { WEI_PER_COIN } from '../../protocols/core/units.ts'
import { utf8 } from '../../protocols/core/utf8.ts'

const at = (byte: string): Address => `0x${byte.repeat(20)}`

const DEPLOYMENT: Deployment = {
  chainId: 31_337n,
  market: at('b1'),
  court: at('b2'),
  beacon: at('b3'),
  registry: at('b4'),
  fromBlock: 0
}

/** Blocks that a listener is told of at first. */
const TOLD_BLOCKS = 8

/** A timer that came early waits so long again. */
const MIN_WAIT_MS = 10

/** @see the head of this file */
export class ClockChain implements Chain, Startable {
  readonly account: Address
  readonly deployment = DEPLOYMENT
  readonly modules: Chain['modules'] = {
    find: async () => undefined,
    list: async () => [],
    termsOf: async () => undefined,
    attestations: async () => []
  }
  readonly #startMs: number
  readonly #blockMs: number
  readonly #listeners = new Set<(update: ChainUpdate) => void>()
  #told = 0
  /** The newest block that was asked for. */
  #newest: BlockRef | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(account: Address, startMs: number, blockMs: number) {
    this.account = account
    this.#startMs = startMs
    this.#blockMs = blockMs
  }

  async start(): Promise<void> {
    this.#told = this.head().number
    this.#wait()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
  }

  head(): BlockRef {
    const number = Math.floor((Date.now() - this.#startMs) / this.#blockMs)
    if (this.#newest?.number !== number) this.#newest = this.#block(number)
    return this.#newest
  }

  follow(listener: (update: ChainUpdate) => void): () => void {
    for (let number = Math.max(0, this.#told - TOLD_BLOCKS); number <= this.#told; number++)
      this.#tell(listener, number)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async balance(): Promise<Balance> {
    return { coinWei: WEI_PER_COIN, freeWei: WEI_PER_COIN }
  }

  deal = refused
  dispute = refused
  openedResult = refused
  outcome = refused
  gasPriceWei = refused
  payments = refused
  mediatorSlots = refused
  slotStakeWei = refused
  beaconProof = refused
  isBeaconReady = refused
  beaconLateAtSec = refused
  send = refused
  beaconAgeBlocks(): number {
    return 0
  }

  /** Until the next block, which a timer may come a little early for. */
  #wait(): void {
    const waitMs = this.#startMs + (this.#told + 1) * this.#blockMs - Date.now()
    this.#timer = setTimeout(
      () => {
        this.#look()
        this.#wait()
      },
      Math.max(MIN_WAIT_MS, waitMs)
    )
  }

  #look(): void {
    const { number } = this.head()
    while (this.#told < number) {
      this.#told += 1
      for (const listener of this.#listeners) this.#tell(listener, this.#told)
    }
  }

  #tell(listener: (update: ChainUpdate) => void, number: number): void {
    listener({ kind: 'apply', block: this.#block(number), events: [] })
  }

  #block(number: number): BlockRef {
    return { number, hash: hashOf(number), timestampSec: Math.floor((this.#startMs + number * this.#blockMs) / 1000) }
  }
}

function hashOf(number: number): Bytes32 {
  return toHex(sha256(utf8(`clock block ${number}`)))
}

async function refused(): Promise<never> {
  throw new LilyError('CHAIN_REVERTED', 'a chain of clocks has no contracts')
}
