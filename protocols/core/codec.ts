/**
 * Canonical codecs: a message is a dag-cbor map with exactly the fields of its table, each within its limits, and there is
 * one byte string per value. Decoding is strict (unknown, missing, wrong or non-canonical is an error), so a hash of the
 * bytes is a hash of the meaning.
 */
import * as dagCbor from '@ipld/dag-cbor'
import type { Address } from './account.ts'
import { bytesUint, equalBytes, fromHex, type Hex, isHex, toHex, uintBytes } from './bytes.ts'
import { type CID, isOurCid } from './cid.ts'
import { LilyError } from './errors.ts'
import { describeShape, type Shape } from './shape.ts'
import { utf8 } from './utf8.ts'

/** Why bytes were not a message. */
export type CodecErrorCode = 'CODEC_TOO_LARGE' | 'CODEC_MALFORMED' | 'CODEC_NOT_CANONICAL' | 'CODEC_FIELD'

/** Bytes that are not a message of the expected kind, or a value that no message may carry. */
export class CodecError extends LilyError<CodecErrorCode> {
  override readonly name = 'CodecError'
}

/** One field: what it may hold, how its value looks in cbor, and the check on the way in and out. */
export interface Field<T> {
  readonly shape: Shape
  toCbor(value: T, path: string): unknown
  fromCbor(value: unknown, path: string): T
}

/** Any field, whatever it carries. */
interface AnyField {
  readonly shape: Shape
  toCbor(value: never, path: string): unknown
  fromCbor(value: unknown, path: string): unknown
}

/** The value that a field carries. */
export type Value<F> = F extends Field<infer T> ? T : never

/** The message that a table describes. */
export type Message<S> = { readonly [K in keyof S]: Value<S[K]> }

function bad(path: string, shape: Shape, found: unknown): never {
  throw new CodecError('CODEC_FIELD', `${path}: expected ${describeShape(shape)}, found ${describe(found)}`, {
    details: { path }
  })
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return `a list of ${value.length}`
  switch (typeof value) {
    case 'object':
      return value === null ? 'null' : 'a map'
    case 'string':
      if (value.startsWith(BYTE_ORDER_MARK)) return 'text that begins with a byte order mark (U+FEFF): remove it'
      return value.slice(0, 60)
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value).slice(0, 60)
    default:
      return `a ${typeof value}`
  }
}

/** A check that is the same in both directions. */
function checked<T>(shape: Shape, is: (value: unknown) => value is T): Field<T> {
  const check = (value: unknown, path: string): T => (is(value) ? value : bad(path, shape, value))
  return { shape, toCbor: check, fromCbor: check }
}

/** A safe integer of `min`..`max`, both included. */
export function integer(min: number, max: number): Field<number> {
  return checked(
    { kind: 'integer', min, max },
    (v): v is number => Number.isSafeInteger(v) && Number(v) >= min && Number(v) <= max
  )
}

/** An unsigned integer of at most `bits` bits, as minimal big-endian bytes: money and counters beyond 53 bits. */
export function uint(bits: number): Field<bigint> {
  const max = 1n << BigInt(bits)
  const shape: Shape = { kind: 'uint', bits }
  return {
    shape,
    toCbor(value, path) {
      if (typeof value !== 'bigint' || value < 0n || value >= max) return bad(path, shape, value)
      return uintBytes(value, Math.ceil(value.toString(16).length / 2)).subarray(value === 0n ? 1 : 0)
    },
    fromCbor(value, path) {
      // A leading zero would be a second spelling of the same number.
      if (!(value instanceof Uint8Array) || value.length > bits / 8 || value[0] === 0) return bad(path, shape, value)
      return bytesUint(value)
    }
  }
}

/** Decoders of CBOR take it for no part of the text, and the text would not be what was encoded. */
const BYTE_ORDER_MARK = '\uFEFF'

/** Text of at most `maxBytes` as UTF-8, well-formed, without a byte order mark at its start. */
export function text(maxBytes: number): Field<string> {
  const fits = (v: string) => v.length <= maxBytes && v.isWellFormed() && utf8(v).length <= maxBytes
  return checked(
    { kind: 'text', maxBytes },
    (v): v is string => typeof v === 'string' && fits(v) && !v.startsWith(BYTE_ORDER_MARK)
  )
}

/** A yes or no. */
export function flag(): Field<boolean> {
  return checked({ kind: 'flag' }, (v): v is boolean => typeof v === 'boolean')
}

/** One of some words. */
export function oneOf<const T extends string>(...words: readonly T[]): Field<T> {
  return checked({ kind: 'one-of', words }, (v): v is T => words.some(word => word === v))
}

/** Bytes of `min`..`max` length. */
export function bytes(min: number, max = min): Field<Uint8Array> {
  return checked(
    { kind: 'bytes', min, max },
    (v): v is Uint8Array => v instanceof Uint8Array && v.length >= min && v.length <= max
  )
}

/** Exactly `length` bytes, hex in memory. */
export function hex(length: number): Field<Hex> {
  return hexAs({ kind: 'hex', length }, length)
}

/** An account. */
export function address(): Field<Address> {
  return hexAs({ kind: 'address' }, 20)
}

function hexAs(shape: Shape, length: number): Field<Hex> {
  return {
    shape,
    toCbor: (value, path) => (isHex(value, length) ? fromHex(value) : bad(path, shape, value)),
    fromCbor: (value, path) =>
      value instanceof Uint8Array && value.length === length ? toHex(value) : bad(path, shape, value)
  }
}

/** A CID of this network. */
export function cid(): Field<CID> {
  return checked({ kind: 'cid' }, (v): v is CID => isCid(v) && isOurCid(v))
}

/**
 * Whether a decoded value is a CID. A CID contains itself, which no decoded map can do: `CID.asCID` would also take a map
 * such as `{'/': x, bytes: x}` for one, and a peer could forge CIDs that way.
 */
function isCid(value: unknown): value is CID {
  return typeof value === 'object' && value !== null && 'asCID' in value && value.asCID === value
}

/** Something or nothing (`null` on the wire). */
export function nullable<T>(field: Field<T>): Field<T | null> {
  return {
    shape: { kind: 'nullable', of: field.shape },
    toCbor: (value, path) => (value === null ? null : field.toCbor(value, path)),
    fromCbor: (value, path) => (value === null ? null : field.fromCbor(value, path))
  }
}

/** At most `max` of the same. */
export function list<T>(field: Field<T>, max: number): Field<readonly T[]> {
  const shape: Shape = { kind: 'list', of: field.shape, max }
  const at = (path: string, i: number) => `${path}[${i}]`
  return {
    shape,
    toCbor(value, path) {
      if (!Array.isArray(value) || value.length > max) return bad(path, shape, value)
      return value.map((item, i) => field.toCbor(item, at(path, i)))
    },
    fromCbor(value, path) {
      if (!Array.isArray(value) || value.length > max) return bad(path, shape, value)
      return value.map((item, i) => field.fromCbor(item, at(path, i)))
    }
  }
}

/** Names that a record may have. Free text would admit `__proto__`, and `/`, by which dag-cbor knows CIDs. */
const RECORD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/

/** At most `max` named values of the same; a name is a letter and up to 62 letters, digits and underscores. */
export function record<T>(field: Field<T>, max: number): Field<Readonly<Record<string, T>>> {
  const shape: Shape = { kind: 'record', of: field.shape, max }
  function entries<V>(value: Readonly<Record<string, V>>, path: string): [string, V][] {
    const found = Object.entries(value)
    if (found.length > max || !found.every(([name]) => RECORD_NAME.test(name))) return bad(path, shape, value)
    return found
  }
  return {
    shape,
    toCbor: (value, path) =>
      Object.fromEntries(entries(value, path).map(([k, v]) => [k, field.toCbor(v, `${path}.${k}`)])),
    fromCbor(value, path) {
      if (!isMap(value)) return bad(path, shape, value)
      return Object.fromEntries(entries(value, path).map(([k, v]) => [k, field.fromCbor(v, `${path}.${k}`)]))
    }
  }
}

/** A map with exactly these fields. */
export function struct<S extends Record<string, AnyField>>(fields: S): Field<Message<S>> {
  const names = Object.keys(fields)
  const shapes = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.shape]))
  const shape: Shape = { kind: 'struct', fields: shapes }
  return {
    shape,
    toCbor(value, path) {
      return Object.fromEntries(names.map(n => [n, fields[n]?.toCbor(value[n] as never, `${path}.${n}`)]))
    },
    fromCbor(value, path) {
      if (!isMap(value)) return bad(path, shape, value)
      const unknown = Object.keys(value).find(key => !names.includes(key))
      if (unknown !== undefined) return bad(`${path}.${unknown.slice(0, 60)}`, shape, value[unknown])
      return Object.fromEntries(names.map(n => [n, fields[n]?.fromCbor(value[n], `${path}.${n}`)])) as Message<S>
    }
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !isCid(value)
  )
}

/** Bytes to message and back. */
export interface Codec<T> {
  /** The message's name, for errors. */
  readonly name: string
  /** Longest message in bytes. */
  readonly maxBytes: number
  /** What the message consists of. */
  readonly shape: Shape
  /** @throws CODEC_FIELD when a value is out of its limits, CODEC_TOO_LARGE when the message is */
  encode(message: T): Uint8Array
  /** @throws CODEC_TOO_LARGE, CODEC_MALFORMED, CODEC_FIELD, CODEC_NOT_CANONICAL */
  decode(bytes: Uint8Array): T
}

/** The codec of a message: its table of fields and its longest size in bytes. */
export function codec<T>(name: string, field: Field<T>, maxBytes: number): Codec<T> {
  const tooLarge = (length: number) =>
    new CodecError('CODEC_TOO_LARGE', `${name}: ${length} bytes, at most ${maxBytes} are allowed`, {
      details: { length, maxBytes }
    })
  const encode = (message: T): Uint8Array => {
    const out = dagCbor.encode(field.toCbor(message, name))
    if (out.length > maxBytes) throw tooLarge(out.length)
    return out
  }
  return {
    name,
    maxBytes,
    shape: field.shape,
    encode,
    decode(input) {
      if (input.length > maxBytes) throw tooLarge(input.length)
      let raw: unknown
      try {
        raw = dagCbor.decode(input)
      } catch (cause) {
        throw new CodecError('CODEC_MALFORMED', `${name}: not dag-cbor`, { cause })
      }
      const message = field.fromCbor(raw, name)
      if (!equalBytes(encode(message), input))
        throw new CodecError('CODEC_NOT_CANONICAL', `${name}: not the canonical encoding`)
      return message
    }
  }
}
