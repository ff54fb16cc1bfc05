/** A queue between something that tells and somebody who awaits: unbounded in neither time nor memory for its reader. */
import type { AbortOptions } from './ports.ts'

/** Values that a slow reader may have waiting; beyond it the oldest go, because only the newest tell where things stand. */
const MAX_WAITING = 10_000

/** Pushed from callbacks, drained by one `for await`. */
export class Queue<T> {
  readonly #waiting: T[] = []
  #wake: (() => void) | undefined
  #isEnded = false

  push(value: T): void {
    this.#waiting.push(value)
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()
    this.#wake?.()
  }

  /** After what is waiting, no more will come. */
  end(): void {
    this.#isEnded = true
    this.#wake?.()
  }

  /** Yields until the end, or until aborted, which is an end and no error. */
  async *drain({ signal }: AbortOptions = {}): AsyncIterable<T> {
    const onAbort = () => this.end()
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted === true) this.end()
    try {
      for (;;) {
        const next = this.#waiting.shift()
        if (next !== undefined) yield next
        else if (this.#isEnded) return
        else await this.#more()
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}
