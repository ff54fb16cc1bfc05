/**
 * What a job's program prints while its provider runs it: the `logs` stream, in turns. It is help for the job's owner and
 * unchecked: no result, vote or payment depends on it, and what was printed is in the result, where it is verified.
 */
import { bytes, codec, hex, integer, oneOf, struct } from '../core/codec.ts'

/** Bytes of one piece. */
export const MAX_LOG_PIECE_BYTES = 4096

/** A position counts the bytes of both streams, in the order in which the provider read them. */
export const MAX_LOG_POSITION = 2 ** 40

/** All pieces of one turn, with what frames them. */
export const MAX_LOGS_BYTES = 320 * 1024

/** Names of what a program prints on; `1` and `2` where it runs. */
export const LOG_STREAMS = ['stdout', 'stderr'] as const

/** @see LOG_STREAMS */
export type LogStream = (typeof LOG_STREAMS)[number]

/** Request of the `logs` stream; only the deal's creator is told anything. */
export const LOGS_REQUEST = codec(
  'logs request',
  struct({
    deal: hex(32),
    /** What comes before it is known to the asker. */
    at: integer(0, MAX_LOG_POSITION)
  }),
  96
)

/** What the provider knows of a run: nothing that it would tell, that more may come, that no more will come. */
export const LOGS_STATES = ['unknown', 'open', 'ended'] as const

/** @see LOGS_STATES */
export type LogsState = (typeof LOGS_STATES)[number]

/** A piece. One without bytes is the last of its turn, and its state says whether to ask again. */
export const LOGS_PIECE = codec(
  'logs piece',
  struct({
    state: oneOf(...LOGS_STATES),
    /** Where it begins; what lies between it and the piece before was dropped. */
    at: integer(0, MAX_LOG_POSITION),
    stream: oneOf(...LOG_STREAMS),
    bytes: bytes(0, MAX_LOG_PIECE_BYTES)
  }),
  4224
)

/** @see LOGS_PIECE */
export type LogsPiece = ReturnType<(typeof LOGS_PIECE)['decode']>
