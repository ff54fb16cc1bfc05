// The page's signer beside the host's: the same key gives the same account, and each takes the other's signatures.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SessionSigner } from '../../../node/browser/signer.ts'
import { LocalSigner } from '../../../node/host/signer.ts'
import { toHex } from '../../../protocols/core/bytes.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'

const signer = suite('session signer')

const key = new Uint8Array(32).fill(7)
const page = new SessionSigner(key)
const host = new LocalSigner(key)
const text = utf8('an offer')

signer('has the account of its key', () => {
  assert.is(page.account, host.account)
  assert.equal(page.publicKey, host.publicKey)
})

signer('signs what the host believes, and believes the host', async () => {
  assert.ok(await host.verifyBytes(page.publicKey, text, await page.signBytes(text)))
  assert.ok(await page.verifyBytes(host.publicKey, text, await host.signBytes(text)))
})

signer('signs digests as the host does', async () => {
  const digest = toHex(new Uint8Array(32).fill(9))
  assert.is(await page.signDigest(digest), await host.signDigest(digest))
})

signer('refuses what is changed, too long, or by no key', async () => {
  const signature = await page.signBytes(text)
  assert.not(await page.verifyBytes(page.publicKey, utf8('another'), signature))
  assert.not(await page.verifyBytes(page.publicKey, text, signature.subarray(1)))
  assert.not(await page.verifyBytes(new Uint8Array(33), text, signature))
})

signer('takes no key that is none', () => {
  assert.throws(() => new SessionSigner(new Uint8Array(32)), /not a secp256k1 private key/)
})

signer.run()
