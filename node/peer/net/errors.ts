/** What can go wrong between peers, each with a stable code. */
import { LilyError } from '../../../protocols/core/errors.ts'

/** Codes of the network. */
export type NetErrorCode =
  | 'PORT_IN_USE'
  | 'NET_BAD_ADDRESS'
  | 'NET_LISTEN_FAILED'
  | 'NET_REFUSED'
  | 'NET_TIMEOUT'
  | 'NET_TOO_LARGE'
  | 'NET_UNREACHABLE'

/** A {@link LilyError} of the network. */
export function netError(code: NetErrorCode, message: string, details: Record<string, unknown>, cause?: unknown) {
  return new LilyError<NetErrorCode>(code, message, { details, ...(cause === undefined ? {} : { cause }) })
}

/**
 * What libp2p says of listening, in our codes: it puts the errors of all addresses into one message.
 */
export function listenError(listen: readonly string[], error: unknown): LilyError<NetErrorCode> | undefined {
  if (!(error instanceof Error) || error.name !== 'UnsupportedListenAddressesError') return undefined
  const taken = /EADDRINUSE[^\n]*:(\d+)/.exec(error.message)
  if (taken?.[1] !== undefined) {
    const port = Number(taken[1])
    const message = `port ${port} is in use: stop what listens there, or choose another port (0 takes a free one)`
    return netError('PORT_IN_USE', message, { port }, error)
  }
  const reason = error.message.split('\n').slice(1).join(' ').trim()
  return netError('NET_LISTEN_FAILED', `cannot listen on ${listen.join(', ')}: ${reason}`, { listen }, error)
}

/** What libp2p says of a stream to a peer, in our codes; a deadline is told apart from the caller's own abort. */
export function streamError(peerId: string, protocol: string, error: unknown): LilyError<NetErrorCode> {
  if (error instanceof LilyError) return error
  const name = error instanceof Error ? error.name : ''
  const details = { peerId, protocol }
  const who = `peer ${shortId(peerId)}`
  if (name === 'TimeoutError')
    return netError('NET_TIMEOUT', `${who} did not answer ${protocol} in time`, details, error)
  if (name === 'UnsupportedProtocolError') {
    return netError('NET_REFUSED', `${who} does not speak ${protocol}`, details, error)
  }
  if (UNREACHABLE.has(name)) return netError('NET_UNREACHABLE', `${who} cannot be reached`, details, error)
  const reason = error instanceof Error ? error.message : String(error)
  return netError('NET_REFUSED', `${who} broke off ${protocol}: ${reason}`, details, error)
}

/** The end of a peer id: what tells two of them apart in a log. */
export function shortId(peerId: string): string {
  return peerId.slice(-8)
}

const UNREACHABLE = new Set([
  'AggregateError',
  'ConnectionFailedError',
  'DialDeniedError',
  'DialError',
  'EncryptionFailedError',
  'InvalidPeerIdError',
  'NoValidAddressesError',
  'NotFoundError',
  'TransportUnavailableError'
])
