/** Money in the Market: enough for what a party is about to promise, taken from its own coins where they are there. */
import { LilyError } from '../../protocols/core/errors.ts'
import { formatCoins } from '../../protocols/core/units.ts'
import type { AbortOptions, Chain } from './ports.ts'

/** Coins that stay in the account to pay for transactions, in wei. */
export const GAS_RESERVE_WEI = 10n ** 16n

/**
 * Makes sure that the account has `neededWei` free in the Market; deposits what is missing.
 *
 * @throws WALLET_NO_FUNDS when its coins do not suffice
 */
export async function ensureEscrow(chain: Chain, neededWei: bigint, options: AbortOptions = {}): Promise<void> {
  const { coinWei, freeWei } = await chain.balance(chain.account, options)
  if (freeWei >= neededWei) return
  const missingWei = neededWei - freeWei
  if (coinWei < missingWei + GAS_RESERVE_WEI) {
    const [has, needs] = [formatCoins(coinWei), formatCoins(missingWei + GAS_RESERVE_WEI)]
    throw new LilyError(
      'WALLET_NO_FUNDS',
      `account ${chain.account} has ${has} coins, ${needs} are needed: send it coins, or lower the price`,
      {
        details: { account: chain.account, coinWei, neededWei: missingWei + GAS_RESERVE_WEI }
      }
    )
  }
  await chain.send({ name: 'deposit', valueWei: missingWei }, options)
}
