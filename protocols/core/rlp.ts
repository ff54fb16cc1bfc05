/** RLP, Ethereum's encoding of nested lists of bytes: what headers, receipts and trie nodes are hashed as. Strict: one spelling each. */
import { concat, uintBytes } from './bytes.ts'
import { LilyError } from './errors.ts'

/** Bytes, or a list of such. */
export type Rlp = Uint8Array | readonly Rlp[]

/** Deepest list that is read: receipts need four. */
const MAX_DEPTH = 16

const SHORT = 55

/** The bytes of a value. */
export function encodeRlp(value: Rlp): Uint8Array {
  if (value instanceof Uint8Array) {
    const [only] = value
    return value.length === 1 && only !== undefined && only < 0x80 ? value : concat(head(0x80, value.length), value)
  }
  const body = concat(...value.map(encodeRlp))
  return concat(head(0xc0, body.length), body)
}

/** A number as RLP wants it: no leading zeros, zero as no bytes. */
export function rlpNumber(value: bigint): Uint8Array {
  let length = 0
  for (let rest = value; rest > 0n; rest >>= 8n) length++
  return uintBytes(value, length)
}

function head(offset: number, length: number): Uint8Array {
  if (length <= SHORT) return Uint8Array.of(offset + length)
  const digits = rlpNumber(BigInt(length))
  return concat(Uint8Array.of(offset + SHORT + digits.length), digits)
}

/** The value of bytes. @throws RLP_MALFORMED when they are not exactly one value in its one spelling */
export function decodeRlp(bytes: Uint8Array): Rlp {
  const { value, end } = read(bytes, 0, bytes.length, 0)
  if (end !== bytes.length) throw malformed('has bytes after its end')
  return value
}

function read(bytes: Uint8Array, at: number, limit: number, depth: number): { value: Rlp; end: number } {
  if (depth > MAX_DEPTH) throw malformed('is nested too deeply')
  const first = bytes[at]
  if (first === undefined || at >= limit) throw malformed('ends too early')
  if (first < 0x80) return { value: bytes.subarray(at, at + 1), end: at + 1 }
  const isList = first >= 0xc0
  const { start, end } = span(bytes, at, limit, first - (isList ? 0xc0 : 0x80))
  if (!isList) {
    const value = bytes.subarray(start, end)
    if (value.length === 1 && (value[0] ?? 0) < 0x80) throw malformed('spells a small byte in two')
    return { value, end }
  }
  const items: Rlp[] = []
  for (let next = start; next < end; ) {
    const item = read(bytes, next, end, depth + 1)
    items.push(item.value)
    next = item.end
  }
  return { value: items, end }
}

function span(bytes: Uint8Array, at: number, limit: number, code: number): { start: number; end: number } {
  let length = code
  let start = at + 1
  if (code > SHORT) {
    const digits = bytes.subarray(start, start + code - SHORT)
    if (digits.length !== code - SHORT || digits.length > 4 || digits[0] === 0) throw malformed('has a bad length')
    start += digits.length
    length = digits.reduce((sum, digit) => sum * 256 + digit, 0)
    if (length <= SHORT) throw malformed('spells a short length in many bytes')
  }
  if (start + length > limit) throw malformed('ends too early')
  return { start, end: start + length }
}

function malformed(reason: string): LilyError<'RLP_MALFORMED'> {
  return new LilyError('RLP_MALFORMED', `not RLP: it ${reason}`)
}
