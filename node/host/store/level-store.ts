/**
 * The journal: the Store port over LevelDB. What `put` has resolved is on disk and survives a crash of the machine,
 * which is what lets a restarted node take up every open deal.
 */
import type { AbortOptions, Store } from '../../market/ports.ts'
import { type ByteLevel, plain } from './open.ts'

/** Behind every key of a prefix: the last code point sorts last in UTF-8. */
const AFTER = '\u{10ffff}'

/** A {@link Store} on an open LevelDB database; whoever opened the database closes it. */
export class LevelStore implements Store {
  readonly #level: ByteLevel

  constructor(level: ByteLevel) {
    this.#level = level
  }

  async get(key: string, options: AbortOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted()
    const value = await this.#level.get(key)
    return value === undefined ? undefined : plain(value)
  }

  async put(key: string, value: Uint8Array, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    await this.#level.put(key, value, { sync: true })
  }

  async delete(key: string, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    await this.#level.del(key, { sync: true })
  }

  async *entries(prefix: string, options: AbortOptions = {}): AsyncGenerator<readonly [string, Uint8Array]> {
    for await (const [key, value] of this.#level.iterator({ gte: prefix, lt: prefix + AFTER })) {
      options.signal?.throwIfAborted()
      yield [key, plain(value)]
    }
  }
}
