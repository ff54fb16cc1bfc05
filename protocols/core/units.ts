/** Units: the only place that converts between them. Money is wei, chain time is seconds, process time is milliseconds. */
import { LilyError } from './errors.ts'

/** Wei in one coin. */
export const WEI_PER_COIN = 10n ** 18n

/** Parts of a whole in basis points. */
export const BPS = 10_000n

/** Gas units that a deal's `unitPrice` buys. */
export const GAS_PER_UNIT = 1_000_000n

/** The smaller of two amounts; `Math.min` takes no bigint. */
export function minWei(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** Chain seconds as process milliseconds. */
export function secToMs(seconds: number): number {
  return seconds * 1000
}

/** Process milliseconds as whole chain seconds, rounded up. */
export function msToSec(ms: number): number {
  return Math.ceil(ms / 1000)
}

const SUFFIX_WEI: Readonly<Record<string, bigint>> = { wei: 1n, gwei: 10n ** 9n, eth: WEI_PER_COIN, '': WEI_PER_COIN }

/**
 * An amount as people write it: `0.5`, `0.5eth`, `3gwei`, `10wei`. A bare number is whole coins.
 *
 * @throws UNITS_BAD_AMOUNT when it is not a non-negative decimal, or finer than one wei
 */
export function parseWei(amount: string): bigint {
  const match = /^(\d+)(?:\.(\d+))?\s*(wei|gwei|eth|)$/.exec(amount.trim().toLowerCase())
  const unit = SUFFIX_WEI[match?.[3] ?? '']
  const fraction = match?.[2] ?? ''
  const digits = unit === undefined ? 0 : unit.toString().length - 1
  if (match?.[1] === undefined || unit === undefined || fraction.length > digits)
    throw new LilyError('UNITS_BAD_AMOUNT', `not an amount: "${amount}"; write for example 0.5, 0.5eth, 3gwei or 10wei`)
  return BigInt(match[1]) * unit + BigInt(fraction.padEnd(digits, '0') || '0')
}

/** Wei as coins for people, exact, without trailing zeros: `1.25`, `0.000000000000000001`. */
export function formatCoins(wei: bigint): string {
  const sign = wei < 0n ? '-' : ''
  const abs = wei < 0n ? -wei : wei
  const fraction = (abs % WEI_PER_COIN).toString().padStart(18, '0').replace(/0+$/, '')
  return `${sign}${abs / WEI_PER_COIN}${fraction === '' ? '' : `.${fraction}`}`
}
