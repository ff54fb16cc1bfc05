/** Parsers of what stands on the command line, for commander: each gives a value or says what it expected. */
import { InvalidArgumentError } from 'commander'
import { type Address, isAddress } from '../protocols/core/account.ts'
import { type Bytes32, isHex } from '../protocols/core/bytes.ts'
import { isLilyError } from '../protocols/core/errors.ts'
import { parseWei } from '../protocols/core/units.ts'

/** An amount of coins, as {@link parseWei} takes it, in wei. */
export function weiValue(text: string): bigint {
  try {
    return parseWei(text)
  } catch (error) {
    throw new InvalidArgumentError(isLilyError(error) ? error.message : 'not an amount')
  }
}

/** A whole number of `min`..`max`. */
export function wholeValue(min: number, max: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`expected a whole number of ${min}..${max}`)
  }
}

/** A whole multiple such as `3` or `3x`. */
export function timesValue(text: string): number {
  return wholeValue(1, 1000)(text.replace(/x$/i, ''))
}

/** An account. */
export function accountValue(text: string): Address {
  const lower = text.toLowerCase()
  if (isAddress(lower)) return lower
  throw new InvalidArgumentError('expected an account: 0x and 40 hex digits')
}

/** A whole id, or its beginning of at least 4 digits. */
export function idValue(text: string): string {
  const lower = text.toLowerCase()
  if (/^0x[0-9a-f]{4,64}$/.test(lower)) return lower
  throw new InvalidArgumentError('expected an id, or its beginning: 0x and 4..64 hex digits')
}

/** Whether an id is whole. */
export function isWholeId(id: string): id is Bytes32 {
  return isHex(id, 32)
}

/** How often to verify: `always`, `never` or a percentage; in basis points. */
export function verifyValue(text: string): number {
  if (text === 'always') return 10_000
  if (text === 'never') return 0
  const percent = /^(\d{1,3}(?:\.\d{1,2})?)%?$/.exec(text)?.[1]
  const bps = Math.round(Number(percent) * 100)
  if (percent !== undefined && bps <= 10_000) return bps
  throw new InvalidArgumentError('expected always, never, or a percentage such as 5%')
}

/** `name=value` pairs of a repeated option, gathered; the value may have further equals signs. */
export function pairValue(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('expected name=value')
  const name = text.slice(0, at)
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice`)
  return { ...before, [name]: text.slice(at + 1) }
}

/** Values of an option that may be repeated, or hold several with commas between. */
export function listValue(text: string, before: readonly string[] = []): readonly string[] {
  const values = text.split(',').map(value => value.trim())
  if (values.includes('')) throw new InvalidArgumentError('expected values with commas between')
  return [...before, ...values]
}

/** As {@link listValue}, but each value must be one of some words. */
export function wordsValue<T extends string>(
  words: readonly T[]
): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => {
    const found = listValue(text).map(value => words.find(word => word === value))
    if (found.includes(undefined)) throw new InvalidArgumentError(`expected one or more of ${words.join(', ')}`)
    return [...before, ...found.filter(word => word !== undefined)]
  }
}
