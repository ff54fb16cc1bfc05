/** The two hashes of the system: SHA-256 for content and offers, Keccak-256 for what the chain hashes. */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'

/** SHA-256 of the bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes)
}

/** Keccak-256 of the bytes, as the EVM computes it. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes)
}
