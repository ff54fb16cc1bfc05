/**
 * Live logs between the two parties, the creator's side: while somebody looks, it asks the provider of a job turn after
 * turn. All that can go wrong ends as "no logs": a provider that does not speak of them, lies or is silent harms no job.
 * Step 4 of a job's life; the provider's side is logs.ts.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import { LOG_STREAMS, type LogStream, type LogsState } from '../../protocols/run/logs.ts'
import { STREAMS } from '../../protocols/wire.ts'
import type { Components } from './components.ts'
import type { JobRecord } from './job.ts'
import { LogTape } from './log-tape.ts'
import { peerIdOfPublicKey } from './peer-id.ts'
import type { AbortOptions, Logger } from './ports.ts'
import { Streams, type StreamsParts } from './streams.ts'

/** A turn that was shorter is followed by a pause: whatever the provider does, it is asked no more than once a second. */
const MIN_TURN_MS = 1_000

/** After so many failures in a row, some five minutes, nobody asks any more. */
const MAX_FAILURES = 20
const MAX_PAUSE_MS = 15_000

/** What is handed to a follower at once, the pieces' own weight included. */
const TAKEN_BYTES = 16 * 1024

/** What the provider says that a job has printed: unchecked, as it came, not yet fit for a terminal. */
export interface JobLog {
  readonly stream: LogStream
  readonly text: string
  /** Bytes that were printed before this and are not told. */
  readonly droppedBytes: number
}

/** What of a job is looked at. */
export interface JobStanding {
  readonly state: JobRecord['state']
  readonly deal: { readonly id: DealId; readonly providerKey: Uint8Array } | null
}

/** Whose jobs they are: the creator's role. */
export interface JobRecords {
  /** @throws JOB_UNKNOWN */
  job(id: Bytes32): Promise<JobStanding>
  /** Returns the way out. */
  onChange(listener: (id: Bytes32) => void): () => void
}

/** The logs of one deal, for all who follow them. */
interface Source {
  readonly tape: LogTape
  readonly leaving: AbortController
  followers: number
}

type Bound = NonNullable<JobStanding['deal']>

/** @see the head of this file */
export class JobLogs {
  readonly #jobs: JobRecords
  readonly #clock: Components['clock']
  readonly #log: Logger
  readonly #streams: Streams
  readonly #sources = new Map<DealId, Source>()

  constructor(parts: Pick<Components, 'clock'> & StreamsParts, jobs: JobRecords) {
    this.#jobs = jobs
    this.#clock = parts.clock
    this.#log = parts.logger('lily:logs')
    this.#streams = Streams.of(parts, 'lily:logs')
  }

  /**
   * What a job prints, from its beginning on as far as it is kept; waits for the job to be run. Ends with the run, with the
   * job, when the provider has no logs to give, or when aborted.
   *
   * @throws JOB_UNKNOWN
   */
  async *follow(id: Bytes32, options: AbortOptions = {}): AsyncGenerator<JobLog> {
    const bound = await this.#runningDeal(id, options)
    if (bound === undefined) return
    const source = this.#join(id, bound)
    try {
      yield* read(source.tape, options)
    } finally {
      source.followers -= 1
      if (source.followers === 0) {
        source.leaving.abort()
        this.#sources.delete(bound.id)
      }
    }
  }

  /** The deal that a job is run under, once it is on chain; undefined when the job is over. */
  async #runningDeal(id: Bytes32, { signal }: AbortOptions): Promise<Bound | undefined> {
    let changed = Promise.withResolvers<void>()
    const wake = () => changed.resolve()
    const exit = this.#jobs.onChange(job => job === id && wake())
    signal?.addEventListener('abort', wake, { once: true })
    try {
      while (signal?.aborted !== true) {
        const { state, deal } = await this.#jobs.job(id)
        if (state === 'done' || state === 'failed' || state === 'cancelled') return undefined
        if (deal !== null && state !== 'proposed') return deal
        await changed.promise
        changed = Promise.withResolvers<void>()
      }
      return undefined
    } finally {
      exit()
      signal?.removeEventListener('abort', wake)
    }
  }

  #join(id: Bytes32, bound: Bound): Source {
    const known = this.#sources.get(bound.id)
    if (known !== undefined) {
      known.followers += 1
      return known
    }
    const source = { tape: new LogTape(), leaving: new AbortController(), followers: 1 }
    this.#sources.set(bound.id, source)
    const filled = this.#fill(id, bound, source)
    filled.catch(error => this.#log.error('logs of %s: %o', id.slice(0, 10), error)).finally(() => source.tape.close())
    return source
  }

  /** Asks turn after turn until the run has ended. */
  async #fill(id: Bytes32, bound: Bound, { tape, leaving: { signal } }: Source): Promise<void> {
    const peerId = peerIdOfPublicKey(bound.providerKey)
    let failures = 0
    while (!signal.aborted) {
      const beganMs = this.#clock.nowMs()
      const knownEnd = tape.end
      const state = await this.#turn(bound.id, peerId, tape, { signal }).catch(() => undefined)
      failures = state === undefined ? failures + 1 : 0
      if (signal.aborted || failures === MAX_FAILURES || (state !== undefined && state !== 'open')) return
      // The run is over where the result is handed in, and then what the provider had still to tell has been told.
      if ((state === undefined || tape.end === knownEnd) && (await this.#isOver(id))) return
      const pauseMs = failures === 0 ? MIN_TURN_MS : Math.min(MIN_TURN_MS * 2 ** failures, MAX_PAUSE_MS)
      const leftMs = pauseMs - (failures === 0 ? this.#clock.nowMs() - beganMs : 0)
      if (leftMs > 0) await this.#clock.sleep(leftMs, { signal }).catch(() => {})
    }
  }

  async #isOver(id: Bytes32): Promise<boolean> {
    const record = await this.#jobs.job(id).catch(() => undefined)
    return record?.state !== 'committed'
  }

  /** One turn; gives the state that it ended with. @throws NET_*, CODEC_*, LOGS_OUT_OF_ORDER */
  async #turn(deal: DealId, peerId: string, tape: LogTape, options: AbortOptions): Promise<LogsState> {
    const request = { deal, at: tape.end }
    let last: LogsState = 'open'
    for await (const { state, at, stream, bytes } of this.#streams.askMany(peerId, STREAMS.logs, request, options)) {
      last = state
      if (bytes.length === 0) continue
      if (at < tape.end) throw new LilyError('LOGS_OUT_OF_ORDER', 'the provider tells twice what it has told')
      tape.add(stream, bytes, at)
    }
    return last
  }
}

/** Follows a tape at a reader's own pace, as text: a character that is cut in two is whole again. */
async function* read(tape: LogTape, options: AbortOptions): AsyncGenerator<JobLog> {
  const decoders = new Map(LOG_STREAMS.map(stream => [stream, new TextDecoder()]))
  let at = 0
  while (options.signal?.aborted !== true) {
    await tape.beyond(at, options)
    for (const piece of tape.take(at, TAKEN_BYTES)) {
      const droppedBytes = piece.at - at
      // What was begun before the gap will not be ended after it.
      if (droppedBytes > 0) for (const stream of LOG_STREAMS) decoders.set(stream, new TextDecoder())
      const text = decoders.get(piece.stream)?.decode(piece.bytes, { stream: true }) ?? ''
      at = piece.at + piece.bytes.length
      if (text !== '' || droppedBytes > 0) yield { stream: piece.stream, text, droppedBytes }
    }
    if (tape.isEnded && tape.end <= at) return
  }
}
