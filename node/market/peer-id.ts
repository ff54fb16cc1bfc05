/**
 * Peer ids and accounts: one secp256k1 key is both (protocol.md section 1). The peer id of such a key carries the whole
 * public key, so each is computed from the other and nobody needs a registry.
 *
 * @see https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md
 */
import { base58btc } from 'multiformats/bases/base58'
import { type Address, accountOfPublicKey, PUBLIC_KEY_BYTES } from '../../protocols/core/account.ts'
import { concat, equalBytes } from '../../protocols/core/bytes.ts'

/** identity multihash (0x00) of 37 bytes: protobuf {Type: Secp256k1 (2), Data: 33 bytes}. */
const PREFIX = Uint8Array.of(0x00, 0x25, 0x08, 0x02, 0x12, 0x21)

/**
 * The peer id, in base58, of a compressed secp256k1 public key.
 *
 * @throws TypeError when the key is not 33 bytes
 */
export function peerIdOfPublicKey(publicKey: Uint8Array): string {
  if (publicKey.length !== PUBLIC_KEY_BYTES)
    throw new TypeError(`not a compressed public key: ${publicKey.length} bytes`)
  return base58btc.baseEncode(concat(PREFIX, publicKey))
}

/**
 * The compressed secp256k1 public key that a peer id carries.
 *
 * @throws TypeError when the text is no peer id, or one of another kind of key
 */
export function publicKeyOfPeerId(peerId: string): Uint8Array {
  const bytes = decode(peerId)
  if (bytes?.length !== PREFIX.length + PUBLIC_KEY_BYTES || !equalBytes(bytes.subarray(0, PREFIX.length), PREFIX)) {
    throw new TypeError(`not the peer id of a secp256k1 key: ${peerId.slice(0, 80)}`)
  }
  return bytes.subarray(PREFIX.length)
}

/**
 * The chain account behind a peer id.
 *
 * @throws TypeError when the text is not the peer id of a secp256k1 key
 */
export function accountOfPeerId(peerId: string): Address {
  const publicKey = publicKeyOfPeerId(peerId)
  try {
    return accountOfPublicKey(publicKey)
  } catch (error) {
    throw new TypeError(`the key in peer id ${peerId.slice(0, 80)} is not on the curve`, { cause: error })
  }
}

/** The chain account behind a peer id; undefined where the peer's key is of another kind. */
export function accountOf(peerId: string): Address | undefined {
  try {
    return accountOfPeerId(peerId)
  } catch {
    return undefined
  }
}

function decode(peerId: string): Uint8Array | undefined {
  try {
    return base58btc.baseDecode(peerId)
  } catch {
    return undefined
  }
}
