/**
 * Books of a scenario: what everybody has in the Market before and after, and what the protocol says the difference must
 * be. Deposits and withdrawals in between are not earnings and do not count.
 */

import type { AbortOptions } from '../node/market/ports.ts'
import { type Address, ZERO_ADDRESS } from '../protocols/core/account.ts'
import type { Deal } from '../protocols/deal/deal.ts'
import { budgetWei, totalCollateralWei, totalPriceWei } from '../protocols/deal/totals.ts'
import { type Ending, type FeeTerms, payouts } from '../protocols/settlement/payout.ts'
import type { MarketChain } from './dev-chain.ts'

/** Free balances as of a block, in wei. */
export interface Books {
  readonly block: number
  readonly freeWei: ReadonlyMap<Address, bigint>
}

/** Changes of free balances, in wei; accounts without one are absent. */
export type Changes = ReadonlyMap<Address, bigint>

/** The books of some accounts now. */
export async function takeBooks(
  chain: MarketChain,
  accounts: readonly Address[],
  options: AbortOptions = {}
): Promise<Books> {
  for (;;) {
    const block = await chain.blockNumber(options)
    const balances = await Promise.all(accounts.map(account => chain.balance(account, options)))
    // The chain keeps no old states, so what was read belongs together only if no block came in between.
    if (block !== (await chain.blockNumber(options))) continue
    return { block, freeWei: new Map(accounts.map((account, i) => [account, balances[i]?.freeWei ?? 0n])) }
  }
}

/** What deals have changed since the books were taken. */
export async function changesSince(chain: MarketChain, books: Books, options: AbortOptions = {}): Promise<Changes> {
  const now = await takeBooks(chain, [...books.freeWei.keys()], options)
  const moved = await chain.movedWei(books.block + 1, now.block, options)
  const changes = new Map<Address, bigint>()
  for (const [account, before] of books.freeWei)
    addTo(changes, account, (now.freeWei.get(account) ?? 0n) - before - (moved.get(account) ?? 0n))
  return withoutZeros(changes)
}

/** What a deal must have changed in the end, from its terms and the way it ended. */
export function expectedChanges(deals: readonly { deal: Deal; ending: Ending }[], fees: FeeTerms): Changes {
  const changes = new Map<Address, bigint>()
  for (const { deal, ending } of deals) {
    addTo(changes, deal.creator, -totalPriceWei(deal))
    addTo(changes, deal.provider, -totalCollateralWei(deal))
    if (ending.kind === 'ruled') {
      const { challenger, creatorDepositWei, providerDepositWei } = ending.ruling
      addTo(changes, challenger, -budgetWei(deal))
      addTo(changes, deal.creator, -creatorDepositWei)
      addTo(changes, deal.provider, -providerDepositWei)
    }
    for (const { account, amountWei } of payouts(deal, ending, fees)) addTo(changes, account, amountWei)
  }
  return withoutZeros(changes)
}

/** The ending of a deal whose creator called a committee: everybody in `voters` voted with the verdict. */
export function ruledEnding(
  deal: Deal,
  verdict: 'correct' | 'wrong' | 'unverifiable' | 'no-verdict',
  voters: readonly Address[],
  deposits: { readonly creatorDepositWei?: bigint; readonly providerDepositWei?: bigint } = {}
): Ending {
  const ruling = {
    verdict,
    used: 0n,
    voters,
    challenger: deal.creator,
    creatorDepositWei: 0n,
    providerDepositWei: 0n,
    ...deposits
  }
  return { kind: 'ruled', ruling }
}

/** The fees of a deployment for a module that nobody has registered. */
export async function feeTerms(chain: MarketChain, options: AbortOptions = {}): Promise<FeeTerms> {
  return { ...(await chain.fees(options)), isPublicGood: false, author: ZERO_ADDRESS, authorBps: 0 }
}

/** Changes as lines of text, sorted, so that two of them can be compared and a difference can be read. */
export function describeChanges(changes: Changes, nameOf: (account: Address) => string): readonly string[] {
  return [...changes].map(([account, wei]) => `${nameOf(account)} ${wei > 0n ? '+' : ''}${wei}`).sort()
}

function addTo(changes: Map<Address, bigint>, account: Address, wei: bigint): void {
  changes.set(account, (changes.get(account) ?? 0n) + wei)
}

function withoutZeros(changes: Changes): Changes {
  return new Map([...changes].filter(([, wei]) => wei !== 0n))
}
