// Frames: one write each, and window updates that are worth one, without a byte of any window being lost.
import { yamux } from '@chainsafe/libp2p-yamux'
import type { ConnectionEncrypter, MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HELD_BYTES, inOnePiece, sparing } from '../../../../node/peer/net/frames.ts'
import { concat, toHex } from '../../../../protocols/core/bytes.ts'
import { testSeed } from '../../../support.ts'

type Piece = Parameters<MessageStream['send']>[0]

/** What was given in pieces, as libp2p's lists are. */
const listOf = (...parts: readonly Uint8Array[]) =>
  ({ subarray: () => concat(...parts), [Symbol.iterator]: () => parts[Symbol.iterator]() }) as unknown as Piece

/** The end of a connection that notes what it is given. */
function connection() {
  const sent: Piece[] = []
  const stream = { send: (data: Piece) => sent.push(data) > 0 } as unknown as MessageStream
  return { sent, stream, frames: () => sent.map(frame => toHex(frame.subarray())) }
}

/** A yamux header: type, flags, stream, length. */
function header(type: number, flags: number, streamId: number, length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(12))
  view.setUint8(1, type)
  view.setUint16(2, flags)
  view.setUint32(4, streamId)
  view.setUint32(8, length)
  return new Uint8Array(view.buffer)
}
const update = (streamId: number, bytes: number, flags = 0) => header(1, flags, streamId, bytes)
const readUpdate = (frame: Piece) => {
  const view = new DataView(frame.subarray().buffer, frame.subarray().byteOffset)
  return { streamId: view.getUint32(4), bytes: view.getUint32(8) }
}

/** A sparing muxer over that end. */
function muxed() {
  const end = connection()
  let given: MessageStream | undefined
  const factory = {
    protocol: '/yamux/1.0.0',
    createStreamMuxer: (stream: MessageStream) => {
      given = stream
      return {}
    }
  } as unknown as StreamMuxerFactory<StreamMuxer>
  sparing(() => factory)().createStreamMuxer(end.stream)
  assert.ok(given)
  return { ...end, given }
}

const test = suite('frames')

test('what an encrypter gives in pieces is written at once, in either direction', async () => {
  const own = {
    protocol: '/plain',
    async secureInbound(stream: MessageStream) {
      stream.send(listOf(Uint8Array.of(0, 2), Uint8Array.of(7, 8)))
    },
    async secureOutbound(stream: MessageStream) {
      stream.send(listOf(Uint8Array.of(0, 1), Uint8Array.of(9)))
    }
  } as unknown as ConnectionEncrypter
  const { secureInbound, secureOutbound, protocol } = inOnePiece(() => own)({})
  assert.is(protocol, '/plain')
  for (const [secure, bytes] of [
    [secureInbound, '0x00020708'],
    [secureOutbound, '0x000109']
  ] as const) {
    const { stream, sent, frames } = connection()
    await secure(stream)
    assert.equal(frames(), [bytes])
    assert.ok(sent[0] instanceof Uint8Array)
  }
})

test('data, and updates that open or end a stream, go at once and as they are', () => {
  const { given, frames } = muxed()
  const data = [header(0, 0, 3, 2), Uint8Array.of(1, 2)]
  given.send(listOf(...data))
  const others = [update(5, 262_144, 1), update(5, 0, 4), update(7, 0, 8), header(2, 1, 0, 9), header(3, 0, 0, 0)]
  for (const frame of others) given.send(frame)
  // Twelve bytes of data that look like an update, behind their header.
  const alike = concat(header(0, 0, 3, 12), update(3, 40))
  given.send(alike)
  assert.equal(frames(), [concat(...data), ...others, alike].map(toHex))
})

test('small updates wait until they are worth a frame, each stream for itself', () => {
  const { given, frames } = muxed()
  given.send(update(1, HELD_BYTES - 1))
  given.send(update(3, 5))
  assert.equal(frames(), [])
  given.send(update(1, 1))
  assert.equal(frames(), [toHex(update(1, HELD_BYTES))])
  given.send(update(1, 1))
  given.send(update(3, HELD_BYTES))
  assert.equal(frames(), [toHex(update(1, HELD_BYTES)), toHex(update(3, HELD_BYTES + 5))])
})

test('of whatever is read less than the held bytes stays untold, for 64 streams at most, and nothing is told twice', () => {
  const read = fc.record({ streamId: fc.integer({ min: 1, max: 100 }), bytes: fc.integer({ min: 1, max: HELD_BYTES }) })
  const property = fc.property(fc.array(read, { maxLength: 600, size: 'max' }), reads => {
    const { given, sent } = muxed()
    const sums = new Map<number, number>()
    const add = ({ streamId, bytes }: { streamId: number; bytes: number }, sign: 1 | -1) =>
      sums.set(streamId, (sums.get(streamId) ?? 0) + sign * bytes)
    for (const one of reads) {
      given.send(update(one.streamId, one.bytes))
      add(one, 1)
    }
    for (const frame of sent) add(readUpdate(frame), -1)
    const untold = [...sums.values()].filter(bytes => bytes !== 0)
    assert.ok(untold.every(bytes => bytes > 0 && bytes < HELD_BYTES))
    assert.ok(untold.length <= 64)
  })
  fc.assert(property, { seed: testSeed(), numRuns: 200 })
})

test('keeps yamux’s own factory', () => {
  assert.is(sparing(yamux())().protocol, '/yamux/1.0.0')
})

test.run()
