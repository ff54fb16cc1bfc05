/**
 * The trading floor of one block: resources with free units, grouped by terms and ask so that a job looks at few of them,
 * and the best jobs that each has been offered in the stage that runs. Numbers lie in typed arrays: the inner loop meets
 * hundreds of millions of pairs in a large market.
 */
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import {
  comparePairs,
  compareText,
  joinHash,
  mix32,
  type RankedPair,
  type SlotHash,
  type SlotHasher,
  spreadHigh,
  spreadLow
} from './rank.ts'
import type { Catalog, Need, Supply } from './terms.ts'

/** A job that looks for a resource; one object for all the rounds that it waits. */
export interface Asking {
  offer: Offer<JobOffer>
  readonly need: Need
  /** The highest ask that it can pay. */
  readonly limitTick: number
  priority: number
  /** Whether it may fit resources that the last round left over; one that was left over itself does not. */
  isFresh: boolean
  /** Made when it is first needed in a round. */
  hash: SlotHash | undefined
  /** Whether it has its unit for good. */
  isPlaced: boolean
}

/** A resource with free units; one object for all the rounds that it is there. */
export interface Selling {
  offer: Offer<ResourceOffer>
  readonly supply: Supply
  readonly catalog: Catalog
  units: number
  /** @see Asking.isFresh */
  isFresh: boolean
}

/** Resources of one supply and one ask. */
export interface Group {
  readonly tick: number
  /** Modules that they run, as text; undefined is any. */
  readonly modules: ReadonlySet<string> | undefined
  /** The module that this ask is for; undefined is any but those of `except`. */
  readonly module: string | undefined
  /** Modules for which these resources have asks of their own, in other groups. */
  readonly except: readonly string[]
  readonly isFresh: boolean
  /** Indices of those with free units, once {@link Floor} has swept it in the running stage. */
  readonly members: number[]
  sweptIn: number
}

/** The groups of one supply, sorted by what they sell: many needs ask for the same modules. */
export class Counter {
  readonly #groups: readonly Group[]
  readonly #bySale = new Map<string, readonly Group[]>()

  constructor(groups: readonly Group[]) {
    this.#groups = groups
  }

  /** The groups that run a module, and whose ask is the one for it. */
  selling(module: string): readonly Group[] {
    let sold = this.#bySale.get(module)
    if (sold === undefined) {
      sold = this.#groups.filter(group => sellsTo(group, module))
      this.#bySale.set(module, sold)
    }
    return sold
  }
}

function sellsTo({ modules, module, except }: Group, wanted: string): boolean {
  if (modules !== undefined && !modules.has(wanted)) return false
  return module === undefined ? !except.includes(wanted) : module === wanted
}

/** A unit's holder in the running stage. */
interface Held {
  readonly asking: Asking
  readonly hash: number
}

/** What `#limits` says of a resource that takes anyone, and of one that takes nobody any more. */
const ANYONE = Number.POSITIVE_INFINITY
const NOBODY = -1

const NONE: readonly string[] = []

/** @see the head of this file */
export class Floor {
  readonly groups: ReadonlyMap<Supply, Counter>
  /** Those of {@link groups} that the last round did not leave over. */
  readonly freshGroups: ReadonlyMap<Supply, Counter>
  readonly #selling: readonly Selling[]
  readonly #hashOf: SlotHasher
  readonly #units: Int32Array
  /** The hash that a pair must not exceed to be taken: that of the worst held where no unit is free. */
  readonly #limits: Float64Array
  readonly #held: (Held[] | undefined)[] = []
  readonly #isHashed: Uint8Array
  readonly #spreadHigh: Int32Array
  readonly #spreadLow: Int32Array
  #stage = 0
  /** Resources that hold a job of the running stage. */
  #touched: number[] = []

  constructor(selling: readonly Selling[], hashOf: SlotHasher) {
    const count = selling.length
    this.#selling = selling
    this.#hashOf = hashOf
    this.#units = Int32Array.from(selling, ({ units }) => units)
    this.#limits = new Float64Array(count).fill(ANYONE)
    this.#isHashed = new Uint8Array(count)
    this.#spreadHigh = new Int32Array(count)
    this.#spreadLow = new Int32Array(count)
    const grouped = [...this.#grouped()].map(([supply, groups]) => [supply, [...groups.values()]] as const)
    this.groups = new Map(grouped.map(([supply, groups]) => [supply, new Counter(groups)]))
    const fresh = grouped.map(([supply, groups]) => [supply, groups.filter(({ isFresh }) => isFresh)] as const)
    this.freshGroups = new Map(
      fresh.flatMap(([supply, groups]) => (groups.length === 0 ? [] : [[supply, new Counter(groups)] as const]))
    )
  }

  /**
   * Offers a job to the groups, all of one ask: it goes to the lowest hash that takes it. Returns the job that lost its
   * unit, which may be the job itself; undefined when all are content.
   */
  offer(job: Asking, groups: readonly Group[]): Asking | undefined {
    const found = this.#lowestHash(job, groups)
    if (found === undefined) return job
    return this.#hold(job, found.at, found.hash)
  }

  /** Ends a stage: who holds a unit keeps it. The pairs come in order of rank. */
  endStage(tick: number): readonly RankedPair[] {
    const pairs: RankedPair[] = []
    for (const at of this.#touched) {
      const held = this.#held[at] ?? []
      const resource = this.#selling[at]?.offer
      if (resource === undefined) continue
      for (const { asking, hash } of held) {
        asking.isPlaced = true
        pairs.push({ job: asking.offer, resource, priority: asking.priority, askTick: tick, hash })
      }
      const left = (this.#units[at] ?? 0) - held.length
      this.#units[at] = left
      this.#limits[at] = left > 0 ? ANYONE : NOBODY
      this.#held[at] = undefined
    }
    this.#touched = []
    this.#stage += 1
    return pairs.sort(comparePairs)
  }

  /** Units of the resource at an index that nobody took. */
  unitsLeft(at: number): number {
    return this.#units[at] ?? 0
  }

  #lowestHash(job: Asking, groups: readonly Group[]): { readonly at: number; readonly hash: number } | undefined {
    const { high: jobHigh, low: jobLow } = this.#hashOfJob(job)
    const [limits, spreadHighs, spreadLows, isHashed] = [
      this.#limits,
      this.#spreadHigh,
      this.#spreadLow,
      this.#isHashed
    ]
    let bestAt = -1
    let bestHash = ANYONE
    for (const group of groups) {
      const members = this.#swept(group)
      for (let i = 0; i < members.length; i++) {
        const at = members[i] ?? 0
        if (isHashed[at] === 0) this.#hashResource(at)
        const low = mix32(jobLow ^ (spreadHighs[at] ?? 0))
        const high = mix32(jobHigh ^ (spreadLows[at] ?? 0) ^ low)
        // The lower bits are worked out only where the upper ones leave it open.
        const atLeast = (high >>> 0) * 2 ** 21
        const limit = limits[at] ?? NOBODY
        if (atLeast > bestHash || atLeast > limit) continue
        const hash = joinHash(high, low)
        if (hash > bestHash || hash > limit || !this.#mayPair(job, at)) continue
        if (hash === limit && !this.#beatsWorst(job, at)) continue
        if (hash === bestHash && compareText(this.#idOf(at), this.#idOf(bestAt)) > 0) continue
        bestAt = at
        bestHash = hash
      }
    }
    return bestAt < 0 ? undefined : { at: bestAt, hash: bestHash }
  }

  /** Holds a job best hash first; returns the one that it pushed out. */
  #hold(asking: Asking, at: number, hash: number): Asking | undefined {
    let held = this.#held[at]
    if (held === undefined) {
      held = []
      this.#held[at] = held
      this.#touched.push(at)
    }
    held.push({ asking, hash })
    if (held.length > 1) held.sort((a, b) => a.hash - b.hash || compareText(a.asking.offer.id, b.asking.offer.id))
    const units = this.#units[at] ?? 0
    const loser = held.length > units ? held.pop()?.asking : undefined
    this.#limits[at] = held.length === units ? (held.at(-1)?.hash ?? NOBODY) : ANYONE
    return loser
  }

  /** Whether the parties suit each other; the groups answer for everything else. */
  #mayPair({ offer }: Asking, at: number): boolean {
    const provider = this.#selling[at]?.offer.account
    return provider !== offer.account && (offer.body.target === null || offer.body.target === provider)
  }

  #idOf(at: number): string {
    return this.#selling[at]?.offer.id ?? ''
  }

  /** Between equal hashes the lower job id wins. */
  #beatsWorst(job: Asking, at: number): boolean {
    const worst = this.#held[at]?.at(-1)
    return worst === undefined || compareText(job.offer.id, worst.asking.offer.id) < 0
  }

  #hashOfJob(job: Asking): SlotHash {
    job.hash ??= this.#hashOf(job.offer.account, job.offer.body.slot)
    return job.hash
  }

  #hashResource(at: number): void {
    const offer = this.#selling[at]?.offer
    if (offer === undefined) return
    const hash = this.#hashOf(offer.account, offer.body.slot)
    this.#spreadHigh[at] = spreadHigh(hash)
    this.#spreadLow[at] = spreadLow(hash)
    this.#isHashed[at] = 1
  }

  /** The group's members without those that have sold out in the stages before. */
  #swept(group: Group): readonly number[] {
    if (group.sweptIn === this.#stage) return group.members
    group.sweptIn = this.#stage
    const { members } = group
    let kept = 0
    for (const at of members) if ((this.#units[at] ?? 0) > 0) members[kept++] = at
    members.length = kept
    return members
  }

  #grouped(): ReadonlyMap<Supply, ReadonlyMap<string | number, Group>> {
    const groups = new Map<Supply, Map<string | number, Group>>()
    this.#selling.forEach((selling, at) => {
      const { askTick, moduleAsks } = selling.offer.body
      const own = moduleAsks.length === 0 ? NONE : moduleAsks.map(ask => ask.module.toString())
      this.#put(groups, at, selling, askTick, undefined, own)
      moduleAsks.forEach((ask, i) => {
        this.#put(groups, at, selling, ask.askTick, own[i], NONE)
      })
    })
    return groups
  }

  #put(
    groups: Map<Supply, Map<string | number, Group>>,
    at: number,
    { supply, catalog, isFresh }: Selling,
    tick: number,
    module: string | undefined,
    except: readonly string[]
  ): void {
    let ofSupply = groups.get(supply)
    if (ofSupply === undefined) {
      ofSupply = new Map()
      groups.set(supply, ofSupply)
    }
    const common = (catalog.index * 1024 + tick) * 2 + Number(isFresh)
    const key = module === undefined && except.length === 0 ? common : `${common} ${module} ${except.join()}`
    let group = ofSupply.get(key)
    if (group === undefined) {
      group = { tick, modules: catalog.modules, module, except, isFresh, members: [], sweptIn: 0 }
      ofSupply.set(key, group)
    }
    group.members.push(at)
  }
}
