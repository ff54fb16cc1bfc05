/**
 * The trading floor of one block: resources with free units, grouped by terms and ask so that a job looks at few of them,
 * and the best jobs that each has been offered in the stage that runs. Numbers lie in typed arrays: the inner loop meets
 * hundreds of millions of pairs in a large market.
 */
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { compareText, joinHash, mix32, type RankedPair, type SlotHash, type SlotHasher, spreadHigh, spreadLow } from './rank.ts'
import type { Need, Supply, Terms } from './terms.ts'

/** A job that looks for a resource. */
export interface Asking {
  readonly offer: Offer<JobOffer>
  readonly need: Need
  readonly priority: number
  /** The highest ask that it can pay. */
  readonly limitTick: number
  /** Whether it may fit resources that the last round left over; one that was left over itself does not. */
  readonly isFresh: boolean
  /** Made when it is first needed. */
  hash: SlotHash | undefined
}

/** A resource with free units. */
export interface Selling {
  readonly offer: Offer<ResourceOffer>
  readonly supply: Supply
  readonly units: number
  /** @see Asking.isFresh */
  readonly isFresh: boolean
}

/** Resources of one supply and one ask. */
export interface Group {
  readonly supply: Supply
  readonly tick: number
  /** The module that this ask is for; undefined is any for which a resource has no ask of its own. */
  readonly module: string | undefined
  readonly isFresh: boolean
  /** Indices of those with free units, after {@link Floor} has swept it. */
  members: number[]
  isSwept: boolean
}

/** A unit's holder in the running stage. */
interface Held {
  readonly asking: Asking
  readonly hash: number
}

/** What `#limits` says of a resource that takes anyone, and of one that takes nobody any more. */
const ANYONE = Number.POSITIVE_INFINITY
const NOBODY = -1

/** @see the head of this file */
export class Floor {
  readonly groups: readonly Group[]
  readonly #selling: readonly Selling[]
  readonly #hashOf: SlotHasher
  readonly #units: Int32Array
  /** The hash that a pair must not exceed to be taken: that of the worst held where no unit is free. */
  readonly #limits: Float64Array
  readonly #held: (Held[] | undefined)[] = []
  readonly #groupsOf: Group[][] = []
  readonly #isHashed: Uint8Array
  readonly #spreadHigh: Int32Array
  readonly #spreadLow: Int32Array
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
    this.groups = this.#grouped()
  }

  /** Whether a resource of the group may sell its ask to the need: its terms fit, and no ask of its own comes first. */
  static fits(terms: Terms, need: Need, group: Group): boolean {
    return (group.module === undefined || group.module === need.module) && terms.fit(need, group.supply)
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
  endStage(tick: number): RankedPair[] {
    const pairs: RankedPair[] = []
    for (const at of this.#touched) {
      const held = this.#held[at] ?? []
      const resource = this.#selling[at]?.offer
      if (resource === undefined) continue
      for (const { asking, hash } of held)
        pairs.push({ job: asking.offer, resource, priority: asking.priority, askTick: tick, hash })
      const left = (this.#units[at] ?? 0) - held.length
      this.#units[at] = left
      this.#limits[at] = left > 0 ? ANYONE : NOBODY
      this.#held[at] = undefined
      if (left <= 0) for (const group of this.#groupsOf[at] ?? []) group.isSwept = false
    }
    this.#touched = []
    return pairs
  }

  /** Units of the resource at an index that nobody took. */
  unitsLeft(at: number): number {
    return this.#units[at] ?? 0
  }

  #lowestHash(job: Asking, groups: readonly Group[]): { readonly at: number; readonly hash: number } | undefined {
    const { target } = job.offer.body
    const { high: jobHigh, low: jobLow } = this.#hashOfJob(job)
    let [bestAt, bestHash] = [-1, ANYONE]
    for (const group of groups) {
      const members = this.#swept(group)
      for (let i = 0; i < members.length; i++) {
        const at = members[i] ?? 0
        if (this.#isHashed[at] === 0) this.#hashResource(at)
        const low = mix32(jobLow ^ (this.#spreadHigh[at] ?? 0))
        const high = mix32(jobHigh ^ (this.#spreadLow[at] ?? 0) ^ low)
        // The lower bits are worked out only where the upper ones leave it open.
        const atLeast = (high >>> 0) * 2 ** 21
        const limit = this.#limits[at] ?? NOBODY
        if (atLeast > bestHash || atLeast > limit) continue
        const hash = joinHash(high, low)
        if (hash > bestHash || hash > limit) continue
        const resource = this.#selling[at]?.offer
        if (resource === undefined || resource.account === job.offer.account) continue
        if (target !== null && target !== resource.account) continue
        if (hash === limit && !this.#beatsWorst(job, at)) continue
        if (hash === bestHash && compareText(resource.id, this.#selling[bestAt]?.offer.id ?? '') > 0) continue
        ;[bestAt, bestHash] = [at, hash]
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
    held.sort((a, b) => a.hash - b.hash || compareText(a.asking.offer.id, b.asking.offer.id))
    const units = this.#units[at] ?? 0
    const loser = held.length > units ? held.pop()?.asking : undefined
    this.#limits[at] = held.length === units ? (held.at(-1)?.hash ?? NOBODY) : ANYONE
    return loser
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

  #swept(group: Group): readonly number[] {
    if (!group.isSwept) {
      group.members = group.members.filter(at => (this.#units[at] ?? 0) > 0)
      group.isSwept = true
    }
    return group.members
  }

  #grouped(): readonly Group[] {
    const groups = new Map<string | number, Group>()
    const put = (at: number, { supply, isFresh }: Selling, tick: number, module?: string) => {
      const number = (supply.index * 1024 + tick) * 2 + Number(isFresh)
      const key = module === undefined ? number : `${number} ${module}`
      let group = groups.get(key)
      if (group === undefined) {
        group = { supply, tick, module, isFresh, members: [], isSwept: true }
        groups.set(key, group)
      }
      group.members.push(at)
      const known = this.#groupsOf[at]
      if (known === undefined) this.#groupsOf[at] = [group]
      else known.push(group)
    }
    this.#selling.forEach((selling, at) => {
      const { askTick, moduleAsks } = selling.offer.body
      put(at, selling, askTick)
      for (const ask of moduleAsks) put(at, selling, ask.askTick, ask.module.toString())
    })
    return [...groups.values()]
  }
}
