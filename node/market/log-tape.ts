/**
 * What a job's program has printed, as far as it is kept: its beginning and its end, and how much is missing between them.
 * Writing never waits for whoever reads, so that a slow reader, or none, cannot slow a job down. Provider and creator each
 * keep one for a run. Part of step 4 of a job's life.
 */
import { concat } from '../../protocols/core/bytes.ts'
import { type LogStream, MAX_LOG_PIECE_BYTES } from '../../protocols/run/logs.ts'
import type { AbortOptions } from './ports.ts'

/** Bytes of a tape that its beginning and its end may take, each piece's own weight included. */
const HEAD_BYTES = 32 * 1024
const TAIL_BYTES = 96 * 1024

/** What a piece weighs beside its bytes: a program that prints letter by letter must not fill the memory with pieces. */
export const PIECE_WEIGHT = 64

/** Up to this length what follows on the same stream is joined to a piece. */
const JOIN_BYTES = 512

/** Some bytes of one stream, and where in the whole they begin. */
export interface LogPiece {
  readonly at: number
  readonly stream: LogStream
  readonly bytes: Uint8Array
}

/** @see the head of this file */
export class LogTape {
  readonly #head: LogPiece[] = []
  readonly #tail: LogPiece[] = []
  #headRoom = HEAD_BYTES
  #tailWeight = 0
  #end = 0
  #isEnded = false
  readonly #waiting = new Set<() => void>()

  /** How much was printed, kept or not. */
  get end(): number {
    return this.#end
  }

  /** Whether no more will come. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Bytes in memory. */
  get weight(): number {
    return HEAD_BYTES - this.#headRoom + this.#tailWeight
  }

  /** Keeps a copy of the bytes. @param at where they begin, not below `end`; what it leaves out was dropped elsewhere */
  add(stream: LogStream, bytes: Uint8Array, at = this.#end): void {
    if (this.#isEnded) return
    for (let from = 0; from < bytes.length; from += MAX_LOG_PIECE_BYTES)
      this.#keep({ at: at + from, stream, bytes: bytes.slice(from, from + MAX_LOG_PIECE_BYTES) })
    this.#end = at + bytes.length
    this.#wake()
  }

  /** No more will come. */
  close(): void {
    this.#isEnded = true
    this.#wake()
  }

  /** Pieces from a position on, so many as weigh no more than `maxWeight`, but one at least where there is one. */
  take(at: number, maxWeight: number): readonly LogPiece[] {
    const taken: LogPiece[] = []
    let weight = 0
    for (const piece of [...this.#head, ...this.#tail]) {
      if (piece.at + piece.bytes.length <= at) continue
      const known = Math.max(0, at - piece.at)
      weight += PIECE_WEIGHT + piece.bytes.length - known
      if (taken.length > 0 && weight > maxWeight) break
      taken.push(known === 0 ? piece : { ...piece, at, bytes: piece.bytes.subarray(known) })
    }
    return taken
  }

  /** Resolves when there is something beyond a position, when no more will come, or when aborted. */
  async beyond(at: number, { signal }: AbortOptions = {}): Promise<void> {
    while (this.#end <= at && !this.#isEnded && signal?.aborted !== true) {
      await new Promise<void>(resolve => {
        const done = () => {
          this.#waiting.delete(done)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        this.#waiting.add(done)
        signal?.addEventListener('abort', done, { once: true })
      })
    }
  }

  #keep(piece: LogPiece): void {
    const isHead = this.#tail.length === 0 && PIECE_WEIGHT + piece.bytes.length <= this.#headRoom
    const pieces = isHead ? this.#head : this.#tail
    const last = pieces.at(-1)
    const joined = last === undefined ? undefined : joinedTo(last, piece)
    if (joined === undefined) pieces.push(piece)
    else pieces[pieces.length - 1] = joined
    const added = piece.bytes.length + (joined === undefined ? PIECE_WEIGHT : 0)
    if (isHead) this.#headRoom -= added
    else this.#shed(added)
  }

  /** The oldest of the end goes where there is too much of it; the newest stays. */
  #shed(added: number): void {
    this.#tailWeight += added
    while (this.#tailWeight > TAIL_BYTES) {
      const oldest = this.#tail.shift()
      if (oldest === undefined) return
      this.#tailWeight -= PIECE_WEIGHT + oldest.bytes.length
    }
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done()
  }
}

/** Two pieces as one; undefined where they are not of one stream, do not meet, or would be long. */
function joinedTo(last: LogPiece, next: LogPiece): LogPiece | undefined {
  const meets = last.stream === next.stream && last.at + last.bytes.length === next.at
  if (!meets || last.bytes.length + next.bytes.length > JOIN_BYTES) return undefined
  return { ...last, bytes: concat(last.bytes, next.bytes) }
}
