/** CIDs: the name of every module, input, job and result. CIDv1 with SHA-256 only, so that 32 bytes name a block on chain. */
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { type Bytes32, fromHex, toHex } from './bytes.ts'
import { sha256 } from './hash.ts'

export { CID }

/** Multihash code of SHA-256. */
const SHA256 = 0x12

/** Codecs that a CID of ours may have. */
export const CODEC = { raw: 0x55, dagPb: 0x70, dagCbor: dagCbor.code } as const

/** The CID of a dag-cbor or raw block. */
export function cidOfBlock(codec: number, bytes: Uint8Array): CID {
  return CID.createV1(codec, create(SHA256, sha256(bytes)))
}

/** The CID that a digest kept on chain stands for. */
export function cidOfDigest(codec: number, digest: Bytes32): CID {
  return CID.createV1(codec, create(SHA256, fromHex(digest)))
}

/**
 * The 32 bytes that name a CID on chain.
 *
 * @throws TypeError when the CID is not version 1 with SHA-256
 */
export function digestOfCid(cid: CID): Bytes32 {
  if (!isOurCid(cid)) throw new TypeError(`not a CIDv1 with SHA-256: ${cid.toString()}`)
  return toHex(cid.multihash.digest)
}

/** Whether a CID is one that this network can name: version 1, SHA-256, a codec of {@link CODEC}. */
export function isOurCid(cid: CID): boolean {
  const isKnownCodec = cid.code === CODEC.raw || cid.code === CODEC.dagPb || cid.code === CODEC.dagCbor
  return cid.version === 1 && isKnownCodec && cid.multihash.code === SHA256 && cid.multihash.size === 32
}

/**
 * A CID from text.
 *
 * @throws TypeError when it is none, or not one of ours
 */
export function parseCid(text: string): CID {
  let cid: CID
  try {
    cid = CID.parse(text)
  } catch {
    throw new TypeError(`not a CID: ${text.slice(0, 100)}`)
  }
  if (!isOurCid(cid)) throw new TypeError(`not a CIDv1 with SHA-256 (raw, dag-pb or dag-cbor): ${text.slice(0, 100)}`)
  return cid
}
