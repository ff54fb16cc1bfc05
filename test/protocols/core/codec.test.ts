// Fields of codecs: one byte string per value, strict on the way in. The messages made of them: messages.test.ts.
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as c from '../../../protocols/core/codec.ts'
import { throws } from '../../support.ts'
import { cidOf } from '../arbitrary.ts'

/** A codec of one field, for tests of that field. */
const one = <T>(field: c.Field<T>, maxBytes = 1 << 20) => c.codec('test', c.struct({ x: field }), maxBytes)

/** The CID of the empty directory, as version 0 spells it. */
const VERSION_0 = 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'

/** The bytes of `{x: value}`, canonical, whatever the value. */
const cborOf = (value: unknown) => dagCbor.encode({ x: value })

const fields = suite('fields')

fields('text is measured in bytes of UTF-8', () => {
  const field = one(c.text(4))
  assert.equal(field.decode(field.encode({ x: 'éé' })), { x: 'éé' })
  throws(() => field.encode({ x: 'éé.' }), 'CODEC_FIELD')
  throws(() => field.encode({ x: '\ud800' }), 'CODEC_FIELD')
})

fields('an unsigned integer has one spelling', () => {
  const field = one(c.uint(96))
  for (const x of [0n, 1n, 255n, 256n, (1n << 96n) - 1n]) assert.equal(field.decode(field.encode({ x })), { x })
  for (const x of [-1n, 1n << 96n]) throws(() => field.encode({ x }), 'CODEC_FIELD')
  throws(() => field.decode(cborOf(new Uint8Array([0, 1]))), 'CODEC_FIELD')
  throws(() => field.decode(cborOf(new Uint8Array(13).fill(1))), 'CODEC_FIELD')
  throws(() => field.decode(cborOf(1)), 'CODEC_FIELD')
})

fields('a float is no integer, even a whole one', () => {
  const field = one(c.integer(0, 10))
  throws(
    () => field.decode(Uint8Array.from([0xa1, 0x61, 0x78, 0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0])),
    'CODEC_NOT_CANONICAL'
  )
  throws(() => field.decode(cborOf(2n ** 60n)), 'CODEC_FIELD')
})

fields('a map that pretends to be a CID is none', () => {
  const field = one(c.cid())
  const multihash = { code: 0x12, size: 32, digest: new Uint8Array(32), bytes: new Uint8Array(34) }
  throws(() => field.decode(cborOf({ '/': 'x', bytes: 'y', code: 0x55, multihash, version: 1 })), 'CODEC_FIELD')
  throws(() => field.decode(cborOf({ asCID: 'x', code: 0x55, multihash, version: 1 })), 'CODEC_FIELD')
  // dag-cbor's own writer refuses the forgery, so it is spliced into bytes: {"x": {"/": "a", "bytes": "a", ...}}.
  const forged = spliced({ '/': 'a', bytex: 'a', code: 0x55, multihash, version: 1 }, 'bytex', 'bytes')
  throws(() => field.decode(forged), 'CODEC_FIELD')
})

fields('a CID is version 1 with SHA-256 and a known codec', () => {
  const field = one(c.cid())
  const good = cidOf('x')
  assert.ok(field.decode(field.encode({ x: good })).x.equals(good))
  const digest = good.multihash
  for (const other of [
    CID.parse(VERSION_0),
    CID.createV1(0x71 + 1, digest),
    CID.createV1(0x55, { ...digest, code: 0x1b })
  ])
    throws(() => field.encode({ x: other }), 'CODEC_FIELD')
})

fields('names of a record can be neither `/` nor `__proto__`, nor too long', () => {
  const field = one(c.record(c.text(8), 2))
  assert.equal(field.decode(field.encode({ x: { a: '1', constructor: '2' } })), { x: { a: '1', constructor: '2' } })
  for (const name of ['/', '', '__proto__', '1a', 'a-b', 'a'.repeat(64)])
    throws(() => field.decode(cborOf(JSON.parse(`{"${name}": "v"}`))), 'CODEC_FIELD')
  throws(() => field.decode(spliced({ '/': 'a', bytex: 'a' }, 'bytex', 'bytes')), 'CODEC_FIELD')
  throws(() => field.encode({ x: { a: '1', b: '2', c: '3' } }), 'CODEC_FIELD')
})

fields('the order of keys is canonical, and no key comes twice', () => {
  const two = c.codec('two', c.struct({ a: c.integer(0, 9), b: c.integer(0, 9) }), 64)
  assert.equal(two.decode(Uint8Array.from([0xa2, 0x61, 0x61, 1, 0x61, 0x62, 2])), { a: 1, b: 2 })
  throws(() => two.decode(Uint8Array.from([0xa2, 0x61, 0x62, 2, 0x61, 0x61, 1])), 'CODEC_NOT_CANONICAL')
  throws(() => two.decode(Uint8Array.from([0xa2, 0x61, 0x61, 1, 0x61, 0x61, 1])), 'CODEC_MALFORMED')
  throws(() => two.decode(Uint8Array.from([0xa2, 0x61, 0x61, 1, 0x61, 0x62, 2, 0])), 'CODEC_MALFORMED')
  throws(() => two.decode(Uint8Array.from([0xa2, 0x61, 0x61, 0x18, 1, 0x61, 0x62, 2])), 'CODEC_MALFORMED')
})

fields('nesting to the limit of a message neither hangs nor overflows', () => {
  const field = one(c.list(c.integer(0, 1), 4))
  throws(() => field.decode(new Uint8Array(1 << 20).fill(0x81)), 'CODEC_MALFORMED')
  throws(() => field.decode(Uint8Array.from([0xa1, 0x61, 0x78, 0x9a, 0xff, 0xff, 0xff, 0xff])), 'CODEC_MALFORMED')
})

fields('an error names the field and what was expected', () => {
  const field = c.codec('offer', c.struct({ list: c.list(c.struct({ n: c.integer(0, 5) }), 2) }), 64)
  const error = throws(() => field.encode({ list: [{ n: 1 }, { n: 6 }] }), 'CODEC_FIELD')
  assert.match(error.message, 'offer.list[1].n: expected integer 0..5, found 6')
})

fields.run()

/** The bytes of `{x: value}` in which the key `from` is renamed to one of the same length. */
function spliced(value: unknown, from: string, to: string): Uint8Array {
  const text = Buffer.from(cborOf(value)).toString('latin1')
  assert.is(text.split(from).length, 2)
  return Uint8Array.from(Buffer.from(text.replace(from, to), 'latin1'))
}
