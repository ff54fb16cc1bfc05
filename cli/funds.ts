/** Coins for a command: on a local network they come from the faucet by themselves. Deposits are the node's own care. */
import type { NetworkProfile } from '../node/host/profile.ts'
import type { Address } from '../protocols/core/account.ts'
import { formatCoins, WEI_PER_COIN } from '../protocols/core/units.ts'
import type { Context } from './context.ts'

/** What the faucet fills an account up to, and below what it does. */
export const FAUCET_FILL_WEI = 50n * WEI_PER_COIN
const FAUCET_LOW_WEI = 5n * WEI_PER_COIN

/** On a local network: coins from the faucet for an account that has few; says so. @throws LilyError FAUCET_*, CHAIN_* */
export async function ensureCoins(profile: NetworkProfile, account: Address, { io, signal }: Context): Promise<void> {
  if (!profile.isLocal || profile.faucetKey === undefined) return
  const { coinsOf, drawFromFaucet } = await import('../node/host/faucet.ts')
  if ((await coinsOf(profile, account, { signal })) >= FAUCET_LOW_WEI) return
  const givenWei = await drawFromFaucet(profile, account, FAUCET_FILL_WEI, { signal })
  if (givenWei === 0n) return
  io.note(`${account} got ${formatCoins(givenWei)} coins from the local faucet`)
  io.emit({ type: 'faucet', account, amountWei: givenWei })
}
