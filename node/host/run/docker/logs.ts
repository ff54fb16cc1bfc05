/** stdout and stderr of a container: told apart, capped each, and read no faster than they are taken. */
import { concat } from '../../../../protocols/core/bytes.ts'
import { Writer } from '../../../../protocols/run/instrument/writer.ts'

const HEADER_BYTES = 8

/** Keeps the first bytes of each stream. */
export class CappedLogs {
  readonly #limitBytes: number
  readonly #onLog: (stream: 1 | 2, bytes: Uint8Array) => void
  /** Copies: a program that writes byte by byte would make us keep all that the bytes came in. */
  readonly #kept: Readonly<Record<1 | 2, Writer>> = { 1: new Writer(), 2: new Writer() }
  #isFull = false

  /** At most `limitBytes` of stdout, and again of stderr. */
  constructor(limitBytes: number, onLog: (stream: 1 | 2, bytes: Uint8Array) => void) {
    this.#limitBytes = limitBytes
    this.#onLog = onLog
  }

  /** Whether a stream had more than there was room for. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** What was kept of a stream. */
  bytes(stream: 1 | 2): Uint8Array {
    return this.#kept[stream].bytes
  }

  #add(stream: 1 | 2, bytes: Uint8Array): void {
    const kept = bytes.slice(0, this.#limitBytes - this.#kept[stream].length)
    if (kept.length < bytes.length) this.#isFull = true
    if (kept.length === 0) return
    this.#kept[stream].raw(kept)
    this.#onLog(stream, kept)
  }

  /**
   * Reads the engine's multiplexed stream: a header of 8 bytes (stream, length), then the bytes.
   *
   * @param onFull called once when a stream is over its limit; what follows is read and dropped
   */
  async read(source: AsyncIterable<Uint8Array>, onFull: () => void): Promise<void> {
    let pending: Uint8Array = new Uint8Array()
    let left = 0
    let stream: 1 | 2 = 1
    let wasFull = false
    for await (const chunk of source) {
      let bytes = pending.length === 0 ? chunk : concat(pending, chunk)
      for (;;) {
        if (left === 0) {
          if (bytes.length < HEADER_BYTES) break
          stream = bytes[0] === 2 ? 2 : 1
          left = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4)
          bytes = bytes.subarray(HEADER_BYTES)
        }
        const piece = bytes.subarray(0, left)
        this.#add(stream, piece)
        left -= piece.length
        bytes = bytes.subarray(piece.length)
        if (left > 0 || bytes.length === 0) break
      }
      pending = bytes
      if (this.#isFull && !wasFull) {
        wasFull = true
        onFull()
      }
    }
  }
}
