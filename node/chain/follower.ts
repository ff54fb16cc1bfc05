/**
 * Follows the chain block by block: every block's parent is checked, its logs are read by its hash, and a block that the
 * chain gave up is taken back before another is applied in its place. Providers' event listeners and filters do not tell
 * of logs that a reorganisation removed, so none are used (contracts.md F).
 */
import type { BlockRef, ChainEvent, ChainUpdate, Clock, Logger, Startable } from '../market/ports.ts'
import { ChainError } from './errors.ts'
import type { LogFilter } from './events.ts'
import { type Followed, History, KEPT_BLOCKS, updateOf } from './history.ts'
import { readLogs } from './logs.ts'
import { type Rpc, unwrap } from './rpc.ts'
import { type Header, type Log, parseHeader, parseLogs, toQuantity } from './wire.ts'

/** Blocks that are read at once. */
const BATCH_BLOCKS = 32

/** Bounds of the wait between two looks, and how many looks a block's time should have. */
const MIN_POLL_MS = 100
const MAX_POLL_MS = 1_000
const LOOKS_PER_BLOCK = 4

/** Blocks over which the block time is measured: timestamps are whole seconds. */
const PACE_BLOCKS = 16

/** What a {@link ChainFollower} is made of. */
export interface FollowerInit {
  readonly rpc: Rpc
  readonly clock: Clock
  readonly logger: Logger
  readonly filter: LogFilter
  readonly decode: (logs: readonly Log[]) => readonly ChainEvent[]
  /** The first block whose logs matter. */
  readonly fromBlock: number
  /** A block is applied when it and the blocks on it are so many. 1 applies the newest block. @default 1 */
  readonly confirmations?: number
  /** Wait between two looks, in ms. @default a quarter of the block time, 100 to 1000 */
  readonly pollMs?: number
}

/** The chain as this node has applied it. */
export class ChainFollower implements Startable {
  readonly #init: FollowerInit
  readonly #listeners = new Set<(update: ChainUpdate) => void>()
  readonly #history = new History()
  #latest: Header | undefined
  #isReachable = true
  #abort: AbortController | undefined
  #loop: Promise<void> | undefined

  constructor(init: FollowerInit) {
    this.#init = init
  }

  /** The newest block applied. @throws CHAIN_NOT_STARTED */
  head(): BlockRef {
    const head = this.#history.head
    if (head === undefined) throw new ChainError('CHAIN_NOT_STARTED', 'the chain is not followed yet')
    return { number: head.number, hash: head.hash, timestampSec: head.timestampSec }
  }

  /** Hash of a recent block as applied; undefined when it is not, or too old. */
  appliedHash(number: number): string | undefined {
    return this.#history.at(number)?.hash
  }

  /** The oldest block that could still be taken back. */
  finalBlock(): number {
    return this.#history.oldest?.number ?? 0
  }

  /** Tells the listener what was applied so far, then everything as it comes. Returns the way out. */
  follow(listener: (update: ChainUpdate) => void): () => void {
    for (const update of this.#history.replay()) this.#tell(listener, update)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Reads the chain up to now, then goes on by itself. @throws CHAIN_UNREACHABLE, CHAIN_WRONG_ID */
  async start(): Promise<void> {
    if (this.#abort !== undefined) return
    const abort = new AbortController()
    this.#abort = abort
    try {
      // After a stop it goes on from where it was: listeners were told of all before.
      await (this.#history.head === undefined ? this.#begin(abort.signal) : this.#look(abort.signal))
    } catch (error) {
      this.#abort = undefined
      throw error
    }
    this.#loop = this.#run(abort.signal)
  }

  async stop(): Promise<void> {
    this.#abort?.abort()
    await this.#loop
    this.#abort = undefined
    this.#loop = undefined
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#init
    while (!signal.aborted) {
      try {
        await clock.sleep(this.#pollMs(), { signal })
        await this.#look(signal)
        if (!this.#isReachable) logger('the chain is back at block %d', this.head().number)
        this.#isReachable = true
      } catch (error) {
        if (signal.aborted) return
        if (this.#isReachable) logger.error('the chain cannot be followed: %s', messageOf(error))
        this.#isReachable = false
      }
    }
  }

  /** Logs of old blocks in long spans; what could still be taken back, block by block. */
  async #begin(signal: AbortSignal): Promise<void> {
    const latest = await this.#header('latest', signal)
    if (latest === undefined) throw new ChainError('CHAIN_RPC_ERROR', 'the endpoint has no latest block')
    const tip = this.#target(latest)
    const first = Math.max(Math.min(this.#init.fromBlock, tip), tip - KEPT_BLOCKS + 1, 0)
    const { rpc, filter, fromBlock } = this.#init
    const logs = fromBlock < first ? await readLogs(rpc, filter, fromBlock, first - 1, { signal }) : []
    for (const [number, ofBlock] of Map.groupBy(logs, log => log.blockNumber)) {
      const header = await this.#header(number, signal)
      if (header !== undefined) this.#settle({ header, events: this.#init.decode(ofBlock) })
    }
    await this.#advance(first, tip, signal)
    this.#latest = latest
    this.head()
  }

  /** One look: applies what is new, takes back what is gone. */
  async #look(signal: AbortSignal): Promise<void> {
    const latest = await this.#header('latest', signal)
    if (latest === undefined || latest.hash === this.#latest?.hash) return
    const target = this.#target(latest)
    // Not higher than what is applied: an endpoint that lags, or a chain that took blocks back.
    if (target <= this.head().number) await this.#unwind(target, signal)
    await this.#advance(this.head().number + 1, target, signal)
    if (this.head().number >= target) this.#latest = latest
  }

  async #advance(from: number, to: number, signal: AbortSignal): Promise<void> {
    for (let next = from; next <= to; next = this.head().number + 1) {
      const blocks = await this.#read(next, Math.min(next + BATCH_BLOCKS - 1, to), signal)
      const [first] = blocks
      if (first === undefined) return
      const head = this.#history.head
      // The next look goes on: without a pause, an endpoint at odds with itself would be asked for ever.
      if (head !== undefined && first.header.parentHash !== head.hash) return await this.#unwind(head.number, signal)
      for (const block of blocks) this.#apply(block)
    }
  }

  /** Blocks with their events, as far as they are there and hang together. */
  async #read(from: number, to: number, signal: AbortSignal): Promise<readonly Followed[]> {
    const { rpc, filter, decode } = this.#init
    const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    const answers = await rpc.batch(
      numbers.map(number => ({ method: 'eth_getBlockByNumber', params: [toQuantity(number), false] })),
      { signal }
    )
    const headers: Header[] = []
    for (const answer of answers) {
      const header = parseHeader(unwrap(answer))
      const last = headers.at(-1)
      if (header === undefined || (last !== undefined && header.parentHash !== last.hash)) break
      headers.push(header)
    }
    const logs = await rpc.batch(
      headers.map(({ hash }) => ({ method: 'eth_getLogs', params: [{ ...filter, blockHash: hash }] })),
      { signal }
    )
    // A block that was given up meanwhile has no logs to ask for: the next look sees what came instead.
    const known = logs.findIndex(answer => 'error' in answer)
    const whole = known === -1 ? headers : headers.slice(0, known)
    return whole.map((header, i) => ({ header, events: decode(parseLogs(unwrap(logs[i]))) }))
  }

  /** Takes back every block above the highest one, at most `from`, that the chain still has. */
  async #unwind(from: number, signal: AbortSignal): Promise<void> {
    let at = from
    for (; ; at--) {
      const ours = this.#history.at(at)
      if (ours === undefined)
        throw new ChainError(
          'CHAIN_REORG_TOO_DEEP',
          `the chain changed more than ${KEPT_BLOCKS} blocks: restart the node`
        )
      const theirs = await this.#header(at, signal)
      if (theirs === undefined) return
      if (theirs.hash === ours.hash) break
    }
    // The same chain, only shorter: an endpoint that lags is no reason to take anything back.
    if (at === from && from < this.head().number) return
    while (this.head().number > at) this.#revert()
  }

  #apply(followed: Followed): void {
    this.#history.push(followed)
    this.#tellAll(updateOf('apply', followed))
  }

  #settle(followed: Followed): void {
    this.#history.settle(followed)
    this.#tellAll(updateOf('apply', followed))
  }

  #revert(): void {
    const followed = this.#history.pop()
    if (followed !== undefined) this.#tellAll(updateOf('revert', followed))
  }

  #tellAll(update: ChainUpdate): void {
    for (const listener of [...this.#listeners]) this.#tell(listener, update)
  }

  #tell(listener: (update: ChainUpdate) => void, update: ChainUpdate): void {
    try {
      listener(update)
    } catch (error) {
      // One listener's fault must not keep the others from following.
      this.#init.logger.error('a listener failed at block %d: %s', update.block.number, messageOf(error))
    }
  }

  #target(latest: Header): number {
    return Math.max(0, latest.number - ((this.#init.confirmations ?? 1) - 1))
  }

  #pollMs(): number {
    if (!this.#isReachable) return MAX_POLL_MS
    if (this.#init.pollMs !== undefined) return this.#init.pollMs
    const head = this.#history.head
    const before = head === undefined ? undefined : this.#history.at(head.number - PACE_BLOCKS)
    if (head === undefined || before === undefined) return MIN_POLL_MS
    const blockMs = ((head.timestampSec - before.timestampSec) * 1000) / PACE_BLOCKS
    return Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, blockMs / LOOKS_PER_BLOCK))
  }

  async #header(block: number | 'latest', signal: AbortSignal): Promise<Header | undefined> {
    const tag = typeof block === 'number' ? toQuantity(block) : block
    return parseHeader(await this.#init.rpc.call('eth_getBlockByNumber', [tag, false], { signal }))
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
