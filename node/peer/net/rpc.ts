/**
 * One request and its responses over one libp2p stream. A frame is a varint length and that many bytes; an empty frame
 * ends the responses, so that a cut stream is never taken for a short answer.
 */
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import type { AbortOptions, StreamLimits } from '../../market/ports.ts'
import { netError, shortId, streamError } from './errors.ts'

const END = new Uint8Array(0)

/** What answers a stream; see the Network port. */
export type StreamAnswer = (message: Uint8Array, from: string, options: AbortOptions) => AsyncIterable<Uint8Array>

/** Limits of one request: the deadline and the longest answer, all its frames together. */
export interface RequestOptions extends AbortOptions {
  readonly timeoutMs: number
  readonly maxResponseBytes: number
}

/** Framing and flow control beside the payload. */
const OVERHEAD_BYTES = 64 * 1024

/**
 * Sends one message and yields the responses.
 *
 * @throws LilyError NET_TIMEOUT, NET_UNREACHABLE, NET_REFUSED, NET_TOO_LARGE; the signal's reason when the caller aborts
 */
export async function* request(
  libp2p: Libp2p,
  peer: PeerId,
  protocol: string,
  message: Uint8Array,
  options: RequestOptions
): AsyncGenerator<Uint8Array> {
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
  let stream: Stream | undefined
  let isDone = false
  try {
    stream = await openStream(libp2p, peer, protocol, signal)
    // The reader has no back-pressure, so the whole answer is bounded before it is read.
    const maxBufferSize = options.maxResponseBytes + OVERHEAD_BYTES
    const frames = lpStream(stream, { maxDataLength: options.maxResponseBytes, maxBufferSize })
    await frames.write(message, { signal })
    let total = 0
    for (;;) {
      const frame = await frames.read({ signal })
      if (frame.byteLength === 0) break
      total += frame.byteLength
      if (total > options.maxResponseBytes) throw tooLarge(peer, protocol, options.maxResponseBytes)
      yield frame.subarray()
    }
    await stream.close({ signal })
    isDone = true
  } catch (error) {
    options.signal?.throwIfAborted()
    if (deadline.aborted) throw streamError(peer.toString(), protocol, deadline.reason)
    if (error instanceof Error && TOO_LARGE.has(error.name)) throw tooLarge(peer, protocol, options.maxResponseBytes)
    throw streamError(peer.toString(), protocol, error)
  } finally {
    if (!isDone) stream?.abort(new Error('request abandoned'))
  }
}

/** Answers one stream with a handler; whatever breaks a limit or throws resets the stream. */
export async function respond(
  stream: Stream,
  connection: Connection,
  limits: StreamLimits,
  answer: StreamAnswer
): Promise<void> {
  const signal = AbortSignal.timeout(limits.timeoutMs)
  try {
    const maxBufferSize = limits.maxRequestBytes + OVERHEAD_BYTES
    const frames = lpStream(stream, { maxDataLength: limits.maxRequestBytes, maxBufferSize })
    const message = (await frames.read({ signal })).subarray()
    let total = 0
    for await (const response of answer(message, connection.remotePeer.toString(), { signal })) {
      total += response.length
      if (total > limits.maxResponseBytes) throw new RangeError(`answer of more than ${limits.maxResponseBytes} bytes`)
      await frames.write(response, { signal })
    }
    await frames.write(END, { signal })
    await stream.close({ signal })
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)))
  }
}

/**
 * A stream over an open connection, direct before relayed, else over a new one. `dialProtocol` alone ignores a relayed
 * connection and first tries every direct address again: 6 s a call.
 */
export async function openStream(libp2p: Libp2p, peer: PeerId, protocol: string, signal: AbortSignal): Promise<Stream> {
  const open = libp2p.getConnections(peer).filter(connection => connection.status === 'open')
  const connection = open.find(candidate => candidate.limits === undefined) ?? open[0]
  const options = { signal, runOnLimitedConnection: true }
  return connection === undefined
    ? await libp2p.dialProtocol(peer, protocol, options)
    : await connection.newStream(protocol, options)
}

function tooLarge(peer: PeerId, protocol: string, maxBytes: number) {
  const peerId = peer.toString()
  const message = `peer ${shortId(peerId)} answered ${protocol} with more than ${maxBytes} bytes`
  return netError('NET_TOO_LARGE', message, { peerId, protocol, maxBytes })
}

/** How lpStream names what exceeds its limits. */
const TOO_LARGE = new Set(['InvalidDataLengthError', 'InvalidDataLengthLengthError', 'StreamBufferError'])
