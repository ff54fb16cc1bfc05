/** What a deal has cost its creator, from the payments that the chain shows. */
import type { Address } from '../../protocols/core/account.ts'
import type { Deal } from '../../protocols/deal/deal.ts'
import { budgetWei, totalPriceWei } from '../../protocols/deal/totals.ts'
import type { Payment } from './ports.ts'

/** Wei that the creator put in, less what came back to it; never below 0 (compensation may exceed the price). */
export function pricePaid(deal: Deal, creator: Address, isChallenged: boolean, payments: readonly Payment[]): bigint {
  const inWei = totalPriceWei(deal) + (isChallenged ? budgetWei(deal) : 0n)
  const backWei = payments
    .filter(({ account }) => account === creator)
    .reduce((sum, { amountWei }) => sum + amountWei, 0n)
  return inWei > backWei ? inWei - backWei : 0n
}
