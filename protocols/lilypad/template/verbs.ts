/** How Go's fmt prints one value with one verb. */
import { utf8 } from '../../core/utf8.ts'
import { LilypadError } from '../errors.ts'
import { binary, exponential, fixed, general } from './decimal.ts'
import { goEscape } from './escape.ts'
import { cutText, mapText, printed, type Text, textOf } from './text.ts'
import { display, typeOf, type Value } from './value.ts'

/** What stands between a `%` and its verb. */
export interface Flags {
  plus: boolean
  minus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  /** `%#v`. */
  isGoSyntax: boolean
  width: number
  precision: number | undefined
}

/** No flags at all. */
export function noFlags(): Flags {
  return {
    plus: false,
    minus: false,
    sharp: false,
    space: false,
    zero: false,
    isGoSyntax: false,
    width: 0,
    precision: undefined
  }
}

/** `value` as `verb` prints it; Go's remark in brackets when the verb is none for it. */
export function formatted(verb: string, value: Value, flags: Flags): Text {
  if (value.kind === 'missing')
    return verb === 'T' || verb === 'v' ? padded(textOf('<nil>'), flags) : textOf(`%!${verb}(<nil>)`)
  if (verb === 'T') return formatString('s', textOf(typeOf(value)), flags) ?? []
  return byKind(verb, value, flags) ?? [...textOf(`%!${verb}(`), ...typed(value, flags), ...textOf(')')]
}

/** `type=value`, as fmt names a value that it has no use for. */
export function typed(value: Value, flags: Flags = noFlags()): Text {
  if (value.kind === 'missing') return textOf('<nil>')
  return [...textOf(`${typeOf(value)}=`), ...formatted('v', value, flags)]
}

function byKind(verb: string, value: Exclude<Value, { kind: 'missing' }>, flags: Flags): Text | undefined {
  switch (value.kind) {
    case 'string':
      return formatString(verb, value.text, flags)
    case 'int':
      return formatInt(verb, value.value, value.isByte === true, flags)
    case 'float':
      return formatFloat(verb, value.value, flags)
    case 'bool':
      return verb === 't' || verb === 'v' ? padded(textOf(value.value.toString()), flags) : undefined
    case 'map':
      return display(value)
  }
}

function formatString(verb: string, text: Text, flags: Flags): Text | undefined {
  const cut = flags.precision === undefined ? text : firstRunes(text, flags.precision)
  if (verb === 'x' || verb === 'X') return formatBytes(text, verb, flags)
  if (verb === 's' || (verb === 'v' && !flags.isGoSyntax)) return padded(cut, flags)
  if (verb !== 'q' && verb !== 'v') return undefined
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a raw literal of Go cannot hold
  const isRaw = flags.sharp && !/[\0-\x08\x0a-\x1f\x7f`\uFEFF]/.test(printed(cut))
  if (isRaw) return padded([...textOf('`'), ...cut, ...textOf('`')], flags)
  const inside = mapText(cut, (words, { kind }) => ({
    text: goEscape(words, flags.plus),
    // A quotation mark that is quoted itself is a mark no more.
    ...(kind === 'quote' ? { kind: 'text' } : { isEscaped: true })
  }))
  return padded([{ kind: 'quote', text: '"' }, ...inside, { kind: 'quote', text: '"' }], flags)
}

function firstRunes(text: Text, count: number): Text {
  const runes = [...printed(text)].slice(0, count).join('')
  return cutText(text, 0, runes.length)
}

/** A string's bytes in hexadecimal. They are a value of the user's as soon as one of them is. */
function formatBytes(text: Text, verb: 'x' | 'X', flags: Flags): Text {
  const bytes = utf8(printed(text)).subarray(0, flags.precision)
  const prefix = flags.sharp ? '0x' : ''
  const parts = [...bytes].map((byte, i) => {
    const digits = byte.toString(16).padStart(2, '0')
    if (flags.space) return `${i === 0 ? '' : ' '}${prefix}${digits}`
    return i === 0 ? prefix + digits : digits
  })
  const lower = parts.join('')
  const words = verb === 'X' ? lower.toUpperCase() : lower
  const isUsers = text.some(({ kind }) => kind === 'user')
  return padded(isUsers ? [{ kind: 'user', text: words, isEscaped: false }] : textOf(words), flags)
}

const BASES: Readonly<Record<string, number>> = { d: 10, v: 10, x: 16, X: 16, o: 8, O: 8, b: 2 }

function formatInt(verb: string, value: bigint, isByte: boolean, flags: Flags): Text | undefined {
  if (verb === 'c') return padded(textOf(rune(value)), flags)
  if (verb === 'q') return padded(textOf(quotedRune(value, flags)), flags)
  if (verb === 'U') return padded(textOf(unicode(value, flags)), { ...flags, zero: false })
  if (verb === 'v' && flags.isGoSyntax && isByte)
    return padded(textOf(whole(value, 16, 'x', { ...flags, sharp: true })), { ...flags, zero: false })
  const base = BASES[verb]
  return base === undefined ? undefined : padded(textOf(whole(value, base, verb, flags)), { ...flags, zero: false })
}

function whole(value: bigint, base: number, verb: string, flags: Flags): string {
  const { sharp, precision, width } = flags
  // No digits of nothing: what is left is the width.
  if (precision === 0 && value === 0n) return ''
  const sign = signOf(value < 0n, flags)
  const least = precision ?? (flags.zero ? width - sign.length : 0)
  let digits = (value < 0n ? -value : value).toString(base).padStart(least, '0')
  if (sharp && base === 2) digits = `0b${digits}`
  if (sharp && base === 8 && !digits.startsWith('0')) digits = `0${digits}`
  if (sharp && base === 16) digits = `0x${digits}`
  if (verb === 'O') digits = `0o${digits}`
  return sign + (verb === 'X' ? digits.toUpperCase() : digits)
}

function unicode(value: bigint, { sharp, precision }: Flags): string {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase()
  const code = `U+${digits.padStart(Math.max(precision ?? 4, 4), '0')}`
  const char = rune(value)
  const isShown = sharp && value >= 0n && value <= 0x10ffffn && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)
  return isShown && (char !== '\uFFFD' || value === 0xfffdn) ? `${code} '${char}'` : code
}

function rune(value: bigint): string {
  const isOne = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n)
  return isOne ? String.fromCodePoint(Number(value)) : '\uFFFD'
}

function quotedRune(value: bigint, { plus }: Flags): string {
  const char = rune(value)
  return `'${char === "'" ? "\\'" : char === '"' ? char : goEscape(char, plus)}'`
}

function formatFloat(verb: string, value: number, flags: Flags): Text | undefined {
  const digits = floatDigits(verb, Math.abs(value), flags.precision)
  if (digits === undefined) return undefined
  const sign = signOf(value < 0 || Object.is(value, -0), flags)
  const all = flags.sharp && verb !== 'b' ? withPoint(digits, verb, flags.precision) : digits
  const isZeroed = flags.zero && sign !== ''
  return padded(textOf(isZeroed ? sign + all.padStart(flags.width - sign.length, '0') : sign + all), flags)
}

function floatDigits(verb: string, size: number, precision: number | undefined): string | undefined {
  switch (verb) {
    case 'f':
    case 'F':
      return fixed(size, precision ?? 6)
    case 'e':
    case 'E':
      return capital(verb, exponential(size, precision ?? 6))
    case 'v':
    case 'g':
    case 'G':
      return capital(verb, general(size, precision))
    case 'b': {
      const { mantissa, exponent } = binary(size)
      return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`
    }
    case 'x':
    case 'X':
      throw new LilypadError(
        'LILYPAD_TEMPLATE_UNSUPPORTED',
        `the template uses printf with %${verb} of a float, which is not supported`
      )
    default:
      return undefined
  }
}

function capital(verb: string, digits: string): string {
  return verb === verb.toUpperCase() ? digits.toUpperCase() : digits
}

/** What `#` does to a float: a point always, and for `%g` the zeros behind it. */
function withPoint(digits: string, verb: string, precision: number | undefined): string {
  const [, mantissa = '', tail = ''] = /^([^eE]*)(.*)$/.exec(digits) ?? []
  const shown = mantissa.includes('.') ? mantissa : `${mantissa}.`
  if (!['v', 'g', 'G'].includes(verb)) return shown + tail
  // A zero that has no point counts as a digit; other zeros in front do not.
  const significant = mantissa === '0' ? 1 : mantissa.replace('.', '').replace(/^0+/, '').length
  return shown + '0'.repeat(Math.max((precision ?? 6) - significant, 0)) + tail
}

function signOf(isNegative: boolean, { plus, space }: Flags): string {
  return isNegative ? '-' : plus ? '+' : space ? ' ' : ''
}

/** Filled up to the width; strings are filled with zeros too, which is what Go does. */
function padded(text: Text, { minus, zero, width }: Flags): Text {
  const missing = width - [...printed(text)].length
  if (missing <= 0) return text
  const padding = textOf((zero ? '0' : ' ').repeat(missing))
  return minus ? [...text, ...padding] : [...padding, ...text]
}
