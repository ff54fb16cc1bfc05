// Lilypad's four combinations of fixed and market prices, each through the rule.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { match } from '../../../protocols/match/match.ts'
import { priceOfTick } from '../../../protocols/offer/price.ts'
import { askTickOf, type JobPricing, jobTicks, type ResourcePricing } from '../../../protocols/offer/pricing.ts'
import { BLOCK, chainOf, digestOf, jobOf, resourceOf } from '../match/market.ts'

const DEALS = [30, 34, 32, 90]
const fixed = (tick: number) => ({ mode: 'fixed', priceWei: priceOfTick(tick) }) as const

/** What the job pays among resources that price themselves so; undefined when it gets none. */
function struckAt(creator: JobPricing, ...providers: readonly ResourcePricing[]): number | undefined {
  const ticks = jobTicks(creator)
  if (ticks === undefined) return undefined
  const resources = providers.map((pricing, i) => {
    const askTick = askTickOf(pricing, DEALS)
    if (askTick === undefined) throw new Error('no such ask')
    return resourceOf(`r${i}`, { askTick })
  })
  return match({ jobs: [jobOf('j', ticks)], resources }, BLOCK, digestOf('s'), chainOf())[0]?.priceTick
}

const modes = suite('pricing')

modes('fixed and fixed: the cheapest that the job can pay, at the price of the provider', () => {
  assert.is(struckAt(fixed(40), fixed(45), fixed(38), fixed(36)), 36)
  assert.is(struckAt(fixed(35), fixed(45), fixed(38), fixed(36)), undefined)
})

modes('market and fixed: the cheapest, as far as the money goes', () => {
  assert.is(struckAt({ mode: 'market', budgetWei: priceOfTick(500) }, fixed(45), fixed(38)), 38)
  assert.is(struckAt({ mode: 'market', budgetWei: priceOfTick(37) }, fixed(45), fixed(38)), undefined)
})

modes('fixed and market: the provider asks the median of what was paid', () => {
  assert.is(struckAt(fixed(40), { mode: 'market', floorWei: 1n }), 32)
  assert.is(struckAt(fixed(31), { mode: 'market', floorWei: 1n }), undefined)
})

modes('market and market: as well, and never below the floor', () => {
  const anyPrice = { mode: 'market', budgetWei: priceOfTick(500) } as const
  assert.is(struckAt(anyPrice, { mode: 'market', floorWei: 1n }, fixed(33)), 32)
  assert.is(struckAt(anyPrice, { mode: 'market', floorWei: priceOfTick(36) }), 36)
})

modes('a tip is part of the most that is paid', () => {
  assert.is(struckAt({ ...fixed(40), tipTick: 3 }, fixed(37)), 40)
  assert.is(struckAt({ ...fixed(40), tipTick: 3 }, fixed(38)), undefined)
  assert.equal(jobTicks({ ...fixed(40), tipTick: 99 }), { maxTick: 40, tipTick: 16 })
})

modes('money below the grid buys nothing, and no ask is beyond it', () => {
  assert.is(jobTicks({ mode: 'fixed', priceWei: 1n }), undefined)
  assert.is(jobTicks({ ...fixed(2), tipTick: 3 }), undefined)
  assert.is(askTickOf({ mode: 'fixed', priceWei: 2n ** 100n }), undefined)
  assert.is(askTickOf({ mode: 'market', floorWei: 1n }), 0)
})

modes.run()
