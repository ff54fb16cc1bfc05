/** stdout and stderr of the guest: kept up to a limit that ends the run at exactly the same byte everywhere. */

import { NO_EXIT_CODE } from '../exit-code.ts'
import { Writer } from '../instrument/writer.ts'
import { EndOfRun } from './end.ts'

/** A capped log. */
export class Log {
  readonly #limitBytes: number
  readonly #onWrite: (bytes: Uint8Array) => void
  readonly #kept = new Writer()

  /** `onWrite` sees each piece as it is written: its bytes stay as they are. */
  constructor(limitBytes: number, onWrite: (bytes: Uint8Array) => void) {
    this.#limitBytes = limitBytes
    this.#onWrite = onWrite
  }

  /** Appends what has room. @throws EndOfRun output-limit when not all of it has */
  write(bytes: Uint8Array): void {
    const kept = bytes.slice(0, this.#limitBytes - this.#kept.length)
    if (kept.length > 0) {
      this.#kept.raw(kept)
      this.#onWrite(kept)
    }
    if (kept.length < bytes.length) throw new EndOfRun('output-limit', NO_EXIT_CODE)
  }

  /** Everything written. */
  get bytes(): Uint8Array {
    return this.#kept.bytes
  }
}
