/** The Signer port over a key in memory: OpenSSL where it can (0.3 ms a check), noble for what the chain recovers. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Address, accountOfPublicKey } from '../../protocols/core/account.ts'
import { type Bytes32, bytesUint, concat, fromHex, type Hex, toHex, uintBytes } from '../../protocols/core/bytes.ts'
import type { Signer } from '../market/ports.ts'

/** DER of a SubjectPublicKeyInfo for secp256k1, up to the 33 bytes of the compressed point. */
const SPKI_PREFIX = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex')

const ORDER = secp256k1.Point.Fn.ORDER

/** Keys that a signer remembers: those of the accounts of a large book. */
const MAX_KEYS = 16_384

/** The compressed public key, 33 bytes, of a private key of 32. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return secp256k1.getPublicKey(privateKey, true)
}

/** A {@link Signer} whose key is in this process. */
export class LocalSigner implements Signer {
  readonly account: Address
  readonly publicKey: Uint8Array
  readonly #privateKey: Uint8Array
  readonly #nodeKey: KeyObject
  readonly #keys = new KeyCache()

  /** @throws TypeError when the bytes are not a secp256k1 private key */
  constructor(privateKey: Uint8Array) {
    if (!secp256k1.utils.isValidSecretKey(privateKey)) throw new TypeError('not a secp256k1 private key of 32 bytes')
    this.#privateKey = privateKey
    this.publicKey = publicKeyOf(privateKey)
    this.account = accountOfPublicKey(this.publicKey)
    const point = secp256k1.Point.fromBytes(this.publicKey).toBytes(false)
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
    const key = {
      kty: 'EC',
      crv: 'secp256k1',
      x: base64(point.subarray(1, 33)),
      y: base64(point.subarray(33)),
      d: base64(privateKey)
    }
    this.#nodeKey = createPrivateKey({ key, format: 'jwk' })
  }

  async signBytes(bytes: Uint8Array): Promise<Uint8Array> {
    const signature = sign('sha256', bytes, { key: this.#nodeKey, dsaEncoding: 'ieee-p1363' })
    const s = bytesUint(signature.subarray(32))
    // OpenSSL gives either of the two valid values of s; ours is the low one, so that nobody can make the other.
    return concat(signature.subarray(0, 32), uintBytes(isLow(s) ? s : ORDER - s, 32))
  }

  async signDigest(digest: Bytes32): Promise<Hex> {
    const bytes = secp256k1.sign(fromHex(digest), this.#privateKey, { prehash: false, format: 'recovered' })
    // noble puts the recovery bit first, the chain wants it last and counted from 27.
    return toHex(concat(bytes.subarray(1), Uint8Array.of(27 + (bytes[0] ?? 0))))
  }

  async verifyBytes(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return verifyBytes(publicKey, bytes, signature, this.#keys)
  }
}

/** Keys as OpenSSL wants them, by their bytes: an account's offers come again and again, and making its key costs a third. */
class KeyCache {
  readonly #keys = new Map<string, KeyObject>()

  /** @throws Error when the bytes are no point of the curve */
  get(publicKey: Uint8Array): KeyObject {
    const name = toHex(publicKey)
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    const key = keyOf(publicKey)
    this.#keys.set(name, key)
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= MAX_KEYS) break
      this.#keys.delete(oldest)
    }
    return key
  }
}

function keyOf(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
}

/** Whether a signature (64 bytes, low s) of SHA-256 of the bytes is by the compressed public key. @param keys made before */
export function verifyBytes(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
  keys?: { get(publicKey: Uint8Array): KeyObject }
): boolean {
  if (signature.length !== 64 || !isLow(bytesUint(signature.subarray(32)))) return false
  let key: KeyObject
  try {
    key = keys === undefined ? keyOf(publicKey) : keys.get(publicKey)
  } catch {
    return false
  }
  return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

function isLow(s: bigint): boolean {
  return s <= ORDER / 2n
}
