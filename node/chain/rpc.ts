/**
 * JSON-RPC over HTTP to one of several endpoints: it stays with the one that answers, goes on to the next when that one
 * fails, and waits ever longer between rounds until the call's patience is over. An endpoint of another chain is never
 * asked anything but its chain id.
 */
import type { Hex } from '../../protocols/core/bytes.ts'
import { isHex } from '../../protocols/core/bytes.ts'
import type { AbortOptions, Clock } from '../market/ports.ts'
import { ChainError } from './errors.ts'
import { parseBigQuantity, parseReplies, type Reply } from './wire.ts'

/** One question. */
export interface RpcRequest {
  readonly method: string
  readonly params: readonly unknown[]
}

/** Its answer: what the endpoint gave, or why it refused. */
export type RpcAnswer = { readonly result: unknown } | { readonly error: ChainError }

/** Options of a call. */
export interface RpcOptions extends AbortOptions {
  /** How long to go on while no endpoint answers, in ms. @default 5000 */
  readonly patienceMs?: number
}

/** What an {@link Rpc} is made of. */
export interface RpcInit {
  /** Endpoints in order of preference. */
  readonly urls: readonly string[]
  readonly clock: Clock
  /** The only chain that may answer; undefined takes any. */
  readonly chainId?: bigint
  /** Longest wait for one answer, in ms. @default 10000 */
  readonly timeoutMs?: number
}

/** Waits between rounds double from the first to the longest, in ms. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

const DEFAULT_PATIENCE_MS = 5_000
const DEFAULT_TIMEOUT_MS = 10_000

/** JSON-RPC error codes that say "later" or "ask another": over the limit (EIP-1474), resource unavailable. */
const PASSING_CODES: readonly number[] = [-32005, -32002]

/**
 * The state of the block that was asked for is not there yet, or no more: one endpoint behind an address is behind the
 * other, or a block came between "latest" and its state.
 */
const NO_STATE = /BlockOutOfRange|header not found|missing trie node/i

/** An endpoint that did not answer as an endpoint should: another one may. */
class EndpointError extends Error {}

interface Endpoint {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** What people may see: keys travel in paths, queries and user names. */
  readonly label: string
  isVerified: boolean
}

/** The node's way to its chain. */
export class Rpc {
  readonly #clock: Clock
  readonly #chainId: bigint | undefined
  readonly #timeoutMs: number
  /** The one that answered last comes first. */
  #endpoints: readonly Endpoint[]

  /** @throws TypeError without an endpoint */
  constructor(init: RpcInit) {
    if (init.urls.length === 0) throw new TypeError('no RPC endpoint: give at least one URL')
    this.#endpoints = init.urls.map(url => ({ ...endpointOf(url), isVerified: init.chainId === undefined }))
    this.#clock = init.clock
    this.#chainId = init.chainId
    this.#timeoutMs = init.timeoutMs ?? DEFAULT_TIMEOUT_MS
  }

  /**
   * One question.
   *
   * @throws CHAIN_UNREACHABLE, CHAIN_WRONG_ID, CHAIN_RPC_ERROR
   */
  async call(method: string, params: readonly unknown[], options: RpcOptions = {}): Promise<unknown> {
    const [answer] = await this.batch([{ method, params }], options)
    return unwrap(answer)
  }

  /**
   * Many questions to one endpoint at once; the answers in their order.
   *
   * @throws CHAIN_UNREACHABLE, CHAIN_WRONG_ID
   */
  async batch(requests: readonly RpcRequest[], options: RpcOptions = {}): Promise<readonly RpcAnswer[]> {
    if (requests.length === 0) return []
    const untilMs = this.#clock.nowMs() + (options.patienceMs ?? DEFAULT_PATIENCE_MS)
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const failures: { readonly endpoint: Endpoint; readonly error: Error }[] = []
      for (const endpoint of this.#endpoints) {
        try {
          await this.#verify(endpoint, options)
          const answers = await this.#post(endpoint, requests, options)
          this.#endpoints = [endpoint, ...this.#endpoints.filter(other => other !== endpoint)]
          return answers
        } catch (error) {
          options.signal?.throwIfAborted()
          if (!(error instanceof EndpointError) && !(error instanceof ChainError)) throw error
          // It may come back as something else.
          endpoint.isVerified = this.#chainId === undefined
          failures.push({ endpoint, error })
        }
      }
      // Endpoints that answer, but wrongly, get no better by waiting.
      const [wrong] = failures.map(({ error }) => error)
      if (failures.every(({ error }) => error instanceof ChainError)) throw wrong
      if (this.#clock.nowMs() + pauseMs > untilMs)
        throw unreachable(failures.map(({ endpoint, error }) => `${endpoint.label}: ${error.message}`))
      await this.#clock.sleep(pauseMs, options)
    }
  }

  async #verify(endpoint: Endpoint, options: AbortOptions): Promise<void> {
    if (endpoint.isVerified) return
    const [answer] = await this.#post(endpoint, [{ method: 'eth_chainId', params: [] }], options)
    const chainId = parseBigQuantity(unwrap(answer))
    if (chainId !== this.#chainId)
      throw new ChainError('CHAIN_WRONG_ID', `the endpoint serves chain ${chainId}, expected ${this.#chainId}`, {
        details: { chainId, expected: this.#chainId, endpoint: endpoint.label }
      })
    endpoint.isVerified = true
  }

  async #post(endpoint: Endpoint, requests: readonly RpcRequest[], options: AbortOptions): Promise<RpcAnswer[]> {
    const calls = requests.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params }))
    const replies = await this.#exchange(endpoint, JSON.stringify(calls.length === 1 ? calls[0] : calls), options)
    return requests.map(({ method }, id) => {
      const reply = replies.find(candidate => candidate.id === id)
      if (reply === undefined) throw new EndpointError(`no answer to ${method}`)
      if (reply.error === undefined) return { result: reply.result }
      const { code, message } = reply.error
      if (PASSING_CODES.includes(code) || NO_STATE.test(message)) throw new EndpointError(message)
      return { error: refusal(method, reply.error) }
    })
  }

  async #exchange({ url, headers }: Endpoint, body: string, options: AbortOptions): Promise<readonly Reply[]> {
    const deadline = AbortSignal.timeout(this.#timeoutMs)
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
    let status = 0
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal })
      status = response.status
      // Some endpoints answer refusals with 4xx and a JSON-RPC error all the same.
      if (status === 429 || status >= 500) throw new EndpointError(`HTTP status ${status}`)
      return parseReplies(JSON.parse(await response.text()))
    } catch (cause) {
      options.signal?.throwIfAborted()
      if (cause instanceof EndpointError) throw cause
      if (deadline.aborted) throw new EndpointError(`no answer within ${this.#timeoutMs} ms`, { cause })
      throw new EndpointError(status === 0 ? reasonOf(cause) : `not JSON-RPC (HTTP status ${status})`, { cause })
    }
  }
}

/** The result of an answer. @throws its error */
export function unwrap(answer: RpcAnswer | undefined): unknown {
  if (answer === undefined) throw new ChainError('CHAIN_RPC_ERROR', 'no answer')
  if ('error' in answer) throw answer.error
  return answer.result
}

function refusal(method: string, error: NonNullable<Reply['error']>): ChainError {
  const data = revertData(error.data)
  return new ChainError('CHAIN_RPC_ERROR', `${method} was refused: ${error.message}`, {
    details: { method, code: error.code, reason: error.message, ...(data === undefined ? {} : { data }) }
  })
}

/** Revert data, wherever the endpoint put it: geth and anvil give it bare, others inside an object. */
function revertData(data: unknown): Hex | undefined {
  if (isHex(data)) return data
  if (typeof data !== 'object' || data === null || !('data' in data)) return undefined
  return revertData(data.data)
}

function unreachable(failures: readonly string[]): ChainError {
  const message = `no RPC endpoint answers (${failures.join('; ')}): is the chain up, and the URL right?`
  return new ChainError('CHAIN_UNREACHABLE', message, { details: { failures } })
}

/** fetch takes no user and password in a URL, so they go into the header that they stand for. */
function endpointOf(url: string): Omit<Endpoint, 'isVerified'> {
  const [, scheme = '', credentials, host = '', path = ''] =
    /^(\w+:\/\/)?(?:([^@/?#]*)@)?([^/?#]*)(.*)$/s.exec(url) ?? []
  const authorization =
    credentials === undefined ? {} : { authorization: `Basic ${btoa(decodeURIComponent(credentials))}` }
  return {
    url: scheme + host + path,
    label: scheme + host,
    headers: { 'content-type': 'application/json', ...authorization }
  }
}

/** fetch says little itself: what happened is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection'
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}
