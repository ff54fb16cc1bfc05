/** From an endpoint's refusal of a transaction to the reason, in a code that the market knows. */

import { isHex } from '../../protocols/core/bytes.ts'
import { formatCoins } from '../../protocols/core/units.ts'
import type { Contracts } from './contracts.ts'
import { ChainError } from './errors.ts'

/** What a refused broadcast means: the pool has it, its nonce is mined, another one with its nonce is in the pool, ... */
export type Refusal = 'known' | 'nonce-used' | 'nonce-pending' | 'no-funds' | 'other'

const REFUSALS: readonly (readonly [RegExp, Refusal])[] = [
  [/already known|already imported|known transaction|already in/i, 'known'],
  [/nonce.*(too low|lower)|nonce has already/i, 'nonce-used'],
  [/replacement|could not replace/i, 'nonce-pending'],
  [/insufficient funds|enough funds|insufficient balance/i, 'no-funds']
]

/** Sorts what endpoints say when they do not take a transaction: codes differ, the words hardly do. */
export function refusalOf(error: ChainError): Refusal {
  return REFUSALS.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'other'
}

/** The error of a simulation that failed: a revert by its name, a lack of funds, or as it came. */
export function simulationError(contracts: Contracts, error: ChainError): ChainError {
  const { data, reason } = error.details
  if (isHex(data) || /revert/i.test(error.message)) {
    const revert = contracts.reasonOf(isHex(data) ? data : '0x')
    const said = revert.error === 'none' && typeof reason === 'string' ? reason : revert.error
    return new ChainError('CHAIN_REVERTED', `the contract refuses: ${said}(${Object.values(revert.args).join(', ')})`, {
      details: { ...revert },
      cause: error
    })
  }
  return refusalOf(error) === 'no-funds'
    ? new ChainError('CHAIN_NO_FUNDS', 'the account cannot pay for this transaction: fund it first', { cause: error })
    : error
}

/** The account holds less than a transaction may cost. */
export function noFunds(account: string, haveWei: bigint, needWei: bigint): ChainError {
  const message = `account ${account} holds ${formatCoins(haveWei)}, the transaction may cost ${formatCoins(needWei)}: fund it first`
  return new ChainError('CHAIN_NO_FUNDS', message, { details: { account, haveWei, needWei } })
}

/** Somebody else sends with the same key. */
export function keyInUse(account: string, nonce: number): ChainError {
  const message = `another node or wallet sends transactions of ${account} (nonce ${nonce} is not ours): use one key in one place only`
  return new ChainError('CHAIN_KEY_IN_USE', message, { details: { account, nonce } })
}
