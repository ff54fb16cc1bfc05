/**
 * Fewer writes for the same bytes. A transport writes each piece of what it is given by itself, a packet each, and noise gives
 * it a frame's length and the frame; yamux answers every frame of data, however small, by a window update, which is a frame as
 * well. A gossiped message was four writes, and four reads on the other side.
 */
import type { ConnectionEncrypter, MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'

/** Bytes of window that are held back for a stream: little of the 256 KiB that each begins with. */
export const HELD_BYTES = 16 * 1024

/** Streams with something held back, beyond which the oldest is told: most of them have ended. */
const MAX_HELD = 64

/** A yamux frame's header: version, type, flags (2), stream (4), length (4), which of a window update is its size. */
const HEADER_BYTES = 12
const WINDOW_UPDATE = 1

/** An encrypter that gives each frame to the transport in one piece. */
export function inOnePiece<Components, Extension>(
  encrypter: (components: Components) => ConnectionEncrypter<Extension>
): (components: Components) => ConnectionEncrypter<Extension> {
  return components => {
    const own = encrypter(components)
    const { secureInbound, secureOutbound } = own
    return Object.assign(own, {
      secureInbound: ((connection, options) =>
        secureInbound.call(own, joining(connection), options)) satisfies typeof secureInbound,
      secureOutbound: ((connection, options) =>
        secureOutbound.call(own, joining(connection), options)) satisfies typeof secureOutbound
    })
  }
}

/** A muxer that tells of what was read when it is {@link HELD_BYTES}, not after each message. */
export function sparing<Muxer extends StreamMuxer>(
  muxer: () => StreamMuxerFactory<Muxer>
): () => StreamMuxerFactory<Muxer> {
  return () => {
    const own = muxer()
    const { createStreamMuxer } = own
    return Object.assign(own, {
      createStreamMuxer: (connection: MessageStream) => createStreamMuxer.call(own, holding(connection))
    })
  }
}

function joining(connection: MessageStream): MessageStream {
  const send = connection.send.bind(connection)
  return Object.assign(connection, {
    send: ((data: Parameters<typeof send>[0]) => send(data.subarray())) satisfies typeof send
  })
}

function holding(connection: MessageStream): MessageStream {
  const send = connection.send.bind(connection)
  const held = new Map<number, number>()
  /** The bytes that the other side is to be told of now. */
  const due = (streamId: number, bytes: number): number => {
    const sum = (held.get(streamId) ?? 0) + bytes
    held.delete(streamId)
    if (sum >= HELD_BYTES) return sum
    held.set(streamId, sum)
    return 0
  }
  const sendOldest = () => {
    for (const [streamId, bytes] of held) {
      if (held.size <= MAX_HELD) return
      held.delete(streamId)
      send(windowUpdate(streamId, bytes))
    }
  }
  return Object.assign(connection, {
    send: ((data: Parameters<typeof send>[0]) => {
      const frame = data.subarray()
      const update = readWindowUpdate(frame)
      if (update === undefined) return send(frame)
      const bytes = due(update.streamId, update.bytes)
      sendOldest()
      return bytes === 0 || send(windowUpdate(update.streamId, bytes))
    }) satisfies typeof send
  })
}

/** A frame that says nothing but how much was read; what opens or ends a stream has flags. */
function readWindowUpdate(frame: Uint8Array): { readonly streamId: number; readonly bytes: number } | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const isBare = frame.length === HEADER_BYTES && view.getUint16(0) === WINDOW_UPDATE && view.getUint16(2) === 0
  return isBare ? { streamId: view.getUint32(4), bytes: view.getUint32(8) } : undefined
}

function windowUpdate(streamId: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES)
  const view = new DataView(frame.buffer)
  view.setUint16(0, WINDOW_UPDATE)
  view.setUint32(4, streamId)
  view.setUint32(8, bytes)
  return frame
}
