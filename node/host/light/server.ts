/**
 * Serves the light client: the built page, the public profile, and on a local network a few coins. Loopback only: browsers
 * give a page what it needs (crypto, workers) over plain HTTP nowhere else; the world is served through a TLS proxy.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Address } from '../../../protocols/core/account.ts'
import { isAddress } from '../../../protocols/core/account.ts'
import type { Logger, Startable } from '../../market/ports.ts'
import { formatLightProfile, type LightProfile } from '../../peer/light-profile.ts'
import { LoopbackServer } from '../loopback.ts'
import { type PageFile, readPage } from './page.ts'

/** Longest request that has a body: an account. */
const MAX_BODY_BYTES = 256

/** What serves the page is made of. */
export interface LightServerInit {
  /** Port 0 takes a free one. */
  readonly port: number
  /** The folder that `npm run build:light` makes. */
  readonly pageDir: string
  /** The profile of this moment: peers come and go. */
  readonly profile: () => Promise<LightProfile>
  /** Gives an account coins to begin with; absent where there is no faucet. */
  readonly giveCoins?: (account: Address) => Promise<void>
  readonly log: Logger
}

/** @see the head of this file */
export class LightServer implements Startable {
  readonly #init: LightServerInit
  readonly #server: LoopbackServer
  #files: ReadonlyMap<string, PageFile> = new Map()

  constructor(init: LightServerInit) {
    const { port, log } = init
    this.#init = init
    this.#server = new LoopbackServer({ port, option: '--serve-light', log }, (request, response) =>
      this.#answer(request, response)
    )
  }

  /** Where the page is; once started. */
  get url(): string {
    return this.#server.url
  }

  /** @throws LilyError LIGHT_NOT_BUILT, PORT_IN_USE */
  async start(): Promise<void> {
    this.#files = await readPage(this.#init.pageDir)
    await this.#server.start()
  }

  async stop(): Promise<void> {
    await this.#server.stop()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://page')
    if (request.method === 'POST' && pathname === '/faucet') return this.#faucet(request, response)
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'not allowed')
    if (pathname === '/profile.json')
      return send(response, 200, 'application/json', formatLightProfile(await this.#init.profile()))
    const file = this.#files.get(pathname)
    if (file === undefined) return send(response, 404, 'text/plain', 'there is no such file')
    response.setHeader('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    if (file.gzip === undefined || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
      return send(response, 200, file.type, file.bytes)
    response.setHeader('content-encoding', 'gzip')
    send(response, 200, file.type, file.gzip)
  }

  /** Same-origin script only: a browser names the origin of every POST, and other pages have another. */
  async #faucet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { giveCoins } = this.#init
    if (giveCoins === undefined) return send(response, 404, 'text/plain', 'this network has no faucet')
    if (request.headers.origin !== `http://${request.headers.host}`)
      return send(response, 403, 'text/plain', 'for this page only')
    const account = await bodyOf(request)
    if (!isAddress(account)) return send(response, 400, 'text/plain', 'not an account')
    await giveCoins(account)
    send(response, 200, 'text/plain', 'given')
  }
}

/** Only what this node serves runs; it may talk to chains and peers, whose addresses nobody knows beforehand. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "worker-src 'self'",
  "img-src 'self' blob: data:",
  'media-src blob:',
  'connect-src *',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': CONTENT_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff'
  })
  response.end(body)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) {
    text += part
    if (text.length > MAX_BODY_BYTES) return ''
  }
  return text.trim()
}
