/**
 * A world of virtual nodes: who hears which offer when, which offers stand, and what the chain holds. Time is in blocks.
 * Every node decides by the product's own rule on its own view; nothing here knows the whole but the chain.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { IncrementalMatch } from '../../protocols/match/incremental.ts'
import type { ChainFacts, Pair } from '../../protocols/match/match.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import type { Dice } from './dice.ts'
import { accountOf, drawJob, drawResource, idOf, type JobStyle, type Valued } from './offers.ts'

/** How the network and the people behave. Durations in blocks of two seconds, shares of 1. */
export interface Weather {
  readonly nodes: number
  readonly resources: number
  /** Jobs published per block. */
  readonly jobsPerBlock: number
  readonly runBlocks: number
  /** Median time for an offer to reach a node. */
  readonly delay: number
  /** Share of deliveries that gossip loses; the next round of sync brings them. */
  readonly loss: number
  /** Share of commits that a later block includes. */
  readonly late: number
  /** Share of resources that are offered 40 % too cheap and never answer. */
  readonly ghosts: number
  /** Share of resources that leave without a word, each block. */
  readonly churn: number
  readonly isFast: boolean
  /** Whether silent providers lose their slots by a demand on the chain, which no contract of ours takes (decision 30). */
  readonly isChallenged: boolean
  /** Whether a node asks providers that were silent after all others, for all of its jobs. */
  readonly isRemembered: boolean
  readonly style: JobStyle
}

/** A resource and its machine. */
export interface Provider {
  readonly name: string
  readonly sold: Valued<ResourceOffer>
  readonly isGhost: boolean
  isGone: boolean
  /** Blocks until which the chain counts its unit as busy; 0 is free. */
  busyUntil: number
  /** Accepted, not yet on chain: nobody else may have the unit until then. */
  promisedUntil: number
  isSuspended: boolean
}

/** A job and its creator. */
export interface Creator {
  readonly node: number
  readonly wanted: Valued<JobOffer>
  /** When it was published. */
  readonly at: number
  /** The first block in which the whole view would match it. */
  matchableAt: number | undefined
  /** The block in which the commit was included. */
  dealtAt: number | undefined
  /** Signed and accepted: no other deal is signed before this block. */
  boundUntil: number
}

/** Blocks between two rounds of sync. */
const SYNC_BLOCKS = 2.5

/** Where a node's time begins: older blocks give room for reference blocks. */
export const FIRST_BLOCK = 1000

/** @see the head of this file */
export class World {
  readonly weather: Weather
  readonly dice: Dice
  readonly providers: readonly Provider[]
  readonly providerOf: ReadonlyMap<Bytes32, Provider>
  readonly creators: Creator[] = []
  readonly #seed: string
  readonly #matchers: IncrementalMatch[] = []
  readonly #taken = new Set<Bytes32>()
  readonly #jobDice: Dice
  block = FIRST_BLOCK

  constructor(seed: string, dice: Dice, weather: Weather) {
    this.#seed = seed
    this.weather = weather
    this.dice = dice.fork('world')
    this.#jobDice = dice.fork('jobs')
    const drawn = dice.fork('providers')
    this.providers = Array.from({ length: weather.resources }, (_, i) => {
      const name = `rp ${i}`
      const isGhost = drawn.chance(weather.ghosts)
      const frame = { account: accountOf(name), slot: 0, refBlock: FIRST_BLOCK - 1 }
      const sold = drawResource(drawn, name, frame, isGhost ? 0.6 : 1)
      return { name, sold, isGhost, isGone: false, busyUntil: 0, promisedUntil: 0, isSuspended: false }
    })
    this.providerOf = new Map(this.providers.map(provider => [provider.sold.offer.id, provider]))
  }

  /** What the chain says at this block. */
  get chain(): ChainFacts {
    const byAccount = this.#byAccount
    return {
      unitsInUse: account => Number((byAccount.get(account)?.busyUntil ?? 0) > this.block),
      resourceSlots: account => (byAccount.get(account)?.isSuspended === true ? 0 : 16),
      jobSlots: () => 64,
      isTaken: id => this.#taken.has(id)
    }
  }

  get seed(): Bytes32 {
    return idOf(`${this.#seed} ${this.block}`)
  }

  /** Creators that wait at this block. */
  waiting(): readonly Creator[] {
    return this.creators.filter(({ dealtAt, at }) => dealtAt === undefined && at <= this.block)
  }

  /** Publishes the jobs of the block that begins. */
  publish(): readonly Creator[] {
    const { jobsPerBlock, nodes, style } = this.weather
    const fresh: Creator[] = []
    for (
      let at = this.#jobDice.exponential(1 / jobsPerBlock);
      at < 1;
      at += this.#jobDice.exponential(1 / jobsPerBlock)
    ) {
      const name = `job ${this.creators.length + fresh.length}`
      const frame = { account: accountOf(name), slot: 0, refBlock: this.block }
      const wanted = drawJob(this.#jobDice, name, frame, style)
      const node = this.#jobDice.below(nodes)
      fresh.push({ node, wanted, at: this.block + at, matchableAt: undefined, dealtAt: undefined, boundUntil: 0 })
    }
    this.creators.push(...fresh)
    return fresh
  }

  /** What a node's own rule says on what it has heard by now. */
  pairsOf(node: number): readonly Pair[] {
    const jobs = this.waiting().filter(creator => creator.node === node || this.#hears(node, creator))
    return this.#matcherOf(node).match(this.#viewOf(jobs), this.block, this.seed, this.chain)
  }

  /** What the rule would say to somebody who heard everything at once. */
  wholePairs(): readonly Pair[] {
    return this.#matcherOf(this.weather.nodes).match(this.#viewOf(this.waiting()), this.block, this.seed, this.chain)
  }

  /** The same without the providers that never answer: what could be dealt at all. */
  servablePairs(): readonly Pair[] {
    const isThere = ({ id }: Offer<ResourceOffer>) => {
      const provider = this.providerOf.get(id)
      return provider !== undefined && !provider.isGhost && !provider.isGone
    }
    const { jobs, resources } = this.#viewOf(this.waiting())
    const view = { jobs, resources: resources.filter(isThere) }
    return this.#matcherOf(this.weather.nodes + 1).match(view, this.block, this.seed, this.chain)
  }

  /** Enters a deal into the chain. */
  commit(creator: Creator, provider: Provider, block: number): void {
    creator.dealtAt = block
    this.#taken.add(creator.wanted.offer.id)
    provider.busyUntil = block + Math.ceil(this.dice.exponential(this.weather.runBlocks))
  }

  get #byAccount(): ReadonlyMap<string, Provider> {
    return new Map(this.providers.map(provider => [provider.sold.offer.account, provider]))
  }

  #viewOf(jobs: readonly Creator[]): { readonly jobs: Offer<JobOffer>[]; readonly resources: Offer<ResourceOffer>[] } {
    return { jobs: jobs.map(({ wanted }) => wanted.offer), resources: this.providers.map(({ sold }) => sold.offer) }
  }

  #matcherOf(node: number): IncrementalMatch {
    const matcher = this.#matchers[node] ?? new IncrementalMatch()
    this.#matchers[node] = matcher
    return matcher
  }

  /** The same answer whenever it is asked: chance is drawn from the names of node and job. */
  #hears(node: number, { at, wanted }: Creator): boolean {
    const { delay, loss } = this.weather
    const id = BigInt(wanted.offer.id)
    const mixed = Number((id ^ (BigInt(node + 1) * 0x9e3779b97f4a7c15n)) % 1_000_003n)
    const [first, second] = [(mixed % 1000) / 1000, Math.floor(mixed / 1000) / 1000]
    // Half to three halves of the median, and the next round of sync for what was lost.
    const delayed = delay * (0.5 + second) + (first < loss ? SYNC_BLOCKS * second : 0)
    return at + delayed <= this.block
  }
}
