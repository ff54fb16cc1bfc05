/** The Signer port over a key in memory. */
import { hash } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Address, accountOfPublicKey, PUBLIC_KEY_BYTES } from '../../protocols/core/account.ts'
import { type Bytes32, concat, fromHex, type Hex, toHex } from '../../protocols/core/bytes.ts'
import type { Signer } from '../market/ports.ts'
import { CURVE } from './curve.ts'

/** The compressed public key, 33 bytes, of a private key of 32. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return secp256k1.getPublicKey(privateKey, true)
}

/** A {@link Signer} whose key is in this process. */
export class LocalSigner implements Signer {
  readonly account: Address
  readonly publicKey: Uint8Array
  readonly #privateKey: Uint8Array

  /** @throws TypeError when the bytes are not a secp256k1 private key */
  constructor(privateKey: Uint8Array) {
    if (!secp256k1.utils.isValidSecretKey(privateKey)) throw new TypeError('not a secp256k1 private key of 32 bytes')
    this.#privateKey = privateKey
    this.publicKey = publicKeyOf(privateKey)
    this.account = accountOfPublicKey(this.publicKey)
  }

  async signBytes(bytes: Uint8Array): Promise<Uint8Array> {
    return CURVE.ecdsaSign(digestOf(bytes), this.#privateKey).signature
  }

  async signDigest(digest: Bytes32): Promise<Hex> {
    const { signature, recid } = CURVE.ecdsaSign(fromHex(digest), this.#privateKey)
    return toHex(concat(signature, Uint8Array.of(27 + recid)))
  }

  async verifyBytes(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return verifyBytes(publicKey, bytes, signature)
  }
}

/** Whether a signature (64 bytes, low s) of SHA-256 of the bytes is by the compressed public key. */
export function verifyBytes(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array, curve = CURVE): boolean {
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== 64) return false
  try {
    return curve.ecdsaVerify(signature, digestOf(bytes), publicKey)
  } catch {
    // What is no point of the curve, or no pair of numbers below its order, has signed nothing.
    return false
  }
}

function digestOf(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}
