/**
 * Offers sorted by their terms: thousands of offers ask for or sell the same few kinds of machine, so whether terms fit is
 * asked once per kind, not once per pair.
 */
import type { Gpu, Machine } from '../offer/machine.ts'
import type { JobOffer, ResourceOffer } from '../offer/offer.ts'
import { termsClash } from './compatible.ts'

/** What jobs of a kind need, whatever they pay. */
export interface Need {
  readonly index: number
  /** The module's CID as text. */
  readonly module: string
  readonly example: JobOffer
  /** By index of supply: 0 not yet asked, 1 fits, 2 does not. */
  fits: Uint8Array
}

/** What resources of a kind have, whatever they ask. */
export interface Supply {
  readonly index: number
  readonly example: ResourceOffer
}

/** Answers of {@link Terms.fit} that are kept at most, one byte each; beyond it each is worked out again. */
const MAX_KNOWN_FITS = 2 ** 26

/** All kinds of offers met so far. */
export class Terms {
  readonly #needs = new Map<string, Need>()
  readonly #supplies = new Map<string, Supply>()

  /** How many kinds there are. */
  get size(): number {
    return this.#needs.size + this.#supplies.size
  }

  needOf(job: JobOffer): Need {
    const module = job.module.toString()
    const { runtime, arch, collateralTimes, runTimeSec, windowSec } = job
    const key = `${module} ${runtime} ${arch} ${collateralTimes} ${runTimeSec} ${windowSec} ${machineKey(job.machine)}`
    const known = this.#needs.get(key)
    if (known !== undefined) return known
    const need = { index: this.#needs.size, module, example: job, fits: new Uint8Array(0) }
    this.#needs.set(key, need)
    return need
  }

  supplyOf(resource: ResourceOffer): Supply {
    const { arch, runtimes, modules, collateralTimes, maxRunTimeSec, maxWindowSec } = resource
    const key = `${modules?.join() ?? '*'} ${runtimes.join()} ${arch} ${collateralTimes} ${maxRunTimeSec} ${maxWindowSec} ${machineKey(resource.machine)}`
    const known = this.#supplies.get(key)
    if (known !== undefined) return known
    const supply = { index: this.#supplies.size, example: resource }
    this.#supplies.set(key, supply)
    return supply
  }

  /** Whether the terms fit; parties and prices are not looked at. */
  fit(need: Need, supply: Supply): boolean {
    if (this.#needs.size * this.#supplies.size > MAX_KNOWN_FITS) return isFit(need, supply)
    if (need.fits.length <= supply.index) {
      const grown = new Uint8Array(Math.max(16, 2 * this.#supplies.size))
      grown.set(need.fits)
      need.fits = grown
    }
    const known = need.fits[supply.index]
    if (known !== 0) return known === 1
    const fits = isFit(need, supply)
    need.fits[supply.index] = fits ? 1 : 2
    return fits
  }
}

function isFit(need: Need, supply: Supply): boolean {
  return termsClash(need.example, supply.example) === undefined
}

/** Models are free text, so they are quoted. */
function machineKey({ cpuMilli, memoryMiB, diskMiB, gpus }: Machine): string {
  const cards = gpus.length === 0 ? '' : JSON.stringify(gpus.map(({ model, vramMiB }: Gpu) => [model, vramMiB]))
  return `${cpuMilli} ${memoryMiB} ${diskMiB} ${cards}`
}
