// The signer against what the chain and other implementations make of its signatures.
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { recoverAddress, Wallet } from 'ethers'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CURVE, NOBLE } from '../../../node/host/curve.ts'
import { randomKey } from '../../../node/host/keys.ts'
import { LocalSigner, verifyBytes } from '../../../node/host/signer.ts'
import { bytesUint, concat, toHex, uintBytes } from '../../../protocols/core/bytes.ts'
import { sha256 } from '../../../protocols/core/hash.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'
import { testSeed } from '../../support.ts'

const test = suite('LocalSigner')

test('has the account that the chain knows its key by', () => {
  const key = randomKey()
  assert.is(new LocalSigner(key).account, new Wallet(toHex(key)).address.toLowerCase())
})

test('signs digests so that the chain recovers the account', async () => {
  const signer = new LocalSigner(randomKey())
  for (let i = 0; i < 8; i++) {
    const digest = toHex(sha256(Uint8Array.of(i)))
    assert.is(recoverAddress(digest, await signer.signDigest(digest)).toLowerCase(), signer.account)
  }
})

test('signs bytes with a low s, and knows its signature from any other', async () => {
  const signer = new LocalSigner(randomKey())
  const other = new LocalSigner(randomKey())
  const order = secp256k1.Point.Fn.ORDER
  for (let i = 0; i < 16; i++) {
    const bytes = utf8(`offer ${i}`)
    const signature = await signer.signBytes(bytes)
    assert.ok(secp256k1.verify(signature, bytes, signer.publicKey), 'noble agrees')
    assert.ok(await other.verifyBytes(signer.publicKey, bytes, signature))
    assert.not.ok(verifyBytes(other.publicKey, bytes, signature))
    assert.not.ok(verifyBytes(signer.publicKey, utf8('another'), signature))
    const s = bytesUint(signature.subarray(32))
    const twin = concat(signature.subarray(0, 32), uintBytes(order - s, 32))
    assert.not.ok(verifyBytes(signer.publicKey, bytes, twin), 'the other s is refused')
  }
})

test('says no, and does not throw, to what is no key or no signature', () => {
  const { publicKey } = new LocalSigner(randomKey())
  assert.not.ok(verifyBytes(new Uint8Array(33), utf8('a'), new Uint8Array(64)))
  assert.not.ok(verifyBytes(new Uint8Array(5), utf8('a'), new Uint8Array(64)))
  assert.not.ok(verifyBytes(publicKey, utf8('a'), new Uint8Array(64)))
  assert.not.ok(verifyBytes(publicKey, utf8('a'), new Uint8Array(63)))
  assert.throws(() => new LocalSigner(new Uint8Array(32)), TypeError)
})

/** What the curve in use (C where it is built for this machine) and the one in JavaScript say. */
const verdicts = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => [
  verifyBytes(publicKey, bytes, signature, CURVE),
  verifyBytes(publicKey, bytes, signature, NOBLE)
]

test('both curves make the same signatures and take them', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter(secp256k1.utils.isValidSecretKey)
  const property = fc.property(key, fc.uint8Array({ maxLength: 400 }), (privateKey, bytes) => {
    const digest = sha256(bytes)
    const [one, other] = [CURVE, NOBLE].map(curve => curve.ecdsaSign(digest, privateKey))
    assert.is(toHex(one?.signature ?? digest), toHex(other?.signature ?? bytes))
    assert.is(one?.recid, other?.recid)
    const publicKey = secp256k1.getPublicKey(privateKey, true)
    assert.equal(verdicts(publicKey, bytes, one?.signature ?? bytes), [true, true])
  })
  fc.assert(property, { numRuns: 100, seed: testSeed() })
})

test('both curves refuse the same: a bit that is turned, and numbers at the edge of what there is', () => {
  const privateKey = randomKey()
  const { publicKey } = new LocalSigner(privateKey)
  const bytes = utf8('an offer')
  const { signature } = CURVE.ecdsaSign(sha256(bytes), privateKey)
  const turned = fc.property(fc.nat({ max: 97 * 8 - 1 }), bit => {
    const both = concat(signature, publicKey)
    both[bit >> 3] = (both[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const [one, other] = verdicts(both.subarray(64), bytes, both.subarray(0, 64))
    assert.is(one, other)
    assert.is(one, false)
  })
  fc.assert(turned, { numRuns: 300, seed: testSeed() })
  const { ORDER } = secp256k1.Point.Fn
  const { ORDER: FIELD } = secp256k1.Point.Fp
  const edges = [0n, 1n, ORDER / 2n, ORDER / 2n + 1n, ORDER - 1n, ORDER, ORDER + 1n, FIELD, (1n << 256n) - 1n]
  for (const r of edges)
    for (const s of edges) {
      const edge = concat(uintBytes(r, 32), uintBytes(s, 32))
      assert.equal(verdicts(publicKey, bytes, edge), [false, false], `r ${r}, s ${s}`)
    }
  for (const x of edges)
    for (const sign of [0, 2, 3, 4, 6, 7]) {
      const key = concat(Uint8Array.of(sign), uintBytes(x, 32))
      assert.equal(verdicts(key, bytes, signature), [false, false], `key ${sign}, ${x}`)
    }
})

test.run()
