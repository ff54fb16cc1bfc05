import { lpStream } from '@libp2p/utils';
import { netError, shortId, streamError } from './errors.js';
const END = new Uint8Array(0);
/** Framing and flow control beside the payload. */
const OVERHEAD_BYTES = 64 * 1024;
/**
 * Sends one message and yields the responses.
 *
 * @throws LilyError NET_TIMEOUT, NET_UNREACHABLE, NET_REFUSED, NET_TOO_LARGE; the signal's reason when the caller aborts
 */
export async function* request(libp2p, peer, protocol, message, options) {
    const deadline = AbortSignal.timeout(options.timeoutMs);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    let stream;
    let isDone = false;
    try {
        stream = await openStream(libp2p, peer, protocol, signal);
        // The reader has no back-pressure, so the whole answer is bounded before it is read.
        const maxBufferSize = options.maxResponseBytes + OVERHEAD_BYTES;
        const frames = lpStream(stream, { maxDataLength: options.maxResponseBytes, maxBufferSize });
        await frames.write(message, { signal });
        let total = 0;
        for (;;) {
            const frame = await frames.read({ signal });
            if (frame.byteLength === 0)
                break;
            total += frame.byteLength;
            if (total > options.maxResponseBytes)
                throw tooLarge(peer, protocol, options.maxResponseBytes);
            yield frame.subarray();
        }
        await stream.close({ signal });
        isDone = true;
    }
    catch (error) {
        options.signal?.throwIfAborted();
        if (deadline.aborted)
            throw streamError(peer.toString(), protocol, deadline.reason);
        if (error instanceof Error && TOO_LARGE.has(error.name))
            throw tooLarge(peer, protocol, options.maxResponseBytes);
        throw streamError(peer.toString(), protocol, error);
    }
    finally {
        if (!isDone)
            stream?.abort(new Error('request abandoned'));
    }
}
/** Answers one stream with a handler; whatever breaks a limit or throws resets the stream. */
export async function respond(stream, connection, limits, answer) {
    const signal = AbortSignal.timeout(limits.timeoutMs);
    try {
        const maxBufferSize = limits.maxRequestBytes + OVERHEAD_BYTES;
        const frames = lpStream(stream, { maxDataLength: limits.maxRequestBytes, maxBufferSize });
        const message = (await frames.read({ signal })).subarray();
        let total = 0;
        for await (const response of answer(message, connection.remotePeer.toString(), { signal })) {
            total += response.length;
            if (total > limits.maxResponseBytes)
                throw new RangeError(`answer of more than ${limits.maxResponseBytes} bytes`);
            await frames.write(response, { signal });
        }
        await frames.write(END, { signal });
        await stream.close({ signal });
    }
    catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)));
    }
}
/**
 * A stream over an open connection, direct before relayed, else over a new one. `dialProtocol` alone ignores a relayed
 * connection and first tries every direct address again: 6 s a call.
 */
export async function openStream(libp2p, peer, protocol, signal) {
    const open = libp2p.getConnections(peer).filter(connection => connection.status === 'open');
    const connection = open.find(candidate => candidate.limits === undefined) ?? open[0];
    const options = { signal, runOnLimitedConnection: true };
    return connection === undefined
        ? await libp2p.dialProtocol(peer, protocol, options)
        : await connection.newStream(protocol, options);
}
function tooLarge(peer, protocol, maxBytes) {
    const peerId = peer.toString();
    const message = `peer ${shortId(peerId)} answered ${protocol} with more than ${maxBytes} bytes`;
    return netError('NET_TOO_LARGE', message, { peerId, protocol, maxBytes });
}
/** How lpStream names what exceeds its limits. */
const TOO_LARGE = new Set(['InvalidDataLengthError', 'InvalidDataLengthLengthError', 'StreamBufferError']);
