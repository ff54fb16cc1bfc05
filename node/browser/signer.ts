/** The Signer port over a session key in the page's memory. WebCrypto knows no secp256k1, so noble does it all. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Address, accountOfPublicKey } from '../../protocols/core/account.ts'
import { type Bytes32, concat, fromHex, type Hex, toHex } from '../../protocols/core/bytes.ts'
import type { Signer } from '../market/ports.ts'

/** Whether the bytes are a private key of the curve. */
export function isPrivateKey(bytes: Uint8Array): boolean {
  return secp256k1.utils.isValidSecretKey(bytes)
}

/** A fresh private key: 32 bytes. */
export function createPrivateKey(): Uint8Array {
  return secp256k1.utils.randomSecretKey()
}

/** A {@link Signer} whose key is in this page. */
export class SessionSigner implements Signer {
  readonly account: Address
  readonly publicKey: Uint8Array
  readonly #privateKey: Uint8Array

  /** @throws TypeError when the bytes are not a secp256k1 private key */
  constructor(privateKey: Uint8Array) {
    if (!isPrivateKey(privateKey)) throw new TypeError('not a secp256k1 private key of 32 bytes')
    this.#privateKey = privateKey
    this.publicKey = secp256k1.getPublicKey(privateKey, true)
    this.account = accountOfPublicKey(this.publicKey)
  }

  async signBytes(bytes: Uint8Array): Promise<Uint8Array> {
    return secp256k1.sign(bytes, this.#privateKey, { prehash: true, lowS: true })
  }

  async signDigest(digest: Bytes32): Promise<Hex> {
    const bytes = secp256k1.sign(fromHex(digest), this.#privateKey, { prehash: false, format: 'recovered' })
    // noble puts the recovery bit first, the chain wants it last and counted from 27.
    return toHex(concat(bytes.subarray(1), Uint8Array.of(27 + (bytes[0] ?? 0))))
  }

  async verifyBytes(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
    if (signature.length !== 64) return false
    try {
      return secp256k1.verify(signature, bytes, publicKey, { prehash: true, lowS: true })
    } catch {
      // A key that is no point of the curve has signed nothing.
      return false
    }
  }
}
