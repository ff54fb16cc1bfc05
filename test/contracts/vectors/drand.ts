// Vectors of drand's randomness: two published rounds of quicknet, and rounds of a key that is made here.
import { bls12_381 as bls } from '@noble/curves/bls12-381.js'
import { getBytes, hexlify, sha256, toBeHex } from 'ethers'
import { number } from './seeded.ts'

/** As drand publishes them: network 52db9ba7..e971, scheme bls-unchained-g1-rfc9380. */
const QUICKNET = {
  key: '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesis: 1_692_803_367,
  period: 3,
  rounds: [
    {
      round: 1000,
      compressed: 'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
      randomness: '0xfe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd'
    },
    {
      round: 1001,
      compressed: 'b33bf3667cbd5a82de3a24b4e0e9fe5513cc1a0e840368c6e31f5fcfa79bea03f73896b25883abf2853d10337fb8fa41',
      randomness: '0xb0a591ad1b9002cfc372ac6e30abd3da8d3088d4caae026961743474fb94235f'
    }
  ]
} as const

const DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'
const LOCAL_ROUNDS = [1, 2, 3, 4]

type G1Point = typeof bls.G1.Point.BASE
type G2Point = typeof bls.G2.Point.BASE

/** A field element as the precompiles of EIP-2537 take it. */
const field = (value: bigint): string => toBeHex(value, 64).slice(2)

function g1(point: G1Point): string {
  const { x, y } = point.toAffine()
  return `0x${field(x)}${field(y)}`
}

function g2(point: G2Point): string {
  const { x, y } = point.toAffine()
  return `0x${field(x.c0)}${field(x.c1)}${field(y.c0)}${field(y.c1)}`
}

function localNetwork() {
  const secret = number('drand.local', bls.fields.Fr.ORDER)
  const rounds = LOCAL_ROUNDS.map(round => {
    const message = getBytes(sha256(toBeHex(round, 8)))
    const signature = bls.G1.Point.fromAffine(bls.G1.hashToCurve(message, { DST: DOMAIN }).toAffine()).multiply(secret)
    return { round, signature: g1(signature), randomness: sha256(hexlify(signature.toBytes(true))) }
  })
  return { key: g2(bls.G2.Point.BASE.multiply(secret)), genesis: 1_000, period: 1, rounds }
}

/** `drand.json`: keys and signatures uncompressed, as the contract takes them. */
export function drandVectors() {
  const signatures = QUICKNET.rounds.map(({ compressed }) => bls.G1.Point.fromHex(compressed))
  const rounds = QUICKNET.rounds.map(({ round, randomness }, i) => {
    const signature = signatures[i] ?? bls.G1.Point.ZERO
    return { round, signature: g1(signature), randomness }
  })
  const { key, genesis, period } = QUICKNET
  return {
    quicknet: { key: g2(bls.G2.Point.fromHex(key)), genesis, period, rounds },
    local: localNetwork(),
    negated: g1((signatures[0] ?? bls.G1.Point.ZERO).negate())
  }
}
