/** NodeApi by the socket of a running node: one connection per call, closed as soon as the caller has had enough. */
import { connect, type Socket } from 'node:net'
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { LilyError } from '../../../protocols/core/errors.ts'
import type { DealId } from '../../../protocols/deal/deal.ts'
import type { NodeEvent } from '../../../protocols/events.ts'
import type {
  DealReport,
  JobReport,
  JobRequest,
  JobUpdate,
  ModuleDetails,
  ModuleReport,
  NodeApi,
  NodeStatus,
  OfferReport
} from '../../market/api.ts'
import type { Explanation, OfferCheck } from '../../market/explanation.ts'
import type { JobLog } from '../../market/job-logs.ts'
import type { AbortOptions, PeerInfo } from '../../market/ports.ts'
import { API_VERSION, type ApiErrorCode, parseAnswer, readLines, socketPath, toLine } from './wire.ts'

/** The API of the node that runs on a data folder. Every call fails with API_NOT_RUNNING when there is none. */
export class ApiClient implements NodeApi {
  readonly #path: string

  /** @throws LilyError API_SOCKET_UNUSABLE when the folder's path is too long to hold a socket */
  constructor(dataDir: string) {
    this.#path = socketPath(dataDir)
  }

  status(options?: AbortOptions): Promise<NodeStatus> {
    return this.#call('status', [], options)
  }

  peers(options?: AbortOptions): Promise<readonly PeerInfo[]> {
    return this.#call('peers', [], options)
  }

  offers(options?: AbortOptions): Promise<readonly OfferReport[]> {
    return this.#call('offers', [], options)
  }

  submit(request: JobRequest, options?: AbortOptions): AsyncIterable<JobUpdate> {
    return this.#stream('submit', [request], options)
  }

  follow(id: Bytes32, options?: AbortOptions): AsyncIterable<JobUpdate> {
    return this.#stream('follow', [id], options)
  }

  logs(id: Bytes32, options?: AbortOptions): AsyncIterable<JobLog> {
    return this.#stream('logs', [id], options)
  }

  jobs(options?: AbortOptions): Promise<readonly JobReport[]> {
    return this.#call('jobs', [], options)
  }

  job(id: Bytes32, options?: AbortOptions): Promise<JobReport> {
    return this.#call('job', [id], options)
  }

  cancel(id: Bytes32, options?: AbortOptions): Promise<JobReport> {
    return this.#call('cancel', [id], options)
  }

  explain(id: Bytes32, options?: AbortOptions): Promise<Explanation> {
    return this.#call('explain', [id], options)
  }

  checkOffer(peers: number, options?: AbortOptions): Promise<OfferCheck> {
    return this.#call('checkOffer', [peers], options)
  }

  deal(id: DealId, options?: AbortOptions): Promise<DealReport> {
    return this.#call('deal', [id], options)
  }

  appeal(id: DealId, options?: AbortOptions): Promise<DealReport> {
    return this.#call('appeal', [id], options)
  }

  deposit(amountWei: bigint, options?: AbortOptions): Promise<void> {
    return this.#call('deposit', [amountWei], options)
  }

  withdraw(amountWei: bigint, options?: AbortOptions): Promise<void> {
    return this.#call('withdraw', [amountWei], options)
  }

  addModule(path: string, options?: AbortOptions): Promise<string> {
    return this.#call('addModule', [path], options)
  }

  saveContent(cid: string, path: string, options?: AbortOptions): Promise<void> {
    return this.#call('saveContent', [cid, path], options)
  }

  publishModule(module: Omit<ModuleReport, 'author'>, options?: AbortOptions): Promise<ModuleReport> {
    return this.#call('publishModule', [module], options)
  }

  modules(options?: AbortOptions): Promise<readonly ModuleReport[]> {
    return this.#call('modules', [], options)
  }

  module(name: string, version: string, options?: AbortOptions): Promise<ModuleDetails> {
    return this.#call('module', [name, version], options)
  }

  attestModule(module: string, isDeterministic: boolean, runs: number, options?: AbortOptions): Promise<void> {
    return this.#call('attestModule', [module, isDeterministic, runs], options)
  }

  events(options?: AbortOptions): AsyncIterable<NodeEvent> {
    return this.#stream('events', [], options)
  }

  async #call<T>(method: keyof NodeApi, params: readonly unknown[], options: AbortOptions = {}): Promise<T> {
    const answers = this.#answers(method, params, options)
    for (;;) {
      const { done, value } = await answers.next()
      // The node is this user's own and of the same API_VERSION: what it says has the type that the method names.
      if (done) return value as T
    }
  }

  async *#stream<T>(
    method: keyof NodeApi,
    params: readonly unknown[],
    options: AbortOptions = {}
  ): AsyncGenerator<T, void> {
    // As above.
    for await (const value of this.#answers(method, params, options)) yield value as T
  }

  /** Yields the items of a stream, and returns the value of a plain call. */
  async *#answers(
    method: keyof NodeApi,
    params: readonly unknown[],
    { signal }: AbortOptions
  ): AsyncGenerator<unknown, unknown> {
    signal?.throwIfAborted()
    const socket = await this.#connect()
    const leave = () => socket.destroy()
    signal?.addEventListener('abort', leave, { once: true })
    try {
      socket.write(toLine({ version: API_VERSION, method, params: [...params] }))
      for await (const line of readLines(socket)) {
        const answer = parseAnswer(line)
        if (answer.type === 'done') return answer.value
        if (answer.type === 'error') throw new LilyError(answer.code, answer.message, { details: answer.details })
        yield answer.value
      }
      throw new LilyError<ApiErrorCode>('API_CLOSED', 'the node ended before it had answered')
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof LilyError) throw error
      throw new LilyError<ApiErrorCode>('API_CLOSED', 'the node broke off its answer', { cause: error })
    } finally {
      signal?.removeEventListener('abort', leave)
      socket.destroy()
    }
  }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#path)
      const failed = (cause: Error) =>
        reject(
          new LilyError<ApiErrorCode>('API_NOT_RUNNING', `no node answers on ${this.#path}`, {
            details: { path: this.#path },
            cause
          })
        )
      socket.once('error', failed)
      socket.once('connect', () => {
        socket.off('error', failed)
        resolve(socket)
      })
    })
  }
}
