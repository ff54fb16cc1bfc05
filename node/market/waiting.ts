/** Why a job waits, in the words of the line that its owner watches. */
import { formatCoins } from '../../protocols/core/units.ts'
import { askTickFor, incompatibility } from '../../protocols/match/compatible.ts'
import { limitOf } from '../../protocols/match/view.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../protocols/offer/offer.ts'
import { MAX_PRICE_TICK, priceOfTick } from '../../protocols/offer/price.ts'

const MIB_PER_GIB = 1024

/** Why none of the offers fits: the nearest price where it is the price alone, else each reason with how many have it. */
export function whyWaiting(job: Offer<JobOffer>, resources: readonly Offer<ResourceOffer>[]): string {
  if (resources.length === 0) return 'no provider has an offer'
  const clashes = resources.map(resource => ({ resource, clash: incompatibility(job, resource) }))
  const fitting = clashes.filter(({ clash }) => clash === undefined).length
  if (fitting > 0) return `${fitting} offers fit, none has a free unit`
  const tooDear = clashes.filter(({ clash }) => clash?.code === 'MATCH_PRICE').map(({ resource }) => resource)
  if (tooDear.length > 0) return whyTooDear(job.body, tooDear)
  const counts = new Map<string, { readonly count: number; readonly detail: string }>()
  for (const { clash } of clashes) {
    if (clash === undefined) continue
    const known = counts.get(clash.code)
    counts.set(clash.code, { count: (known?.count ?? 0) + 1, detail: known?.detail ?? clash.detail })
  }
  const commonest = [...counts].sort(([, a], [, b]) => b.count - a.count)
  return commonest
    .map(([code, { count, detail }]) => `${count} of ${resources.length} offers: ${code} (${detail})`)
    .join('; ')
}

/** The price is looked at last: these offers fit but for it. */
function whyTooDear(job: JobOffer, resources: readonly Offer<ResourceOffer>[]): string {
  const nearest = Math.min(...resources.map(({ body }) => askTickFor(body, job.module)))
  const coins = (tick: number) => formatCoins(priceOfTick(Math.min(tick, MAX_PRICE_TICK)))
  const tip = job.tipTick === 0 ? '' : ' beside the tip'
  const others = resources.length === 1 ? 'its price is' : `the lowest price of ${resources.length} is`
  return `no offer with ${needsOf(job)} under ${coins(limitOf(job))}${tip}; nearest: ${coins(nearest)} (${others} above that)`
}

/** What is scarce of a job's needs: its cards, else its cores and memory. */
function needsOf({ machine: { cpuMilli, memoryMiB, gpus } }: JobOffer): string {
  const [largest] = [...gpus].sort((a, b) => b.vramMiB - a.vramMiB)
  if (largest === undefined) return `${cpuMilli / 1000} cpu and ${memoryMiB} MiB`
  const cards = gpus.length === 1 ? '' : `${gpus.length} x `
  const model = largest.model === '' ? '' : `${largest.model} of `
  return `${cards}${model}${Math.ceil(largest.vramMiB / MIB_PER_GIB)} GB VRAM`
}
