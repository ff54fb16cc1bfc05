/**
 * Appeals: the loser of a unanimous verdict below the last round may ask for the next committee, which has new and more
 * seats. It deposits that committee's fees, and has them back when the verdict turns. Part of step 6 of a job's life.
 */
import type { Dispute } from '../../protocols/committee/dispute.ts'
import type { Address } from '../../protocols/core/account.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { seatsOfRound, totalCollateralWei, totalPriceWei } from '../../protocols/deal/totals.ts'
import { ensureEscrow } from './escrow.ts'
import type { AbortOptions, Chain } from './ports.ts'

/** What an appeal of a dispute's present verdict costs: the fees of the next round's seats, in wei. */
export function appealDepositWei(deal: Deal, { round }: Pick<Dispute, 'round'>): bigint {
  return deal.seatFee * BigInt(seatsOfRound(deal, round + 1))
}

/** Who may appeal: the provider against being found wrong, the creator against anything else. */
export function loserOf(deal: Deal, { pending }: Pick<Dispute, 'pending'>): Address {
  return pending === 'wrong' ? deal.provider : deal.creator
}

/** Whether a provider that knows itself right gains by an appeal: it has more to lose than it deposits. */
export function isWorthAppealing(deal: Deal, dispute: Pick<Dispute, 'round'>): boolean {
  return appealDepositWei(deal, dispute) < totalPriceWei(deal) + totalCollateralWei(deal)
}

/**
 * Appeals the verdict on a deal as this node's account; deposits what it costs where it is not free in the Market yet.
 *
 * @throws DEAL_NOT_APPEALABLE when no verdict waits for an appeal, DEAL_NOT_LOSER, WALLET_NO_FUNDS, CHAIN_*
 */
export async function appeal(chain: Chain, id: DealId, deal: Deal, options: AbortOptions = {}): Promise<void> {
  const dispute = await chain.dispute(id, options)
  if (dispute.phase !== 'appeal')
    throw new LilyError('DEAL_NOT_APPEALABLE', `no verdict on deal ${id} waits for an appeal`, {
      details: { phase: dispute.phase, verdict: dispute.verdict }
    })
  const loser = loserOf(deal, dispute)
  if (loser !== chain.account)
    throw new LilyError('DEAL_NOT_LOSER', `the verdict is "${dispute.pending}": only ${loser} may appeal`, {
      details: { loser, account: chain.account }
    })
  await ensureEscrow(chain, appealDepositWei(deal, dispute), options)
  await chain.send({ name: 'appeal', deal }, { key: `appeal/${id}/${dispute.round}`, ...options })
}
