/** Literals of Go as templates write them. */
import { fromUtf8, utf8 } from '../../core/utf8.ts'
import type { Operand } from './tree.ts'

const ESCAPE = /\\(?:([abfnrtv\\"'])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/g
const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\'
}

/** The text of a quoted literal, or undefined when it is malformed. Bytes that are no text are malformed here. */
export function unquote(literal: string): string | undefined {
  if (literal.startsWith('`')) return literal.slice(1, -1).replaceAll('\r', '')
  const pieces = unescaped(literal.slice(1, -1), '"')
  if (pieces === undefined) return undefined
  if (!pieces.some(piece => typeof piece === 'number')) return pieces.join('')
  const bytes = pieces.flatMap(piece => (typeof piece === 'number' ? [piece] : [...utf8(piece)]))
  try {
    return fromUtf8(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}

/** The code point of a character literal. */
export function parseCharacter(literal: string): bigint | undefined {
  const codes: number[] = []
  for (const piece of unescaped(literal.slice(1, -1), "'") ?? []) {
    if (typeof piece === 'number') codes.push(piece)
    else for (const char of piece) codes.push(char.codePointAt(0) ?? 0)
  }
  const [code] = codes
  return code === undefined || codes.length !== 1 ? undefined : BigInt(code)
}

/** Texts and, where an escape names one, bytes. */
function unescaped(inside: string, quote: string): (string | number)[] | undefined {
  const pieces: (string | number)[] = []
  let at = 0
  for (const match of inside.matchAll(ESCAPE)) {
    pieces.push(inside.slice(at, match.index))
    at = match.index + match[0].length
    const piece = readEscape(match, quote)
    if (piece === undefined) return undefined
    pieces.push(piece)
  }
  pieces.push(inside.slice(at))
  return pieces
}

function readEscape([, simple, byte, short, long, octal]: RegExpExecArray, quote: string): string | number | undefined {
  if (simple === '"' || simple === "'") return simple === quote ? simple : undefined
  if (simple !== undefined) return SIMPLE[simple]
  const code = octal === undefined ? Number.parseInt(byte ?? short ?? long ?? 'x', 16) : Number.parseInt(octal, 8)
  if (byte !== undefined || octal !== undefined) return code <= 0xff ? code : undefined
  const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)
  return isCharacter ? String.fromCodePoint(code) : undefined
}

const INT =
  /^[+-]?(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[bB]_?[01]+(?:_[01]+)*|0[oO]_?[0-7]+(?:_[0-7]+)*|\d+(?:_\d+)*)$/

const HEX_FLOAT = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d{1,5})$/

function hexFloat(literal: string): Operand | undefined {
  const [, sign, whole = '', rest = '', power = '0'] = HEX_FLOAT.exec(literal) ?? []
  // More digits than a float has would have to be rounded as Go rounds them.
  if (whole + rest === '' || (whole + rest).length > 13) return undefined
  const value = Number.parseInt(whole + rest, 16) * 2 ** (Number(power) - 4 * rest.length)
  return Number.isFinite(value) ? { kind: 'float', value: sign === '-' ? -value : value } : undefined
}

/** A number: whole ones are ints, as in Go's constants. */
export function parseNumber(literal: string): Operand | undefined {
  const plain = literal.replaceAll('_', '')
  if (HEX_FLOAT.test(literal)) return hexFloat(literal)
  if (!INT.test(literal)) {
    const value = Number(plain)
    return literal.includes('_') || !Number.isFinite(value) ? undefined : { kind: 'float', value }
  }
  const [, sign, digits = ''] = /^([+-]?)(.*)$/.exec(plain) ?? []
  const isOctal = /^0[0-7]+$/.test(digits)
  if (!isOctal && /^0\d+$/.test(digits)) return undefined
  const value = BigInt(isOctal ? `0o${digits}` : digits) * (sign === '-' ? -1n : 1n)
  return value >= -(2n ** 63n) && value < 2n ** 63n ? { kind: 'int', value } : undefined
}
