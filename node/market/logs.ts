/**
 * Live logs between the two parties, the provider's side: what a run prints is kept on a tape, and told in turns to the
 * deal's creator. The run never waits for anybody here. Step 4 of a job's life; the creator's side is job-logs.ts.
 */
import type { DealId } from '../../protocols/deal/deal.ts'
import { type LogsPiece, type LogsState, MAX_LOGS_BYTES } from '../../protocols/run/logs.ts'
import { STREAMS } from '../../protocols/wire.ts'
import type { Components } from './components.ts'
import { LogTape, PIECE_WEIGHT } from './log-tape.ts'
import { accountOf } from './peer-id.ts'
import type { AbortOptions, Startable } from './ports.ts'
import type { CreatorOf } from './result.ts'
import { Streams } from './streams.ts'

/** A turn ends before the stream's own time does, so that its last piece still goes through. */
const TURN_MS = 20_000

/** So much goes out at once, with the pieces' own weight, and then nothing for a moment: 64 KiB a second. */
const BURST_BYTES = 16 * 1024
const PAUSE_MS = 250

/** Of one turn; what frames the pieces is less than their weight. */
const TURN_BYTES = MAX_LOGS_BYTES - 2 * BURST_BYTES

/** Tapes of runs that have ended: their creators may not have heard the end yet. */
const MAX_ENDED = 32

const NOTHING = new Uint8Array()

/** What the provider's side is made of. */
export type LogParts = Pick<Components, 'network' | 'clock' | 'logger'>

/** @see the head of this file */
export class LogServer implements Startable {
  readonly #parts: LogParts
  readonly #creatorOf: CreatorOf
  readonly #turnMs: number
  readonly #streams: Streams
  readonly #tapes = new Map<DealId, LogTape>()
  /** Who is being told of a deal: one at a time. */
  readonly #readers = new Map<DealId, AbortController>()
  #exit: (() => void) | undefined

  /** @param creatorOf whose deal it is: nobody else is told anything */
  constructor(parts: LogParts, creatorOf: CreatorOf, turnMs = TURN_MS) {
    this.#parts = parts
    this.#creatorOf = creatorOf
    this.#turnMs = turnMs
    this.#streams = Streams.of(parts, 'lily:logs')
  }

  async start(): Promise<void> {
    this.#exit ??= this.#streams.serve(STREAMS.logs, ({ deal, at }, from, options) =>
      this.#answer(deal, at, from, options)
    )
  }

  async stop(): Promise<void> {
    this.#exit?.()
    this.#exit = undefined
    for (const reader of this.#readers.values()) reader.abort()
    this.#tapes.clear()
  }

  /** A run begins: what it prints is to be given to the function that this returns. */
  begin(deal: DealId): (stream: 1 | 2, bytes: Uint8Array) => void {
    const tape = new LogTape()
    this.#tapes.set(deal, tape)
    return (stream, bytes) => tape.add(stream === 1 ? 'stdout' : 'stderr', bytes)
  }

  /** A run has ended, however it did. */
  end(deal: DealId): void {
    this.#tapes.get(deal)?.close()
    const ended = [...this.#tapes].filter(([, tape]) => tape.isEnded)
    for (const [old] of ended.slice(0, -MAX_ENDED)) this.#tapes.delete(old)
  }

  /** Forgets a deal that has come to its end. */
  forget(deal: DealId): void {
    this.#tapes.delete(deal)
  }

  async *#answer(deal: DealId, from: number, peerId: string, options: AbortOptions): AsyncGenerator<LogsPiece> {
    const creator = this.#creatorOf(deal)
    // Only the creator is told, and nobody learns whether there is such a deal.
    if (creator === undefined || accountOf(peerId) !== creator) return yield lastPiece('unknown', from)
    this.#readers.get(deal)?.abort()
    const reader = new AbortController()
    this.#readers.set(deal, reader)
    try {
      yield* this.#turn(deal, from, reader.signal, options)
    } finally {
      if (this.#readers.get(deal) === reader) this.#readers.delete(deal)
    }
  }

  async *#turn(deal: DealId, from: number, replaced: AbortSignal, options: AbortOptions): AsyncGenerator<LogsPiece> {
    const { clock } = this.#parts
    const tape = this.#tapes.get(deal)
    if (tape === undefined) return yield lastPiece('open', from)
    const ends = [replaced, AbortSignal.timeout(this.#turnMs), ...(options.signal ? [options.signal] : [])]
    const signal = AbortSignal.any(ends)
    let at = from
    let room = TURN_BYTES
    for (;;) {
      await tape.beyond(at, { signal })
      for (const piece of tape.take(at, BURST_BYTES)) {
        yield { state: 'open', ...piece }
        at = piece.at + piece.bytes.length
        room -= piece.bytes.length + PIECE_WEIGHT
      }
      if (tape.isEnded && tape.end <= at) return yield lastPiece('ended', at)
      if (room < BURST_BYTES || signal.aborted) return yield lastPiece('open', at)
      await clock.sleep(PAUSE_MS, { signal }).catch(() => {})
    }
  }
}

function lastPiece(state: LogsState, at: number): LogsPiece {
  return { state, at, stream: 'stdout', bytes: NOTHING }
}
