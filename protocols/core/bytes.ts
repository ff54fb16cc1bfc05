/** Bytes and hex: the few conversions that every layer needs, without Buffer, so that they run anywhere. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'

/** A 0x-prefixed lower-case hex string. */
export type Hex = `0x${string}`

/** 32 bytes as hex: ids, digests, salts. */
export type Bytes32 = Hex

/** 32 zero bytes: "none" where the chain wants an id. */
export const ZERO_BYTES32: Bytes32 = `0x${'00'.repeat(32)}`

const HEX = /^0x(?:[0-9a-f]{2})*$/

/** Bytes as 0x-prefixed lower-case hex. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/**
 * Hex (either case, 0x-prefixed) as bytes.
 *
 * @throws TypeError when the text is not whole bytes of hex
 */
export function fromHex(text: string): Uint8Array {
  const lower = text.toLowerCase()
  if (!HEX.test(lower)) throw new TypeError(`not 0x-prefixed hex of whole bytes: ${text.slice(0, 80)}`)
  return hexToBytes(lower.slice(2))
}

/** Whether a value is hex of exactly `length` bytes, lower case. */
export function isHex(value: unknown, length?: number): value is Hex {
  return typeof value === 'string' && HEX.test(value) && (length === undefined || value.length === 2 + 2 * length)
}

/** One array from many. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Lexicographic order of bytes: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const diff = (a[i] ?? 0) - (b[i] ?? 0)
    if (diff !== 0) return diff
  }
  return a.length - b.length
}

/** Whether two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

/** An unsigned integer as exactly `length` big-endian bytes. @throws TypeError when it does not fit */
export function uintBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * length) !== 0n) throw new TypeError(`${value} does not fit ${length} bytes`)
  return length === 0 ? new Uint8Array() : hexToBytes(value.toString(16).padStart(2 * length, '0'))
}

/** Big-endian bytes as an unsigned integer. */
export function bytesUint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes))
}
