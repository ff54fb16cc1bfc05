// Offers: what is signed, and what follows from the bytes.
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../protocols/core/bytes.ts'
import type { Codec } from '../../../protocols/core/codec.ts'
import { sha256 } from '../../../protocols/core/hash.ts'
import { fromUtf8 } from '../../../protocols/core/utf8.ts'
import {
  encodeOffer,
  type JobOffer,
  type MarketDomain,
  offerOf,
  offerPreimage,
  type ResourceOffer,
  signedPart
} from '../../../protocols/offer/offer.ts'
import { GOSSIP, topicOf } from '../../../protocols/wire.ts'
import { testSeed } from '../../support.ts'
import { anyOf, publicKeyOf } from '../arbitrary.ts'
import { jobOf, resourceOf } from '../match/market.ts'

const DOMAIN: MarketDomain = { chainId: 31337n, market: `0x${'ab'.repeat(20)}` }
const key = publicKeyOf(1)
const job = { ...jobOf('j').body, key }
const bytes = encodeOffer('job', job)

const offers = suite('offers')

offers('are signed with their kind, chain and market before them', () => {
  const preimage = offerPreimage('job', DOMAIN, bytes)
  const domain = preimage.subarray(0, preimage.length - bytes.length)
  assert.is(fromUtf8(domain), `lilynode/offer/job/31337/${DOMAIN.market}/`)
  const others = [
    offerPreimage('resource', DOMAIN, bytes),
    offerPreimage('job', { ...DOMAIN, chainId: 1n }, bytes),
    offerPreimage('job', { ...DOMAIN, market: `0x${'cd'.repeat(20)}` }, bytes)
  ]
  assert.is(new Set([preimage, ...others].map(toHex)).size, 4)
})

offers('have the id of their preimage and the account of their key', () => {
  const preimage = offerPreimage('job', DOMAIN, bytes)
  const secret = new Uint8Array(32).fill(0, 0, 31)
  secret[31] = 1
  const signature = secp256k1.sign(preimage, secret)
  const offer = offerOf(preimage, job, signature)
  assert.is(offer.id, toHex(sha256(preimage)))
  // The well-known account of the private key 1.
  assert.is(offer.account, '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf')
  assert.is(offer.signature.length, 2 + 128)
  assert.ok(secp256k1.verify(signature, preimage, key))
})

offers('on the wire are the offer and its signature', () => {
  const signature = new Uint8Array(64).fill(7)
  const resource = { ...resourceOf('r').body, key }
  const message = GOSSIP.resource.codec.decode(GOSSIP.resource.codec.encode({ offer: resource, signature }))
  assert.is(toHex(encodeOffer('resource', message.offer)), toHex(encodeOffer('resource', resource)))
  assert.is(toHex(message.signature), toHex(signature))
})

offers('lie in their signed form as they were signed, whatever they hold', () => {
  for (const kind of ['resource', 'job'] as const) {
    const { codec }: { readonly codec: Codec<unknown> } = GOSSIP[kind]
    const property = fc.property(anyOf(codec.shape), message => {
      const { offer } = message as { offer: ResourceOffer & JobOffer }
      const own = kind === 'job' ? encodeOffer('job', offer) : encodeOffer('resource', offer)
      assert.is(toHex(signedPart(codec.encode(message))), toHex(own))
    })
    fc.assert(property, { numRuns: 300, seed: testSeed() })
  }
})

offers('of each kind have a topic of their market', () => {
  assert.is(topicOf('job', DOMAIN), `/lilynode/31337/${DOMAIN.market}/job/1`)
  assert.is(topicOf('resource', DOMAIN), `/lilynode/31337/${DOMAIN.market}/resource/1`)
})

offers.run()
