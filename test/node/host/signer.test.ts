// The signer against what the chain and other implementations make of its signatures.
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { recoverAddress, Wallet } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomKey } from '../../../node/host/keys.ts'
import { LocalSigner, verifyBytes } from '../../../node/host/signer.ts'
import { bytesUint, concat, toHex, uintBytes } from '../../../protocols/core/bytes.ts'
import { sha256 } from '../../../protocols/core/hash.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'

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

test.run()
