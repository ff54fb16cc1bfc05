// Every message of the network: reads back as it was, refuses everything else, and holds each limit of each field.
import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../protocols/core/bytes.ts'
import { CodecError } from '../../protocols/core/codec.ts'
import type { Shape } from '../../protocols/core/shape.ts'
import { testSeed, throws } from '../support.ts'
import { anyOf, CODECS, cidOf } from './arbitrary.ts'

const seed = testSeed()
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
          assert.instance(error, CodecError)
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
        {
          path,
          inside: ['', 'a'.repeat(maxBytes), 'a\uFEFF'.slice(0, maxBytes > 3 ? 2 : 1)],
          outside: ['a'.repeat(maxBytes + 1), 'é'.repeat(maxBytes), '\uFEFF', '\uFEFFa', 1]
        }
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
