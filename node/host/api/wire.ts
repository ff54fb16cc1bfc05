/**
 * How the local API looks on its socket. One call is one connection: a line with the request, then lines with answers
 * until `done` or `error`; whoever closes first ends the call. Lines are JSON, bigints `{"$bigint": "123"}`.
 */
import type { Socket } from 'node:net'
import { join } from 'node:path'
import * as v from 'valibot'
import { LilyError } from '../../../protocols/core/errors.ts'

/** Longest line, in characters: far beyond any report, far below what would fill memory. */
export const MAX_LINE_CHARS = 4 * 1024 * 1024

const BIGINT_KEY = '$bigint'

/** Changes whenever a method or a type of NodeApi does: client and node may come from different installations. */
export const API_VERSION = 3

/** The socket's name in a node's data folder. */
export const SOCKET_FILE = 'api.sock'

/** Longest path of a socket that every system takes, in bytes. */
const MAX_SOCKET_PATH_BYTES = 103

/** Codes of the local API. */
export type ApiErrorCode =
  | 'API_NOT_RUNNING'
  | 'API_CLOSED'
  | 'API_BAD_MESSAGE'
  | 'API_BAD_REQUEST'
  | 'API_VERSION'
  | 'API_SOCKET_UNUSABLE'
  | 'INTERNAL'

const REQUEST = v.strictObject({ version: v.number(), method: v.string(), params: v.array(v.unknown()) })

const ANSWER = v.variant('type', [
  v.strictObject({ type: v.literal('next'), value: v.unknown() }),
  v.strictObject({ type: v.literal('done'), value: v.optional(v.unknown()) }),
  v.strictObject({
    type: v.literal('error'),
    code: v.string(),
    message: v.string(),
    details: v.record(v.string(), v.unknown())
  })
])

/** A call: a method of NodeApi and its arguments, without options. */
export type ApiRequest = v.InferOutput<typeof REQUEST>

/** One line of the answer: an item of a stream, the end (with the value of a plain call), or a failure. */
export type ApiAnswer =
  | { readonly type: 'next'; readonly value: unknown }
  | { readonly type: 'done'; readonly value?: unknown }
  | {
      readonly type: 'error'
      readonly code: string
      readonly message: string
      readonly details: Readonly<Record<string, unknown>>
    }

/** A message as one line, newline included. */
export function toLine(message: ApiRequest | ApiAnswer): string {
  return `${JSON.stringify(message, (_, value: unknown) =>
    typeof value === 'bigint' ? { [BIGINT_KEY]: value.toString() } : value
  )}\n`
}

/** A request from its line. @throws LilyError API_BAD_MESSAGE, API_VERSION */
export function parseRequest(line: string): ApiRequest {
  const request = parseLine(REQUEST, line)
  if (request.version === API_VERSION) return request
  const message = `the running node speaks version ${API_VERSION} of the local interface, this program ${request.version}`
  throw new LilyError<ApiErrorCode>('API_VERSION', `${message}: use one lilynode for both`)
}

/** An answer from its line. @throws LilyError API_BAD_MESSAGE */
export function parseAnswer(line: string): ApiAnswer {
  return parseLine(ANSWER, line)
}

/**
 * Where the node of a data folder listens.
 *
 * @throws LilyError API_SOCKET_UNUSABLE when the path is longer than a socket's may be
 */
export function socketPath(dataDir: string): string {
  const path = join(dataDir, SOCKET_FILE)
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path
  const message = `the path ${path} is too long for a socket (at most ${MAX_SOCKET_PATH_BYTES} bytes): take a shorter data folder`
  throw new LilyError<ApiErrorCode>('API_SOCKET_UNUSABLE', message, { details: { path } })
}

/**
 * The lines of a socket as they arrive, until it ends; leaves the socket open.
 *
 * @throws LilyError API_BAD_MESSAGE when a line is longer than {@link MAX_LINE_CHARS}
 */
export async function* readLines(socket: Socket): AsyncGenerator<string> {
  socket.setEncoding('utf8')
  let rest = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE_CHARS) throw badMessage('a line is too long')
    yield* lines
  }
}

function parseLine<T>(schema: v.GenericSchema<unknown, T>, line: string): T {
  try {
    return v.parse(schema, JSON.parse(line, untag))
  } catch (cause) {
    throw badMessage('a line is not what was expected', cause)
  }
}

function untag(_: string, value: unknown): unknown {
  const digits = taggedBigint(value)
  return digits === undefined ? value : BigInt(digits)
}

function badMessage(reason: string, cause?: unknown): LilyError<ApiErrorCode> {
  return new LilyError<ApiErrorCode>('API_BAD_MESSAGE', `the local interface: ${reason}`, { cause })
}

function taggedBigint(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !(BIGINT_KEY in value)) return undefined
  const digits = value[BIGINT_KEY]
  return typeof digits === 'string' && /^-?\d{1,100}$/.test(digits) ? digits : undefined
}
