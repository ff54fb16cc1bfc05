// Codecs: one byte string per value, strict on the way in, every limit at, below and above; for every message of the network.
import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../protocols/core/bytes.ts'
import * as c from '../../../protocols/core/codec.ts'
import type { Shape } from '../../../protocols/core/shape.ts'
import { testSeed, throws } from '../../support.ts'
import { anyOf, CODECS, cidOf } from '../arbitrary.ts'

const seed = testSeed()

/** A codec of one field, for tests of that field. */
const one = <T>(field: c.Field<T>, maxBytes = 1 << 20) => c.codec('test', c.struct({ x: field }), maxBytes)
/** The CID of the empty directory, as version 0 spells it. */
const VERSION_0 = 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'

/** The bytes of `{x: value}`, canonical, whatever the value. */
const cborOf = (value: unknown) => dagCbor.encode({ x: value })

const messages = suite('every message')

for (const codec of CODECS) {
  messages(`${codec.name}: decode(encode(x)) is x`, () => {
    fc.assert(
      fc.property(anyOf(codec.shape), message => {
        const bytes = codec.encode(message)
        assert.is(toHex(codec.encode(codec.decode(bytes))), toHex(bytes))
        assert.equal(plain(codec.decode(bytes)), plain(message))
      }),
      { seed, numRuns: 50 }
    )
  })

  messages(`${codec.name}: mutated bytes are a CodecError, or canonical bytes of another message`, () => {
    fc.assert(
      fc.property(anyOf(codec.shape), fc.array(mutation, { minLength: 1, maxLength: 3 }), (message, mutations) => {
        const bytes = mutations.reduce(mutate, codec.encode(message))
        let decoded: unknown
        try {
          decoded = codec.decode(bytes)
        } catch (error) {
          assert.instance(error, c.CodecError)
          return
        }
        assert.is(toHex(codec.encode(decoded)), toHex(bytes))
      }),
      { seed, numRuns: 300 }
    )
  })

  messages(`${codec.name}: every field is needed, none is added, none has another type`, () => {
    const [message] = fc.sample(anyOf(codec.shape), { seed, numRuns: 1 })
    const raw: Record<string, unknown> = dagCbor.decode(codec.encode(message))
    const small: Record<string, unknown> = { ...raw, '': 1 }
    throws(() => codec.decode(dagCbor.encode(small)), 'CODEC_FIELD')
    for (const name of Object.keys(raw)) {
      const { [name]: _, ...rest } = raw
      throws(() => codec.decode(dagCbor.encode(rest)), 'CODEC_FIELD')
      for (const wrong of [1.5, { a: { b: 1 } }, [[[]]]])
        throws(() => codec.decode(dagCbor.encode({ ...raw, [name]: wrong })), 'CODEC_FIELD')
    }
    for (const wrong of [null, 1, 'text', [], new Uint8Array(3)])
      throws(() => codec.decode(dagCbor.encode(wrong)), 'CODEC_FIELD')
  })

  messages(`${codec.name}: is refused when it is longer than its limit, before it is read`, () => {
    throws(() => codec.decode(new Uint8Array(codec.maxBytes + 1)), 'CODEC_TOO_LARGE')
    throws(() => codec.decode(new Uint8Array(codec.maxBytes)), 'CODEC_MALFORMED')
  })

  messages(`${codec.name}: each limit of each field holds at, below and above`, () => {
    const message = fullOf(codec.shape)
    for (const { path, inside, outside } of limitsOf(codec.shape)) {
      for (const value of inside) {
        const bytes = codec.encode(withValue(message, path, value))
        assert.is(toHex(codec.encode(codec.decode(bytes))), toHex(bytes), path.join('.'))
      }
      for (const value of outside) throws(() => codec.encode(withValue(message, path, value)), 'CODEC_FIELD')
    }
  })
}

for (const codec of CODECS.filter(({ name }) => name !== 'job')) {
  messages(`${codec.name}: the longest that its fields allow is within its limit`, () => {
    assert.ok(
      dagCbor.encode(longestOf(codec.shape)).length <= codec.maxBytes,
      `${dagCbor.encode(longestOf(codec.shape)).length}`
    )
  })
}

messages.run()

// ---

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

// --- helpers

const mutation = fc.oneof(
  fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }), kind: fc.constant('set' as const) }),
  fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }), kind: fc.constant('insert' as const) }),
  fc.record({ at: fc.nat(), value: fc.nat(7), kind: fc.constant('flip' as const) }),
  fc.record({ at: fc.nat(), value: fc.constant(0), kind: fc.constant('delete' as const) }),
  fc.record({ at: fc.nat(), value: fc.constant(0), kind: fc.constant('cut' as const) })
)

function mutate(bytes: Uint8Array, { at, value, kind }: { at: number; value: number; kind: string }): Uint8Array {
  if (bytes.length === 0) return bytes
  const i = at % bytes.length
  if (kind === 'cut') return bytes.slice(0, i)
  const out = [...bytes]
  if (kind === 'set') out[i] = value
  else if (kind === 'insert') out.splice(i, 0, value)
  else if (kind === 'delete') out.splice(i, 1)
  else out[i] = (out[i] ?? 0) ^ (1 << value)
  return Uint8Array.from(out)
}

/** A comparable form: CIDs as text, records without their prototypes. */
function plain(value: unknown): unknown {
  if (value instanceof CID) return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

interface Limit {
  readonly path: readonly string[]
  readonly inside: readonly unknown[]
  readonly outside: readonly unknown[]
}

/** Values at, below and above each limit of each field of a message; lists and options are gone into. */
function limitsOf(shape: Shape, path: readonly string[] = []): Limit[] {
  switch (shape.kind) {
    case 'struct':
      return Object.entries(shape.fields).flatMap(([name, field]) => limitsOf(field, [...path, name]))
    case 'nullable':
      return [{ path, inside: [null], outside: [] }, ...limitsOf(shape.of, path)]
    case 'list': {
      const item = fullOf(shape.of)
      const many = (length: number) => Array.from({ length }, () => item)
      const inner = limitsOf(shape.of, [...path, '0'])
      return [{ path, inside: [[], many(shape.max)], outside: [many(shape.max + 1), 'text'] }, ...inner]
    }
    case 'integer': {
      const { min, max } = shape
      const above = max === Number.MAX_SAFE_INTEGER ? [2 ** 53] : [max + 1]
      return [{ path, inside: [min, max], outside: [min - 1, ...above, min + 0.5, Number.NaN, '1', 1n] }]
    }
    case 'uint':
      return [{ path, inside: [0n, (1n << BigInt(shape.bits)) - 1n], outside: [-1n, 1n << BigInt(shape.bits), 1] }]
    case 'text': {
      const { maxBytes } = shape
      return [
        { path, inside: ['', 'a'.repeat(maxBytes)], outside: ['a'.repeat(maxBytes + 1), 'é'.repeat(maxBytes), 1] }
      ]
    }
    case 'bytes': {
      const of = (length: number) => new Uint8Array(length)
      const below = shape.min > 0 ? [of(shape.min - 1)] : []
      return [{ path, inside: [of(shape.min), of(shape.max)], outside: [...below, of(shape.max + 1), '0x00'] }]
    }
    case 'hex':
    case 'address': {
      const length = shape.kind === 'hex' ? shape.length : 20
      const of = (bytes: number) => `0x${'ab'.repeat(bytes)}`
      return [{ path, inside: [of(length)], outside: [of(length - 1), of(length + 1), of(length).toUpperCase(), 1] }]
    }
    case 'one-of':
      return [{ path, inside: shape.words, outside: ['', 'other', 1] }]
    case 'flag':
      return [{ path, inside: [true, false], outside: [0, 'true'] }]
    case 'record': {
      const item = fullOf(shape.of)
      const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`n${i}`, item]))
      return [{ path, inside: [{}, many(shape.max)], outside: [many(shape.max + 1), { '/': item }] }]
    }
    case 'cid':
      return [{ path, inside: [cidOf('x')], outside: ['bafy', cidOf('x').bytes] }]
  }
}

/** The longest cbor value of a shape. */
function longestOf(shape: Shape): unknown {
  switch (shape.kind) {
    case 'struct':
      return Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, longestOf(field)]))
    case 'nullable':
      return longestOf(shape.of)
    case 'list':
      return Array.from({ length: shape.max }, () => longestOf(shape.of))
    case 'record':
      return Object.fromEntries(
        Array.from({ length: shape.max }, (_, i) => [`n${i}`.padEnd(63, '_'), longestOf(shape.of)])
      )
    case 'integer':
      return shape.max
    case 'uint':
      return new Uint8Array(shape.bits / 8)
    case 'text':
      return 'x'.repeat(shape.maxBytes)
    case 'one-of':
      return shape.words.reduce((a, b) => (a.length < b.length ? b : a))
    case 'bytes':
      return new Uint8Array(shape.max)
    case 'hex':
      return new Uint8Array(shape.length)
    case 'address':
      return new Uint8Array(20)
    case 'flag':
      return true
    case 'cid':
      return cidOf('x')
  }
}

/** A value with every option taken and one item in every list, so that each field of each has a place to be changed in. */
function fullOf(shape: Shape): unknown {
  switch (shape.kind) {
    case 'struct':
      return Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, fullOf(field)]))
    case 'nullable':
      return fullOf(shape.of)
    case 'list':
      return [fullOf(shape.of)]
    default:
      return fc.sample(anyOf(shape), { seed, numRuns: 1 })[0]
  }
}

/** A copy of a message with another value at a path. Where the path goes through a list, the list has that item alone. */
function withValue(message: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return value
  if (name === '0') return [withValue(fillFor(message), rest, value)]
  const map = typeof message === 'object' && message !== null ? message : {}
  return { ...map, [name]: withValue(Reflect.get(map, name), rest, value) }
}

const fillFor = (message: unknown): unknown => (Array.isArray(message) ? message[0] : message)

/** The bytes of `{x: value}` in which the key `from` is renamed to one of the same length. */
function spliced(value: unknown, from: string, to: string): Uint8Array {
  const text = Buffer.from(cborOf(value)).toString('latin1')
  assert.is(text.split(from).length, 2)
  return Uint8Array.from(Buffer.from(text.replace(from, to), 'latin1'))
}
