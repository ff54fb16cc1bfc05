/**
 * Rounds of drand in scheme bls-unchained-g1-rfc9380: a round is the BLS signature (G1) of the SHA-256 of its number, by the
 * network's key (G2); points travel compressed, and are uncompressed here for the DrandBeacon, which takes what EIP-2537
 * takes. Whoever has the network's key can tell whether a round is true, so it does not matter who handed it over.
 * @see https://github.com/drand/drand, contracts/src/DrandBeacon.sol
 */
import { bls12_381 as bls } from '@noble/curves/bls12-381.js'
import { bytesUint, concat, fromHex, type Hex, toHex, uintBytes } from '../../protocols/core/bytes.ts'
import { sha256 } from '../../protocols/core/hash.ts'

/** What tells one drand network from another. */
export interface DrandScheme {
  /** Public key, a point of G2 uncompressed: x.c0, x.c1, y.c0, y.c1, 64 bytes each. */
  readonly key: Hex
  /** Time of round 1, in seconds. */
  readonly genesisSec: number
  /** Seconds between rounds. */
  readonly periodSec: number
}

/** Bytes of a compressed signature. */
export const ROUND_BYTES = 48

/** Bytes of an uncompressed key. */
export const KEY_BYTES = 256

/** Of a field element in an uncompressed point; the first 16 are zero. */
const FIELD_BYTES = 64

const DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'

const signatures = bls.shortSignatures
type Key = ReturnType<typeof signatures.getPublicKey>

/** Drand's public network with a round every three seconds: what a deployment takes unless it has a reason not to. */
export function quicknet(): DrandScheme {
  return {
    key: keyHex(
      bls.G2.Point.fromHex(
        '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451' +
          '0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a'
      )
    ),
    genesisSec: 1_692_803_367,
    periodSec: 3
  }
}

/** The moment of a round, in seconds. */
export function roundTimeSec({ genesisSec, periodSec }: Omit<DrandScheme, 'key'>, round: bigint): number {
  return genesisSec + (Number(round) - 1) * periodSec
}

/** The uncompressed public key of a secret one. @param secret 32 bytes, below the order of the curve */
export function drandKey(secret: Uint8Array): Hex {
  return keyHex(signatures.getPublicKey(secret))
}

/** A new secret key, 32 bytes. */
export function drandSecret(): Uint8Array {
  return signatures.keygen().secretKey
}

/** A round by its network's secret key: the compressed signature. Only development networks have one in one place. */
export function signRound(secret: Uint8Array, round: bigint): Uint8Array {
  return signatures.sign(messageOf(round), secret).toBytes(true)
}

/**
 * The proof that the DrandBeacon takes for a round; undefined when the signature is not that of the round by the key.
 *
 * @param signature compressed
 * @returns 128 bytes: x and y
 */
export function drandProof(key: Hex, round: bigint, signature: Uint8Array): Hex | undefined {
  try {
    const point = bls.G1.Point.fromBytes(signature)
    if (!signatures.verify(point, messageOf(round), keyPoint(key))) return undefined
    const { x, y } = point.toAffine()
    return toHex(concat(uintBytes(x, FIELD_BYTES), uintBytes(y, FIELD_BYTES)))
  } catch {
    // Not a point, not in the group, or the point at infinity: none of them is a signature.
    return undefined
  }
}

/** Whether this is an uncompressed key: a point of the group, and not the one at infinity. */
export function isDrandKey(key: Hex): boolean {
  try {
    keyPoint(key)
    return true
  } catch {
    return false
  }
}

function messageOf(round: bigint) {
  return signatures.hash(sha256(uintBytes(round, 8)), DOMAIN)
}

function keyHex(point: Key): Hex {
  const { x, y } = point.toAffine()
  return toHex(concat(...[x.c0, x.c1, y.c0, y.c1].map(value => uintBytes(value, FIELD_BYTES))))
}

function keyPoint(key: Hex): Key {
  const bytes = fromHex(key)
  const [x0 = 0n, x1 = 0n, y0 = 0n, y1 = 0n] = Array.from({ length: KEY_BYTES / FIELD_BYTES }, (_, i) =>
    bytesUint(bytes.subarray(i * FIELD_BYTES, (i + 1) * FIELD_BYTES))
  )
  const { Fp2 } = bls.fields
  const point = bls.G2.Point.fromAffine({
    x: Fp2.create({ c0: x0, c1: x1 }),
    y: Fp2.create({ c0: y0, c1: y1 })
  })
  point.assertValidity()
  if (point.is0()) throw new TypeError('the point at infinity is no key')
  return point
}
