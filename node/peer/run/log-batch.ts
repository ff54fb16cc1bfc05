/** Puts small writes of a guest together, so that a program that writes byte by byte does not flood the node. */

const BATCH_BYTES = 16 * 1024
const WINDOW_MS = 50
/** So many writes in a window are passed on as they come: a program that then computes for long has been heard. */
const MESSAGES_PER_WINDOW = 16

/** Collects log bytes per stream and passes them on when enough, or old enough, are there. */
export class LogBatch {
  readonly #send: (stream: 1 | 2, bytes: Uint8Array) => void
  readonly #buffer = new Uint8Array(BATCH_BYTES)
  #length = 0
  #stream: 1 | 2 = 1
  #windowStartMs = 0
  #messages = 0

  constructor(send: (stream: 1 | 2, bytes: Uint8Array) => void) {
    this.#send = send
  }

  /** Takes bytes of a stream; their order between the streams is kept. */
  write(stream: 1 | 2, bytes: Uint8Array): void {
    if (stream !== this.#stream) this.flush()
    this.#stream = stream
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + this.#buffer.length - this.#length)
      this.#buffer.set(piece, this.#length)
      this.#length += piece.length
      at += piece.length
      if (this.#length === this.#buffer.length) this.flush()
    }
    if (this.#maySend()) this.flush()
  }

  #maySend(): boolean {
    const nowMs = performance.now()
    if (nowMs - this.#windowStartMs > WINDOW_MS) {
      this.#windowStartMs = nowMs
      this.#messages = 0
    }
    return this.#messages < MESSAGES_PER_WINDOW
  }

  /** Passes on what is there. */
  flush(): void {
    if (this.#length === 0) return
    this.#send(this.#stream, this.#buffer.slice(0, this.#length))
    this.#length = 0
    this.#messages++
  }
}
