/** What a transaction offers for its inclusion, in wei per gas unit (EIP-1559). */
import type { TxRecord } from './tx-record.ts'

/** The most that is paid in all, and of it the most that goes to the block's proposer. */
export type Fees = Pick<TxRecord, 'maxFeeWei' | 'tipWei'>

/** Where a chain does not say what tip is usual. */
export const DEFAULT_TIP_WEI = 1_000_000_000n

/** No transaction is worth more per gas unit: 1000 gwei. A chain that asks for more must be waited for. */
export const MAX_FEE_WEI = 1_000_000_000_000n

/** Room for the base fee to grow: it at most doubles within six full blocks. */
const BASE_FEE_ROOM = 2n

/** Fees for a transaction that is sent now. */
export function feesFor(baseFeeWei: bigint, tipWei: bigint): Fees {
  return { maxFeeWei: BASE_FEE_ROOM * baseFeeWei + tipWei, tipWei }
}

/**
 * Fees that replace others in the pools, which ask for a tenth more of both; a quarter is offered, so that a few versions
 * reach any price. Undefined when that is beyond {@link MAX_FEE_WEI}.
 */
export function replacingFees(old: Fees, baseFeeWei: bigint, usualTipWei: bigint): Fees | undefined {
  const tipWei = atLeast(raised(old.tipWei), usualTipWei)
  const maxFeeWei = atLeast(raised(old.maxFeeWei), feesFor(baseFeeWei, tipWei).maxFeeWei)
  return maxFeeWei > MAX_FEE_WEI ? undefined : { maxFeeWei, tipWei }
}

const raised = (wei: bigint): bigint => (wei * 5n) / 4n + 1n

function atLeast(wei: bigint, floorWei: bigint): bigint {
  if (wei < floorWei) return floorWei
  return wei
}
