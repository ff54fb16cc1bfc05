// Random values for property tests, made of the shapes that the codecs check against, and the few objects that several
// test files need.
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { toHex } from '../../protocols/core/bytes.ts'
import { CODEC, cidOfBlock, cidOfDigest } from '../../protocols/core/cid.ts'
import type { Codec } from '../../protocols/core/codec.ts'
import type { Shape } from '../../protocols/core/shape.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import type { Deal } from '../../protocols/deal/deal.ts'
import { JOB } from '../../protocols/job/job.ts'
import { GOSSIP, STREAMS } from '../../protocols/wire.ts'

/** Every codec of the network, by its name. */
export const CODECS: readonly Codec<unknown>[] = [
  GOSSIP.resource.codec,
  GOSSIP.job.codec,
  JOB,
  ...Object.values(STREAMS).flatMap((stream): Codec<unknown>[] => [stream.request, stream.answer])
]

/** 32 bytes of hex. */
export const bytes32 = hexOf(32)

/** An account. */
export const account = hexOf(20)

/** A CID of the network. */
export const cid = fc
  .tuple(fc.constantFrom(...Object.values(CODEC)), bytes32)
  .map(([codec, digest]) => cidOfDigest(codec, digest))

/** A CID that is the same for the same text. */
export function cidOf(text: string) {
  return cidOfBlock(CODEC.raw, utf8(text))
}

/** The compressed public key of a private key that is the number `n`, 1 or more. */
export function publicKeyOf(n: number): Uint8Array {
  const secret = new Uint8Array(32)
  new DataView(secret.buffer).setUint32(28, n)
  return secp256k1.getPublicKey(secret)
}

/** Hex of exactly so many bytes. */
export function hexOf(length: number) {
  return fc.uint8Array({ minLength: length, maxLength: length }).map(toHex)
}

/** Any value that a shape allows, its limits among them more often than by chance. */
export function anyOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'integer':
      return fc.integer({ min: shape.min, max: shape.max })
    case 'uint':
      return fc.bigInt({ min: 0n, max: (1n << BigInt(shape.bits)) - 1n })
    case 'text':
      return fc
        .string({ unit: 'binary', maxLength: Math.min(shape.maxBytes, 200) })
        .filter(text => utf8(text).length <= shape.maxBytes && !text.startsWith('\uFEFF'))
    case 'flag':
      return fc.boolean()
    case 'one-of':
      return fc.constantFrom(...shape.words)
    case 'bytes':
      return fc.uint8Array({ minLength: shape.min, maxLength: Math.min(shape.max, shape.min + 300) })
    case 'hex':
      return hexOf(shape.length)
    case 'address':
      return account
    case 'cid':
      return cid
    case 'nullable':
      return fc.option(anyOf(shape.of))
    case 'list':
      return fc.array(anyOf(shape.of), { maxLength: Math.min(shape.max, 4) })
    case 'record':
      return fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,62}$/), anyOf(shape.of), { maxKeys: 4 })
    case 'struct':
      return fc.record(Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, anyOf(field)])))
  }
}

/** Deals with every field anywhere in its range. */
export const deal: fc.Arbitrary<Deal> = fc.record({
  creator: account,
  provider: account,
  token: account,
  price: fc.bigInt({ min: 0n, max: (1n << 96n) - 1n }),
  unitPrice: fc.bigInt({ min: 0n, max: (1n << 96n) - 1n }),
  collateral: fc.bigInt({ min: 0n, max: (1n << 96n) - 1n }),
  seatFee: fc.bigInt({ min: 0n, max: (1n << 96n) - 1n }),
  jobs: fc.integer({ min: 1, max: 0xffffffff }),
  runTime: fc.integer({ min: 1, max: 604_800 }),
  window: fc.integer({ min: 1, max: 604_800 }),
  seats: fc.integer({ min: 1, max: 7 }),
  rounds: fc.integer({ min: 1, max: 3 }),
  auditBps: fc.integer({ min: 0, max: 10_000 }),
  jobOffer: bytes32,
  resourceOffer: bytes32,
  spec: bytes32,
  module: bytes32,
  validUntil: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  nonce: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n })
})
