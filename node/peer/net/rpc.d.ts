/**
 * One request and its responses over one libp2p stream. A frame is a varint length and that many bytes; an empty frame
 * ends the responses, so that a cut stream is never taken for a short answer.
 */
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface';
import type { AbortOptions, StreamLimits } from '../../market/ports.ts';
/** What answers a stream; see the Network port. */
export type StreamAnswer = (message: Uint8Array, from: string, options: AbortOptions) => AsyncIterable<Uint8Array>;
/** Limits of one request: the deadline and the longest answer, all its frames together. */
export interface RequestOptions extends AbortOptions {
    readonly timeoutMs: number;
    readonly maxResponseBytes: number;
}
/**
 * Sends one message and yields the responses.
 *
 * @throws LilyError NET_TIMEOUT, NET_UNREACHABLE, NET_REFUSED, NET_TOO_LARGE; the signal's reason when the caller aborts
 */
export declare function request(libp2p: Libp2p, peer: PeerId, protocol: string, message: Uint8Array, options: RequestOptions): AsyncGenerator<Uint8Array>;
/** Answers one stream with a handler; whatever breaks a limit or throws resets the stream. */
export declare function respond(stream: Stream, connection: Connection, limits: StreamLimits, answer: StreamAnswer): Promise<void>;
/**
 * A stream over an open connection, direct before relayed, else over a new one. `dialProtocol` alone ignores a relayed
 * connection and first tries every direct address again: 6 s a call.
 */
export declare function openStream(libp2p: Libp2p, peer: PeerId, protocol: string, signal: AbortSignal): Promise<Stream>;
