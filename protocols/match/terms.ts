/**
 * Offers sorted by their terms: thousands of offers ask for or sell the same few kinds of machine, so whether terms fit is
 * asked once per kind, not once per pair.
 */
import type { CID } from '../core/cid.ts'
import type { Machine } from '../offer/machine.ts'
import type { JobOffer, ResourceOffer } from '../offer/offer.ts'
import { termsClash } from './compatible.ts'

/** What jobs of a kind need, but for the module. */
interface Kind {
  readonly example: JobOffer
  /** By index of supply: 0 not yet asked, 1 fits, 2 does not. */
  fits: Uint8Array
}

/** A kind of job on a module: all that decides where it fits, but for its parties and price. */
export interface Need {
  readonly kind: Kind
  /** The module's CID as text. */
  readonly module: string
}

/** What resources of a kind have, but for their modules. */
export interface Supply {
  readonly index: number
  readonly example: ResourceOffer
}

/** Modules that some resources run, as text; undefined is any. */
export interface Catalog {
  readonly index: number
  readonly modules: ReadonlySet<string> | undefined
}

/** All that decides what fits a resource, but for its parties and price. */
export interface Sold {
  readonly supply: Supply
  readonly catalog: Catalog
}

/** Answers of {@link Terms.fit} that are kept at most, one byte each; beyond it each is worked out again. */
const MAX_KNOWN_FITS = 2 ** 26

/** All kinds of offers met so far. */
export class Terms {
  readonly #kinds = new Map<string, Kind>()
  readonly #needs = new Map<string, Need>()
  readonly #supplies = new Map<string, Supply>()
  readonly #catalogs = new Map<string, Catalog>()

  /** How many kinds there are. */
  get size(): number {
    return this.#needs.size + this.#supplies.size + this.#catalogs.size
  }

  needOf(job: JobOffer): Need {
    const module = job.module.toString()
    const { runtime, arch, collateralTimes, runTimeSec, windowSec } = job
    const kindKey = `${runtime} ${arch} ${collateralTimes} ${runTimeSec} ${windowSec} ${machineKey(job.machine)}`
    return intern(this.#needs, `${module} ${kindKey}`, () => ({
      kind: intern(this.#kinds, kindKey, () => ({ example: job, fits: new Uint8Array(0) })),
      module
    }))
  }

  soldBy(resource: ResourceOffer): Sold {
    const { arch, runtimes, collateralTimes, maxRunTimeSec, maxWindowSec } = resource
    const key = `${runtimes.join()} ${arch} ${collateralTimes} ${maxRunTimeSec} ${maxWindowSec} ${machineKey(resource.machine)}`
    const supply = intern(this.#supplies, key, index => ({ index, example: resource }))
    return { supply, catalog: this.#catalogOf(resource.modules) }
  }

  /** Whether the terms fit; parties, modules and prices are not looked at. */
  fit({ kind }: Need, supply: Supply): boolean {
    if (this.#kinds.size * this.#supplies.size > MAX_KNOWN_FITS) return isFit(kind, supply)
    if (kind.fits.length <= supply.index) {
      const grown = new Uint8Array(Math.max(16, 2 * this.#supplies.size))
      grown.set(kind.fits)
      kind.fits = grown
    }
    const known = kind.fits[supply.index]
    if (known !== 0) return known === 1
    const fits = isFit(kind, supply)
    kind.fits[supply.index] = fits ? 1 : 2
    return fits
  }

  #catalogOf(list: readonly CID[] | null): Catalog {
    const modules = list?.map(String)
    return intern(this.#catalogs, modules?.join() ?? 'any', index => ({
      index,
      modules: modules === undefined ? undefined : new Set(modules)
    }))
  }
}

function intern<T>(known: Map<string, T>, key: string, make: (index: number) => T): T {
  let value = known.get(key)
  if (value === undefined) {
    value = make(known.size)
    known.set(key, value)
  }
  return value
}

function isFit({ example }: Kind, supply: Supply): boolean {
  return termsClash(example, supply.example) === undefined
}

/** Models are free text, so they are quoted. */
function machineKey({ cpuMilli, memoryMiB, diskMiB, gpus }: Machine): string {
  const cards = gpus.length === 0 ? '' : JSON.stringify(gpus.map(({ model, vramMiB }) => [model, vramMiB]))
  return `${cpuMilli} ${memoryMiB} ${diskMiB} ${cards}`
}
