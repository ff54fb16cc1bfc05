/**
 * Serves a node's NodeApi on a Unix socket in its data folder, for programs of the same user: the folder and the socket
 * are closed to others, and that is the only protection, since whoever reads the folder has the key anyway.
 */
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { LilyError } from '../../../protocols/core/errors.ts'
import type { NodeApi } from '../../market/api.ts'
import type { Startable } from '../../market/ports.ts'
import { methodOf } from './methods.ts'
import { type ApiAnswer, type ApiErrorCode, parseRequest, readLines, socketPath, toLine } from './wire.ts'

/** A connection that asks nothing for so long is closed. */
const REQUEST_TIMEOUT_MS = 10_000

/** What is served, and where. */
export interface ApiServerInit {
  readonly api: NodeApi
  /** The node's data folder, which this process must hold the lock of: a socket that lies there is stale. */
  readonly dataDir: string
}

/** The local API of a running node. */
export class ApiServer implements Startable {
  readonly #api: NodeApi
  readonly #path: string
  readonly #sockets = new Set<Socket>()
  readonly #calls = new Set<Promise<void>>()
  #server: Server | undefined

  /** @throws LilyError API_SOCKET_UNUSABLE when the folder's path is too long to hold a socket */
  constructor(init: ApiServerInit) {
    this.#api = init.api
    this.#path = socketPath(init.dataDir)
  }

  /** The socket's path. */
  get path(): string {
    return this.#path
  }

  /** @throws LilyError API_SOCKET_UNUSABLE */
  async start(): Promise<void> {
    const path = this.#path
    // A killed node leaves its socket behind, and nobody can listen where a file is.
    await rm(path, { force: true })
    const server = createServer(socket => this.#accept(socket))
    try {
      server.listen(path)
      await once(server, 'listening')
      await chmod(path, 0o600)
    } catch (cause) {
      server.close()
      throw new LilyError<ApiErrorCode>('API_SOCKET_UNUSABLE', `cannot listen on ${path}`, { details: { path }, cause })
    }
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise(resolve => server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([closed, ...this.#calls])
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    // The close that follows ends the call; there is nobody left to tell.
    socket.on('error', () => socket.destroy())
    const call = answer(this.#api, socket).finally(() => {
      this.#sockets.delete(socket)
      this.#calls.delete(call)
    })
    this.#calls.add(call)
  }
}

/** Answers the one request of a connection; the other side's leaving aborts it. Never rejects. */
async function answer(api: NodeApi, socket: Socket): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy())
  try {
    const line = await firstLine(socket)
    if (line === undefined) return
    socket.setTimeout(0)
    // Without a reader the end of the connection would go unseen.
    socket.resume()
    const request = parseRequest(line)
    const work = methodOf(request.method)(api, request.params, { signal: gone.signal })
    if (Symbol.asyncIterator in work) {
      for await (const value of work) await send(socket, { type: 'next', value }, gone.signal)
      await send(socket, { type: 'done' }, gone.signal)
    } else {
      await send(socket, { type: 'done', value: await work }, gone.signal)
    }
  } catch (error) {
    if (!gone.signal.aborted) socket.write(toLine(failureOf(error)))
  } finally {
    socket.end()
    if (!socket.destroyed) await once(socket, 'close')
  }
}

async function firstLine(socket: Socket): Promise<string | undefined> {
  for await (const line of readLines(socket)) return line
  return undefined
}

async function send(socket: Socket, message: ApiAnswer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (!socket.write(toLine(message))) await once(socket, 'drain', { signal })
}

function failureOf(error: unknown): ApiAnswer {
  if (error instanceof LilyError) {
    return { type: 'error', code: error.code, message: error.message, details: error.details }
  }
  const message = error instanceof Error ? error.message : String(error)
  const code: ApiErrorCode = error instanceof TypeError ? 'API_BAD_REQUEST' : 'INTERNAL'
  return { type: 'error', code, message, details: {} }
}
