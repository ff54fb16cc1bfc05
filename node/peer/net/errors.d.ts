/** What can go wrong between peers, each with a stable code. */
import { LilyError } from '../../../protocols/core/errors.ts';
/** Codes of the network. */
export type NetErrorCode = 'PORT_IN_USE' | 'NET_BAD_ADDRESS' | 'NET_LISTEN_FAILED' | 'NET_REFUSED' | 'NET_TIMEOUT' | 'NET_TOO_LARGE' | 'NET_UNREACHABLE';
/** A {@link LilyError} of the network. */
export declare function netError(code: NetErrorCode, message: string, details: Record<string, unknown>, cause?: unknown): LilyError<NetErrorCode>;
/**
 * What libp2p says of listening, in our codes: it puts the errors of all addresses into one message.
 */
export declare function listenError(listen: readonly string[], error: unknown): LilyError<NetErrorCode> | undefined;
/** What libp2p says of a stream to a peer, in our codes; a deadline is told apart from the caller's own abort. */
export declare function streamError(peerId: string, protocol: string, error: unknown): LilyError<NetErrorCode>;
/** The end of a peer id: what tells two of them apart in a log. */
export declare function shortId(peerId: string): string;
