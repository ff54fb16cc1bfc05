/**
 * A drand network of one, for development chains: signs whatever round it is asked for, before its time as well, so its
 * seeds are no secret to anybody who can reach it. It speaks the part of drand's HTTP API that nodes read.
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import { toHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { drandKey, signRound } from '../chain/drand-scheme.ts'
import type { Startable } from '../market/ports.ts'

/** What a {@link DevBeacon} is made of. */
export interface DevBeaconInit {
  /** 32 bytes. */
  readonly secret: Uint8Array
  /** Of 127.0.0.1; 0 takes a free one. */
  readonly port: number
}

/** Longest round number: what a uint64 holds. */
const MAX_ROUND = 2n ** 64n - 1n

/** @see the head of this file */
export class DevBeacon implements Startable {
  readonly #init: DevBeaconInit
  #server: Server | undefined

  constructor(init: DevBeaconInit) {
    this.#init = init
  }

  /** Where nodes ask; undefined while it is not started. */
  get url(): string | undefined {
    const address = this.#server?.address()
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : undefined
  }

  /** @throws LilyError PORT_IN_USE */
  async start(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer(({ url = '' }, response) => this.#answer(url, response))
    await new Promise<void>((resolve, reject) => {
      server.once('error', cause =>
        reject(new LilyError('PORT_IN_USE', `port ${this.#init.port} cannot be used: ${cause.message}`, { cause }))
      )
      server.listen(this.#init.port, '127.0.0.1', resolve)
    })
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  #answer(path: string, response: ServerResponse): void {
    const { status, body } = this.#find(path)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #find(path: string): Answer {
    const { secret } = this.#init
    if (path === '/info') return { status: 200, body: { public_key_uncompressed: drandKey(secret).slice(2) } }
    const round = /^\/public\/([1-9]\d{0,19})$/.exec(path)?.[1]
    if (round === undefined || BigInt(round) > MAX_ROUND) return { status: 404, body: { error: 'no such round' } }
    const signature = signRound(secret, BigInt(round))
    const randomness = toHex(sha256(signature)).slice(2)
    return { status: 200, body: { round: Number(round), randomness, signature: toHex(signature).slice(2) } }
  }
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}
