/**
 * Lilypad's pricing modes in the terms of this rule. There a party is in `FixedPrice` or `MarketPrice` mode; here an offer
 * has a tick, and the mode is how that tick was chosen before it was signed. The deal always pays ask and tip.
 *
 * | creator | provider | Lilypad | here |
 * | --- | --- | --- | --- |
 * | fixed | fixed | the oldest offer that the job can pay, at the provider's price | the cheapest that it can pay, at the provider's price |
 * | market | fixed | the cheapest offer, whatever it costs | the cheapest, up to what the creator can spend |
 * | either | market | refused | the provider asks what such deals were struck at lately |
 */
import { MAX_TIP_TICKS } from '../params.ts'
import type { JobOffer } from './offer.ts'
import { MAX_PRICE_TICK, tickAtLeast, tickAtMost } from './price.ts'

/** What a creator says of the price. */
export type JobPricing =
  /** At most so much, tip included. */
  | { readonly mode: 'fixed'; readonly priceWei: bigint; readonly tipTick?: number }
  /** Whatever the cheapest asks, as far as the money goes. */
  | { readonly mode: 'market'; readonly budgetWei: bigint; readonly tipTick?: number }

/** What a provider says of the price. */
export type ResourcePricing =
  | { readonly mode: 'fixed'; readonly priceWei: bigint }
  /** What others were paid, but never less than `floorWei`. */
  | { readonly mode: 'market'; readonly floorWei: bigint }

/** The ticks of a job offer; undefined when the money does not reach the lowest price and the tip. */
export function jobTicks(pricing: JobPricing): Pick<JobOffer, 'maxTick' | 'tipTick'> | undefined {
  const maxTick = tickAtMost(pricing.mode === 'fixed' ? pricing.priceWei : pricing.budgetWei)
  const tipTick = Math.min(pricing.tipTick ?? 0, MAX_TIP_TICKS)
  return maxTick === undefined || maxTick < tipTick ? undefined : { maxTick, tipTick }
}

/**
 * The ask of a resource offer; undefined when no tick brings as much.
 *
 * @param dealTicks what comparable deals of the chain were struck at, in any order: the same for all who follow it
 */
export function askTickOf(pricing: ResourcePricing, dealTicks: readonly number[] = []): number | undefined {
  if (pricing.mode === 'fixed') return tickAtLeast(pricing.priceWei)
  const floor = tickAtLeast(pricing.floorWei)
  return floor === undefined ? undefined : Math.min(Math.max(floor, medianTick(dealTicks) ?? floor), MAX_PRICE_TICK)
}

/** The lower median: half of the deals were struck at it or above, and no single deal moves it far. */
function medianTick(ticks: readonly number[]): number | undefined {
  return ticks.toSorted((a, b) => a - b)[Math.floor((ticks.length - 1) / 2)]
}
