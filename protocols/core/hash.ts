/** The two hashes of the system: SHA-256 for content and offers, Keccak-256 for what the chain hashes. */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'

/** SHA-256 of the bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes)
}

/**
 * SHA-256 of a prefix and whatever follows it, for many short ends: nothing is made anew for each but 32 bytes, which the
 * next call overwrites.
 */
export function sha256After(prefix: Uint8Array): (end: Uint8Array) => Uint8Array {
  const begun = nobleSha256.create().update(prefix)
  const scratch = nobleSha256.create()
  const digest = new Uint8Array(32)
  return end => {
    begun._cloneInto(scratch).update(end).digestInto(digest)
    return digest
  }
}

/** Keccak-256 of the bytes, as the EVM computes it. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes)
}
