/** Whether a job may go to a resource, and if not, why: each reason is a typed value, so both sides get an answer. */
import type { CID } from '../core/cid.ts'
import { formatCoins } from '../core/units.ts'
import { lackOf } from '../offer/machine.ts'
import type { JobOffer, Offer, ResourceOffer } from '../offer/offer.ts'
import { MAX_PRICE_TICK, priceOfTick } from '../offer/price.ts'
import { limitOf } from './view.ts'

/** Why a pair is not compatible, with the values that clash in words. */
export interface Incompatibility {
  readonly code:
    | 'MATCH_SAME_PARTY'
    | 'MATCH_TARGET'
    | 'MATCH_RUNTIME'
    | 'MATCH_ARCH'
    | 'MATCH_MODULE'
    | 'MATCH_PRICE'
    | 'MATCH_MACHINE'
    | 'MATCH_COLLATERAL'
    | 'MATCH_RUN_TIME'
    | 'MATCH_WINDOW'
  readonly detail: string
}

/** The tick that a resource asks for a module: the module's own, else the default. */
export function askTickFor(resource: ResourceOffer, module: CID): number {
  return resource.moduleAsks.find(ask => ask.module.equals(module))?.askTick ?? resource.askTick
}

/** The first reason why a job cannot go to a resource, the price last; undefined when it can. */
export function incompatibility(job: Offer<JobOffer>, resource: Offer<ResourceOffer>): Incompatibility | undefined {
  const { target } = job.body
  if (job.account === resource.account) return clash('MATCH_SAME_PARTY', () => 'creator and provider must differ')
  if (target !== null && target !== resource.account) return clash('MATCH_TARGET', () => `wants ${target}`)
  const [j, r] = [job.body, resource.body]
  if (r.modules !== null && !r.modules.some(module => module.equals(j.module)))
    return clash('MATCH_MODULE', () => `does not run module ${j.module.toString()}`)
  return termsClash(j, r) ?? priceClash(j, r)
}

/** The first reason in the terms alone, whoever the parties, whichever the module, and whatever is paid. */
export function termsClash(
  j: Pick<JobOffer, 'runtime' | 'arch' | 'machine' | 'collateralTimes' | 'runTimeSec' | 'windowSec'>,
  r: ResourceOffer
): Incompatibility | undefined {
  if (!r.runtimes.includes(j.runtime))
    return clash('MATCH_RUNTIME', () => `needs ${j.runtime}, offers ${r.runtimes.join(', ')}`)
  if (j.arch !== null && j.arch !== r.arch) return clash('MATCH_ARCH', () => `needs ${j.arch}, offers ${r.arch}`)
  const lack = lackOf(r.machine, j.machine)
  if (lack !== undefined) return clash('MATCH_MACHINE', () => lack)
  if (r.collateralTimes < j.collateralTimes)
    return clash('MATCH_COLLATERAL', () => `puts up ${r.collateralTimes}x the price, ${j.collateralTimes}x is wanted`)
  if (j.runTimeSec > r.maxRunTimeSec)
    return clash('MATCH_RUN_TIME', () => `needs ${j.runTimeSec} s, gives at most ${r.maxRunTimeSec} s`)
  if (j.windowSec > r.maxWindowSec)
    return clash('MATCH_WINDOW', () => `wants ${j.windowSec} s to check, accepts ${r.maxWindowSec} s`)
  return undefined
}

function priceClash(j: JobOffer, r: ResourceOffer): Incompatibility | undefined {
  const askTick = askTickFor(r, j.module)
  if (askTick <= limitOf(j)) return undefined
  return clash(
    'MATCH_PRICE',
    () => `asks ${coinsOfTick(askTick + j.tipTick)} with the tip, at most ${coinsOfTick(j.maxTick)} is paid`
  )
}

/** The words are made when they are read: a round of matching asks for thousands of pairs and reads none. */
class Clash implements Incompatibility {
  readonly code: Incompatibility['code']
  readonly #words: () => string

  constructor(code: Incompatibility['code'], words: () => string) {
    this.code = code
    this.#words = words
  }

  get detail(): string {
    return this.#words()
  }
}

function clash(code: Incompatibility['code'], words: () => string): Incompatibility {
  return new Clash(code, words)
}

function coinsOfTick(tick: number): string {
  return formatCoins(priceOfTick(Math.min(tick, MAX_PRICE_TICK)))
}
