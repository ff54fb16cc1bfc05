/** Literals of Go as templates write them. */
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
  return unescaped(literal.slice(1, -1), '"')
}

/** The code point of a character literal. */
export function parseCharacter(literal: string): bigint | undefined {
  const text = unescaped(literal.slice(1, -1), "'")
  const points = text === undefined ? [] : [...text]
  return points.length === 1 ? BigInt(points[0]?.codePointAt(0) ?? 0) : undefined
}

function unescaped(inside: string, quote: string): string | undefined {
  let isGood = true
  const text = inside.replace(
    ESCAPE,
    (whole, simple?: string, byte?: string, short?: string, long?: string, octal?: string) => {
      if (simple === '"' || simple === "'") {
        isGood &&= simple === quote
        return simple
      }
      if (simple !== undefined) return SIMPLE[simple] ?? ''
      const code = octal === undefined ? Number.parseInt(byte ?? short ?? long ?? 'x', 16) : Number.parseInt(octal, 8)
      const isByte = byte !== undefined || octal !== undefined
      const isSurrogate = code >= 0xd800 && code < 0xe000
      isGood &&= code <= (isByte ? 0x7f : 0x10ffff) && !isSurrogate
      return isGood ? String.fromCodePoint(code) : whole
    }
  )
  return isGood ? text : undefined
}

const INT =
  /^[+-]?(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[bB]_?[01]+(?:_[01]+)*|0[oO]_?[0-7]+(?:_[0-7]+)*|\d+(?:_\d+)*)$/

/** A number: whole ones are ints, as in Go's constants. */
export function parseNumber(literal: string): Operand | undefined {
  const plain = literal.replaceAll('_', '')
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
