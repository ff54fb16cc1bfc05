/** Accounts: one secp256k1 key is both the chain account and the libp2p identity (protocol.md section 1). */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fromHex, type Hex, isHex, toHex } from './bytes.ts'
import { keccak256 } from './hash.ts'

/** A chain account: 20 bytes of lower-case hex. */
export type Address = Hex

/** The account that stands for nobody: the native coin as a token, "anyone" as a target. */
export const ZERO_ADDRESS: Address = `0x${'00'.repeat(20)}`

/** Bytes of a compressed secp256k1 public key. */
export const PUBLIC_KEY_BYTES = 33

/** Whether a value is an account in our spelling. */
export function isAddress(value: unknown): value is Address {
  return isHex(value, 20)
}

/**
 * An account from user input in any case.
 *
 * @throws TypeError when it is not 20 bytes of hex
 */
export function parseAddress(text: string): Address {
  const lower = text.toLowerCase()
  if (!isAddress(lower)) throw new TypeError(`not an account address (0x and 40 hex digits): ${text.slice(0, 80)}`)
  return lower
}

/** Accounts kept by their keys, the last asked for last: all of a network's, and few enough whatever strangers send. */
const accounts = new Map<Hex, Address>()
const MAX_ACCOUNTS = 4_096

/**
 * The account of a compressed public key: the last 20 bytes of the Keccak-256 of the uncompressed point. Remembered, for it
 * takes a square root on the curve, and is asked of each offer and each neighbour again and again.
 *
 * @throws Error when the bytes are not a point of the curve
 */
export function accountOfPublicKey(publicKey: Uint8Array): Address {
  const key = toHex(publicKey)
  const account = accounts.get(key) ?? computeAccount(publicKey)
  accounts.delete(key)
  accounts.set(key, account)
  if (accounts.size > MAX_ACCOUNTS) {
    const [oldest = key] = accounts.keys()
    accounts.delete(oldest)
  }
  return account
}

function computeAccount(publicKey: Uint8Array): Address {
  const point = secp256k1.Point.fromBytes(publicKey)
  return toHex(keccak256(point.toBytes(false).subarray(1)).subarray(12))
}

/** The bytes of an account. */
export function addressBytes(address: Address): Uint8Array {
  return fromHex(address)
}

/**
 * The account whose key signed a digest.
 *
 * @param signature 65 bytes: r, s, v (27 or 28)
 * @returns undefined when the signature is malformed, or its s is not the low one
 */
export function recoverAccount(digest: Hex, signature: Uint8Array): Address | undefined {
  const recovery = (signature[64] ?? 0) - 27
  if (signature.length !== 65 || (recovery !== 0 && recovery !== 1)) return undefined
  try {
    const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), 'compact').addRecoveryBit(recovery)
    if (parsed.hasHighS()) return undefined
    return accountOfPublicKey(parsed.recoverPublicKey(fromHex(digest)).toBytes(true))
  } catch {
    return undefined
  }
}
