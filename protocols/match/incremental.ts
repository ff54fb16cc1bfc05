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
import { type Need, type Sold, Terms } from './terms.ts'
import { type ChainFacts, freeUnits, isWaiting, limitOf, type Pair, priorityOf, type View } from './view.ts'

/** An offer's terms, and the last round that left it (or one of its units) over. */
interface Remembered<T> {
  readonly terms: T
  seenIn: number
  leftOverIn: number
}

/** Offers that are remembered beside twice those of the last round, before the others are forgotten. */
const SPARE = 1024

/** A matcher that remembers its last round. Rounds may skip blocks, and go back. */
export class IncrementalMatch {
  #terms = new Terms()
  readonly #jobs = new Map<Bytes32, Remembered<Need>>()
  readonly #resources = new Map<Bytes32, Remembered<Sold>>()
  #round = 0

  /** The matching at `block`, in order of rank: the same as from nothing. @see match */
  match(view: View, block: number, seed: Bytes32, chain: ChainFacts): readonly Pair[] {
    this.#round += 1
    const jobs = this.#asking(view.jobs, block, chain)
    const selling = this.#selling(view.resources, block, chain)
    const floor = new Floor(selling, slotHasher(seed))
    const pairs = matchInStages(jobs, floor, this.#terms)
    this.#remember(jobs, selling, floor)
    return pairs.map(pairOf)
  }

  #asking(offers: Iterable<Offer<JobOffer>>, block: number, chain: ChainFacts): readonly Asking[] {
    const jobs: Asking[] = []
    for (const offer of offers) {
      if (!isWaiting(offer, block, chain)) continue
      const known = this.#recall(this.#jobs, offer.id, () => this.#terms.needOf(offer.body))
      jobs.push({
        offer,
        need: known.terms,
        priority: priorityOf(offer, block),
        limitTick: limitOf(offer.body),
        isFresh: this.#isFresh(known),
        hash: undefined,
        isPlaced: false
      })
    }
    return jobs
  }

  #selling(offers: Iterable<Offer<ResourceOffer>>, block: number, chain: ChainFacts): readonly Selling[] {
    const selling: Selling[] = []
    for (const offer of offers) {
      const units = freeUnits(offer, block, chain)
      if (units <= 0) continue
      const known = this.#recall(this.#resources, offer.id, () => this.#terms.soldBy(offer.body))
      selling.push({ offer, ...known.terms, units, isFresh: this.#isFresh(known) })
    }
    return selling
  }

  #recall<T>(memory: Map<Bytes32, Remembered<T>>, id: Bytes32, termsOf: () => T): Remembered<T> {
    let known = memory.get(id)
    if (known === undefined) {
      known = { terms: termsOf(), seenIn: this.#round, leftOverIn: 0 }
      memory.set(id, known)
    }
    known.seenIn = this.#round
    return known
  }

  /** Fresh is what the last round did not see, or matched: its pair may have failed since. */
  #isFresh({ leftOverIn }: Remembered<unknown>): boolean {
    return leftOverIn === 0 || leftOverIn !== this.#round - 1
  }

  #remember(jobs: readonly Asking[], selling: readonly Selling[], floor: Floor): void {
    for (const { offer, isPlaced } of jobs) this.#leaveOver(this.#jobs, offer.id, !isPlaced)
    selling.forEach(({ offer }, at) => {
      this.#leaveOver(this.#resources, offer.id, floor.unitsLeft(at) > 0)
    })
    this.#forget(jobs.length, selling.length)
  }

  #leaveOver(memory: Map<Bytes32, Remembered<unknown>>, id: Bytes32, isLeft: boolean): void {
    const known = memory.get(id)
    if (known !== undefined && isLeft) known.leftOverIn = this.#round
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

function forgetUnseen(memory: Map<Bytes32, Remembered<unknown>>, max: number, round: number): void {
  if (memory.size <= max) return
  for (const [id, { seenIn }] of memory) if (seenIn !== round) memory.delete(id)
}
