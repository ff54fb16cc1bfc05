/**
 * Digits of a float as Go's strconv rounds them: of the exact value, halves to the even digit. (JavaScript's toFixed rounds
 * halves up.)
 */

/** A positive number or zero as `0.d1d2d3... x 10^point`, without zeros behind. */
interface Digits {
  readonly digits: string
  readonly point: number
}

const BIAS = 1075

/** The float as `mantissa x 2^exponent`, exactly. */
export function binary(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(value))
  const bits = view.getBigUint64(0)
  const power = Number(bits >> 52n)
  const fraction = bits & (2n ** 52n - 1n)
  return power === 0
    ? { mantissa: fraction, exponent: 1 - BIAS }
    : { mantissa: fraction + 2n ** 52n, exponent: power - BIAS }
}

/** `value x 10^shift` as a whole number. */
function rounded(value: number, shift: number): bigint {
  const { mantissa, exponent } = binary(value)
  const top = mantissa * 2n ** BigInt(Math.max(exponent, 0)) * 10n ** BigInt(Math.max(shift, 0))
  const bottom = 2n ** BigInt(Math.max(-exponent, 0)) * 10n ** BigInt(Math.max(-shift, 0))
  const [whole, rest] = [top / bottom, (top % bottom) * 2n]
  return rest > bottom || (rest === bottom && whole % 2n === 1n) ? whole + 1n : whole
}

/** As `%.<places>f` prints a value that is not negative. */
export function fixed(value: number, places: number): string {
  const digits = rounded(value, places)
    .toString()
    .padStart(places + 1, '0')
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** So many significant digits of a value that is not negative. */
function significant(value: number, count: number): Digits {
  if (value === 0) return { digits: '', point: 0 }
  // The shortest digits may have been rounded up to the next power of ten: then there is one digit too few.
  for (let power = Number(value.toExponential().split('e')[1]); ; power--) {
    const digits = rounded(value, count - 1 - power).toString()
    if (digits.length >= count) return { digits: digits.replace(/0+$/, ''), point: power + 1 + (digits.length - count) }
  }
}

/** The fewest digits that read back as the same float. */
function shortest(value: number): Digits {
  if (value === 0) return { digits: '', point: 0 }
  const [digits = '', power = '0'] = value.toExponential().split('e')
  return { digits: digits.replace('.', ''), point: Number(power) + 1 }
}

function withExponent({ digits, point }: Digits, places: number): string {
  const power = digits === '' ? 0 : point - 1
  const all = digits.padEnd(places + 1, '0')
  const mantissa = places === 0 ? all.slice(0, 1) : `${all.slice(0, 1)}.${all.slice(1)}`
  return `${mantissa}e${power < 0 ? '-' : '+'}${Math.abs(power).toString().padStart(2, '0')}`
}

/** As `%.<places>e` prints a value that is not negative. */
export function exponential(value: number, places: number): string {
  return withExponent(significant(value, places + 1), places)
}

/** As `%g` prints a value that is not negative: with an exponent where it is shorter. @param precision undefined: the fewest */
export function general(value: number, precision?: number): string {
  const found = precision === undefined ? shortest(value) : significant(value, Math.max(precision, 1))
  const { digits, point } = found
  const wanted = Math.max(precision ?? 6, 1)
  const limit = precision !== undefined && wanted > digits.length && digits.length >= point ? digits.length : wanted
  if (point - 1 < -4 || point - 1 >= limit) return withExponent(found, Math.max(digits.length - 1, 0))
  const whole = digits.slice(0, Math.max(point, 0)).padEnd(point, '0')
  const rest = '0'.repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0))
  return rest === '' ? whole || '0' : `${whole || '0'}.${rest}`
}
