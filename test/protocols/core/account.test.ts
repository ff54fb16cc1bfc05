// Accounts and CIDs: how keys and content are named.
import { computeAddress, getAddress, SigningKey } from 'ethers'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  accountOfPublicKey,
  addressBytes,
  isAddress,
  parseAddress,
  ZERO_ADDRESS
} from '../../../protocols/core/account.ts'
import { fromHex, toHex } from '../../../protocols/core/bytes.ts'
import { CODEC, cidOfBlock, cidOfDigest, digestOfCid, isOurCid, parseCid } from '../../../protocols/core/cid.ts'
import { keccak256, sha256 } from '../../../protocols/core/hash.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'
import { testSeed } from '../../support.ts'
import { account, bytes32, cid } from '../arbitrary.ts'

const seed = testSeed()
const accounts = suite('accounts')

accounts('are those of Ethereum', () => {
  for (let n = 1; n <= 5; n++) {
    const key = new SigningKey(`0x${n.toString(16).padStart(64, '0')}`)
    assert.is(accountOfPublicKey(fromHex(key.compressedPublicKey)), computeAddress(key).toLowerCase())
  }
  assert.throws(() => accountOfPublicKey(new Uint8Array(33)))
})

accounts('are read in any case', () => {
  fc.assert(
    fc.property(account, a => {
      assert.is(parseAddress(getAddress(a)), a)
      assert.is(toHex(addressBytes(a)), a)
      assert.ok(isAddress(a))
    }),
    { seed, numRuns: 20 }
  )
  for (const text of ['', '0x', ZERO_ADDRESS.slice(2), `${ZERO_ADDRESS}00`]) assert.throws(() => parseAddress(text))
})

accounts.run()

// ---

const cids = suite('cids')

cids('a digest and a codec are a CID, both ways', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(CODEC)), bytes32, (codec, digest) => {
      const found = cidOfDigest(codec, digest)
      assert.is(digestOfCid(found), digest)
      assert.ok(parseCid(found.toString()).equals(found))
    }),
    { seed, numRuns: 50 }
  )
})

cids('a block has the CID of its SHA-256', () => {
  assert.is(digestOfCid(cidOfBlock(CODEC.raw, utf8('abc'))), toHex(sha256(utf8('abc'))))
  assert.is(toHex(sha256(utf8('abc'))), '0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.is(toHex(keccak256(utf8(''))), '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
})

cids('others are refused', () => {
  const [ours] = fc.sample(cid, { seed, numRuns: 1 })
  assert.ok(ours !== undefined && isOurCid(ours))
  const other = CID.createV1(0x0129, ours.multihash)
  assert.not.ok(isOurCid(other))
  assert.throws(() => digestOfCid(other), /not a CIDv1/)
  for (const text of ['', 'bafy', other.toString(), 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'])
    assert.throws(() => parseCid(text), /not a CID/)
})

cids.run()
