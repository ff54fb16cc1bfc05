// A Store in memory; passes test/compliance/store.ts like the one on level.
import type { AbortOptions, Store } from '../../node/market/ports.ts'

/** Keeps what a node must not forget for as long as the test holds it: a node made anew over it is a restarted node. */
export class MemoryStore implements Store {
  readonly #values = new Map<string, Uint8Array>()

  async get(key: string, options: AbortOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted()
    return this.#values.get(key)
  }

  async put(key: string, value: Uint8Array, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    this.#values.set(key, value)
  }

  async delete(key: string, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    this.#values.delete(key)
  }

  async *entries(prefix: string, options: AbortOptions = {}): AsyncGenerator<readonly [string, Uint8Array]> {
    options.signal?.throwIfAborted()
    const keys = [...this.#values.keys()].filter(key => key.startsWith(prefix)).sort()
    for (const key of keys) {
      const value = this.#values.get(key)
      if (value !== undefined) yield [key, value]
    }
  }
}
