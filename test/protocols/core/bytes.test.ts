// Bytes, hex and UTF-8.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as b from '../../../protocols/core/bytes.ts'
import { fromUtf8, utf8 } from '../../../protocols/core/utf8.ts'
import { testSeed } from '../../support.ts'

const seed = testSeed()
const hex = suite('hex')

hex('is lower case, prefixed, and reads back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
      assert.is(b.toHex(bytes), `0x${Buffer.from(bytes).toString('hex')}`)
      assert.equal(b.fromHex(b.toHex(bytes).toUpperCase().replace('0X', '0x')), bytes)
    }),
    { seed }
  )
})

hex('refuses half bytes, other digits and a missing prefix', () => {
  for (const text of ['', '0x1', '0xgg', 'abcd', '0x 1', '0x12\n']) assert.throws(() => b.fromHex(text), /not 0x/)
})

hex('isHex counts bytes and knows one spelling', () => {
  assert.ok(b.isHex('0x'))
  assert.ok(b.isHex('0xab', 1))
  for (const value of ['0xab00', '0xAB', '0xa', 'ab', 1, undefined]) assert.not.ok(b.isHex(value, 1))
})

hex.run()

// ---

const order = suite('order and numbers')

order('compares as Buffer does', () => {
  const bytes = fc.uint8Array({ maxLength: 6 })
  fc.assert(
    fc.property(bytes, bytes, (x, y) => {
      assert.is(Math.sign(b.compareBytes(x, y)), Buffer.compare(x, y))
      assert.is(b.equalBytes(x, y), Buffer.compare(x, y) === 0)
    }),
    { seed }
  )
})

order('numbers are big-endian of fixed length', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), n => assert.is(b.bytesUint(b.uintBytes(n, 8)), n)),
    { seed }
  )
  assert.equal(b.uintBytes(258n, 3), Uint8Array.from([0, 1, 2]))
  assert.is(b.bytesUint(new Uint8Array(0)), 0n)
  for (const n of [-1n, 256n]) assert.throws(() => b.uintBytes(n, 1), /does not fit/)
})

order('joins', () => {
  assert.equal(b.concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3))
  assert.equal(b.concat(), new Uint8Array(0))
})

order.run()

// ---

const text = suite('utf8')

text('reads back, and refuses what is not well formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), s => assert.is(fromUtf8(utf8(s)), s)),
    { seed }
  )
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]]) assert.throws(() => fromUtf8(Uint8Array.from(bytes)))
  assert.is(fromUtf8(Uint8Array.from([0xef, 0xbb, 0xbf, 0x61])), '\ufeffa')
})

text.run()
