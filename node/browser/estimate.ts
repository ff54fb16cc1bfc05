/** What a job would cost now, from the live book: the offers that this node has heard and checked itself. */
import { budgetWei } from '../../protocols/deal/totals.ts'
import type { Module } from '../../protocols/module/module.ts'
import { lackOf } from '../../protocols/offer/machine.ts'
import { priceOfTick } from '../../protocols/offer/price.ts'
import { DEFAULT_ROUNDS, DEFAULT_SEATS } from '../../protocols/params.ts'
import type { LightNode } from './node.ts'

/** What the book says. */
export interface Estimate {
  /** Offers that can run the module. */
  readonly offers: number
  /** The least and the middle ask of them, in wei. */
  readonly leastWei: bigint | undefined
  readonly medianWei: bigint | undefined
  /** What a committee costs at most: all seats of all rounds; what is not used comes back. */
  readonly committeeWei: bigint
}

/** @see Estimate */
export function estimate(node: LightNode, module: Module, seatFeeWei: bigint): Estimate {
  const { number } = node.parts.chain.head()
  const asks = [...node.offers.resources.live(number)]
    .filter(({ body }) => body.runtimes.includes(module.runtime) && lackOf(body.machine, module.machine) === undefined)
    .map(({ body }) => priceOfTick(body.askTick))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return {
    offers: asks.length,
    leastWei: asks[0],
    medianWei: asks[asks.length >> 1],
    committeeWei: budgetWei({ seats: DEFAULT_SEATS, rounds: DEFAULT_ROUNDS, seatFee: seatFeeWei })
  }
}
