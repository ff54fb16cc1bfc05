/** A value that tells its readers when it changes: all the state management that the page has. */
export class Cell<T> {
  #value: T
  readonly #readers = new Set<(value: T) => void>()

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  set value(value: T) {
    this.#value = value
    for (const reader of this.#readers) reader(value)
  }

  /** Calls back now and at every change, until the signal aborts. */
  read(reader: (value: T) => void, { signal }: { readonly signal?: AbortSignal } = {}): void {
    this.#readers.add(reader)
    signal?.addEventListener('abort', () => this.#readers.delete(reader), { once: true })
    reader(this.#value)
  }

  /** Resolves with the first value that satisfies the predicate. */
  until(predicate: (value: T) => boolean): Promise<T> {
    return new Promise(resolve => {
      const leave = new AbortController()
      const look = (value: T) => {
        if (!predicate(value)) return
        leave.abort()
        resolve(value)
      }
      this.read(look, { signal: leave.signal })
    })
  }
}
