/** What a node serves over HTTP to its own machine: on 127.0.0.1, and to nobody who came by another name. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { LilyError } from '../../protocols/core/errors.ts'
import type { Logger, Startable } from '../market/ports.ts'

const HOST = '127.0.0.1'

/** Where it listens. */
export interface LoopbackInit {
  /** Port 0 takes a free one. */
  readonly port: number
  /** The option by which the owner chose the port, for errors. */
  readonly option: string
  readonly log: Logger
}

/** Answers one request; a throw becomes a 500. */
export type LoopbackAnswer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** @see the head of this file */
export class LoopbackServer implements Startable {
  readonly #init: LoopbackInit
  readonly #server: Server

  constructor(init: LoopbackInit, answer: LoopbackAnswer) {
    this.#init = init
    this.#server = createServer((request, response) => {
      // A name that somebody else points at 127.0.0.1 must not make their page ours (DNS rebinding).
      if (!isLoopback(request.headers.host)) return refuse(response, 403, 'this is served on 127.0.0.1')
      answer(request, response).catch(error => {
        init.log.error('%s %s: %o', request.method, request.url, error)
        if (!response.headersSent) refuse(response, 500, 'the node could not answer')
      })
    })
  }

  /** Where it is, with a slash at the end; once started. */
  get url(): string {
    const address = this.#server.address()
    return address === null || typeof address === 'string' ? '' : `http://${HOST}:${address.port}/`
  }

  /** @throws LilyError PORT_IN_USE */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', cause => reject(listenError(this.#init, cause)))
      this.#server.listen(this.#init.port, HOST, resolve)
    })
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>(resolve => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
  response.end(text)
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)
}

function listenError({ port, option }: LoopbackInit, cause: Error): Error {
  if (!('code' in cause) || cause.code !== 'EADDRINUSE') return cause
  const message = `port ${port} is in use: choose another for ${option} (0 takes a free one)`
  return new LilyError('PORT_IN_USE', message, { details: { port }, cause })
}
