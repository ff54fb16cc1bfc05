/** Amounts as Bacalhau writes them: `500m` cores, `8Gb`, `3gb`, `24000MB`. */
import { badField, type Fields } from './fields.ts'

const MIB = 1024 * 1024
const POWERS = ['', 'k', 'm', 'g', 't']

/** No container runs in less: a bare number below it, as many templates have it, is meant in MiB. */
const LEAST_BYTES = 6 * MIB

/** Thousandths of a core. @throws LILYPAD_BAD_FIELD */
export function cpuMilli(fields: Fields, name: string): number {
  const value = fields.get(name)
  const milli = typeof value === 'string' ? /^(\d+)m$/.exec(value.trim())?.[1] : undefined
  return milli === undefined ? Math.ceil(fields.amount(name) * 1000) : Number(milli)
}

/** Memory or disk in MiB; units are powers of 1024 whatever their spelling, as in Bacalhau. @throws LILYPAD_BAD_FIELD */
export function sizeMiB(fields: Fields, name: string): number {
  const value = fields.get(name) ?? ''
  const text = typeof value === 'number' ? value.toString() : value
  if (text === '') return 0
  const match = typeof text === 'string' ? /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?(b?)$/i.exec(text.trim()) : null
  if (match === null) throw badField(fields.at(name), 'a size such as 512Mb or 8Gb', value)
  const [, digits = '', prefix = '', byte = ''] = match
  const bytes = Number(digits) * 1024 ** POWERS.indexOf(prefix.toLowerCase())
  const isBare = prefix === '' && byte === ''
  return isBare && bytes < LEAST_BYTES ? Math.ceil(bytes) : Math.ceil(bytes / MIB)
}
