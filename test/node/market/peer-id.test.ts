// Peer ids and accounts are two spellings of one key.
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { randomKey } from '../../../node/host/keys.ts'
import { LocalSigner } from '../../../node/host/signer.ts'
import { accountOfPeerId, peerIdOfPublicKey, publicKeyOfPeerId } from '../../../node/market/peer-id.ts'

const test = suite('peer id')

test('is the one that libp2p computes, and leads back to the account', () => {
  for (let i = 0; i < 8; i++) {
    const key = randomKey()
    const signer = new LocalSigner(key)
    const peerId = peerIdFromPrivateKey(privateKeyFromRaw(key)).toString()
    assert.is(peerIdOfPublicKey(signer.publicKey), peerId)
    assert.equal(publicKeyOfPeerId(peerId), signer.publicKey)
    assert.is(accountOfPeerId(peerId), signer.account)
    assert.ok(peerIdFromString(peerId))
  }
})

test('refuses what is not the peer id of such a key', () => {
  const good = peerIdOfPublicKey(new LocalSigner(randomKey()).publicKey)
  const offCurve = peerIdOfPublicKey(new Uint8Array(33).fill(0xff).fill(2, 0, 1))
  const ed25519 = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8'
  for (const text of ['', 'x', good.slice(0, -1), `${good}1`, ed25519, offCurve, '0OIl']) {
    assert.throws(() => accountOfPeerId(text), TypeError, text)
  }
  assert.throws(() => peerIdOfPublicKey(new Uint8Array(32)), TypeError)
})

test.run()
