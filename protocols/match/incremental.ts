/**
 * The matching of block after block. After a round no job that was left over fits a resource that has a unit left,
 * whatever the next seed and prices of waiting are; so the next round looks at new jobs with all resources, and at old jobs
 * with new resources only (matching.md 2.4). What is remembered saves time and changes no answer.
 */
import type { Bytes32 } from '../core/bytes.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { type Asking, Floor, type Selling } from './floor.ts'
import { pairOf, slotHasher } from './rank.ts'
import { matchInStages } from './stages.ts'
import { Terms } from './terms.ts'
import { type ChainFacts, freeUnits, isWaiting, limitOf, type Pair, priorityOf, type View } from './view.ts'

/** An offer as the floor knows it, and the last round that left it (or one of its units) over. */
interface Remembered<T> {
  readonly party: T
  seenIn: number
  leftOverIn: number
}

/** Offers that are remembered beside twice those of the last round, before the others are forgotten. */
const SPARE = 1024

/** A matcher that remembers its last round. Rounds may skip blocks, and go back. */
export class IncrementalMatch {
  #terms = new Terms()
  readonly #jobs = new Map<Bytes32, Remembered<Asking>>()
  readonly #resources = new Map<Bytes32, Remembered<Selling>>()
  #round = 0

  /** The matching at `block`, in order of rank: the same as from nothing. @see match */
  match(view: View, block: number, seed: Bytes32, chain: ChainFacts): readonly Pair[] {
    this.#round += 1
    const jobs = this.#waiting(view.jobs, block, chain)
    const resources = this.#free(view.resources, block, chain)
    const floor = new Floor(resources.map(partyOf), slotHasher(seed))
    const pairs = matchInStages(jobs.map(partyOf), floor, this.#terms)
    for (const job of jobs) if (!job.party.isPlaced) job.leftOverIn = this.#round
    resources.forEach((resource, at) => {
      if (floor.unitsLeft(at) > 0) resource.leftOverIn = this.#round
    })
    this.#forget(jobs.length, resources.length)
    return pairs.map(pairOf)
  }

  #waiting(offers: Iterable<Offer<JobOffer>>, block: number, chain: ChainFacts): readonly Remembered<Asking>[] {
    const jobs: Remembered<Asking>[] = []
    for (const offer of offers) {
      if (!isWaiting(offer, block, chain)) continue
      const job = this.#recall(this.#jobs, offer.id) ?? this.#keep(this.#jobs, offer.id, this.#asking(offer))
      job.party.offer = offer
      job.party.priority = priorityOf(offer, block)
      job.party.isFresh = this.#isFresh(job)
      job.party.hash = undefined
      job.party.isPlaced = false
      jobs.push(job)
    }
    return jobs
  }

  #free(offers: Iterable<Offer<ResourceOffer>>, block: number, chain: ChainFacts): readonly Remembered<Selling>[] {
    const resources: Remembered<Selling>[] = []
    for (const offer of offers) {
      const units = freeUnits(offer, block, chain)
      if (units <= 0) continue
      const resource =
        this.#recall(this.#resources, offer.id) ?? this.#keep(this.#resources, offer.id, this.#selling(offer))
      resource.party.offer = offer
      resource.party.units = units
      resource.party.isFresh = this.#isFresh(resource)
      resources.push(resource)
    }
    return resources
  }

  #asking(offer: Offer<JobOffer>): Asking {
    const need = this.#terms.needOf(offer.body)
    return { offer, need, limitTick: limitOf(offer.body), priority: 0, isFresh: true, hash: undefined, isPlaced: false }
  }

  #selling(offer: Offer<ResourceOffer>): Selling {
    return { offer, ...this.#terms.soldBy(offer.body), units: 0, isFresh: true }
  }

  #recall<T>(memory: ReadonlyMap<Bytes32, Remembered<T>>, id: Bytes32): Remembered<T> | undefined {
    const known = memory.get(id)
    if (known !== undefined) known.seenIn = this.#round
    return known
  }

  #keep<T>(memory: Map<Bytes32, Remembered<T>>, id: Bytes32, party: T): Remembered<T> {
    const remembered = { party, seenIn: this.#round, leftOverIn: 0 }
    memory.set(id, remembered)
    return remembered
  }

  /** Fresh is what the last round did not see, or matched: its pair may have failed since. */
  #isFresh({ leftOverIn }: Remembered<unknown>): boolean {
    return leftOverIn === 0 || leftOverIn !== this.#round - 1
  }

  #forget(jobs: number, resources: number): void {
    forgetUnseen(this.#jobs, 2 * jobs + SPARE, this.#round)
    forgetUnseen(this.#resources, 2 * resources + SPARE, this.#round)
    if (this.#terms.size <= 4 * (jobs + resources) + SPARE) return
    // Kinds of offers that are gone pile up: begin anew, which costs one round from nothing.
    this.#terms = new Terms()
    this.#jobs.clear()
    this.#resources.clear()
  }
}

function partyOf<T>({ party }: Remembered<T>): T {
  return party
}

function forgetUnseen(memory: Map<Bytes32, Remembered<unknown>>, max: number, round: number): void {
  if (memory.size <= max) return
  for (const [id, { seenIn }] of memory) if (seenIn !== round) memory.delete(id)
}
