/** Money for a command: on a local network it comes from the faucet by itself, elsewhere it is only said what is missing. */
import type { NetworkProfile } from '../node/host/profile.ts'
import type { NodeApi } from '../node/market/api.ts'
import type { Address } from '../protocols/core/account.ts'
import { LilyError } from '../protocols/core/errors.ts'
import { formatCoins, WEI_PER_COIN } from '../protocols/core/units.ts'
import type { Context } from './context.ts'

/** What the faucet fills an account up to, and below what it does. */
export const FAUCET_FILL_WEI = 50n * WEI_PER_COIN
const FAUCET_LOW_WEI = 5n * WEI_PER_COIN

/** What a creator's or provider's deposit on a local network is filled up to. */
export const LOCAL_DEPOSIT_WEI = 5n * WEI_PER_COIN

/** Most seats that a dispute pays for: 3 in the first round, 7 in the second. */
const MOST_SEATS = 10n

/** On a local network: coins from the faucet for an account that has few; says so. */
export async function ensureCoins(profile: NetworkProfile, account: Address, { io, signal }: Context): Promise<void> {
  if (!profile.isLocal || profile.faucetKey === undefined) return
  const { coinsOf, drawFromFaucet } = await import('../node/host/faucet.ts')
  if ((await coinsOf(profile, account, { signal })) >= FAUCET_LOW_WEI) return
  const givenWei = await drawFromFaucet(profile, account, FAUCET_FILL_WEI, { signal })
  if (givenWei === 0n) return
  io.note(`${account} got ${formatCoins(givenWei)} coins from the local faucet`)
  io.emit({ type: 'faucet', account, amountWei: givenWei })
}

/**
 * Sees to it that the account's deposit carries a job of at most `maxPriceWei`, checks included.
 *
 * @throws LilyError WALLET_EMPTY on a network that is not local, with what to deposit
 */
export async function ensureDeposit(
  api: NodeApi,
  profile: NetworkProfile,
  maxPriceWei: bigint,
  { io, signal }: Context
): Promise<void> {
  const needWei = maxPriceWei + MOST_SEATS * profile.defaults.seatFeeWei
  const { freeWei, account } = await api.status({ signal })
  if (freeWei >= needWei) return
  const missingWei = needWei - freeWei
  if (!profile.isLocal) {
    const message = `${account} has ${formatCoins(freeWei)} coins deposited, this job may need ${formatCoins(needWei)}`
    const how = `deposit with \`lilynode wallet deposit ${formatCoins(missingWei)}\`, or lower --max-price`
    throw new LilyError('WALLET_EMPTY', `${message}: ${how}`, { details: { freeWei, needWei } })
  }
  const amountWei = missingWei > LOCAL_DEPOSIT_WEI ? missingWei : LOCAL_DEPOSIT_WEI
  await api.deposit(amountWei, { signal })
  io.note(`deposited ${formatCoins(amountWei)} coins for jobs`)
  io.emit({ type: 'deposit', account, amountWei })
}
