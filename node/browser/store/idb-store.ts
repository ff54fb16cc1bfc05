/** The journal of a page: the Store port over IndexedDB. Keys are kept as their UTF-8 bytes, which is the order that the port promises. */
import { fromUtf8, utf8 } from '../../../protocols/core/utf8.ts'
import type { AbortOptions, Store } from '../../market/ports.ts'
import { entriesOf, settled, write } from './database.ts'

/** Behind every key of a prefix: no UTF-8 holds this byte. */
const AFTER = 0xff

/** Entries read at once: a transaction ends while its reader waits for something else, so each page is read by one. */
const PAGE = 256

/** A {@link Store} on an open database; whoever opened it closes it. */
export class IdbStore implements Store {
  readonly #database: IDBDatabase

  constructor(database: IDBDatabase) {
    this.#database = database
  }

  async get(key: string, options: AbortOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted()
    const value: unknown = await settled(entriesOf(this.#database).get(keyOf(key)))
    return value === undefined ? undefined : bytesOf(value)
  }

  async put(key: string, value: Uint8Array, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    // A copy: the caller may go on to change its bytes, and a view would store all of its buffer.
    const copy = Uint8Array.from(value)
    await write(this.#database, entries => entries.put(copy, keyOf(key)))
  }

  async delete(key: string, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    await write(this.#database, entries => entries.delete(keyOf(key)))
  }

  async *entries(prefix: string, options: AbortOptions = {}): AsyncGenerator<readonly [string, Uint8Array]> {
    const first = utf8(prefix)
    const end = Uint8Array.of(...first, AFTER)
    let range = IDBKeyRange.bound(Uint8Array.from(first), end, false, true)
    for (;;) {
      options.signal?.throwIfAborted()
      const entries = entriesOf(this.#database)
      const [keys, values] = await Promise.all([
        settled(entries.getAllKeys(range, PAGE)),
        settled<unknown[]>(entries.getAll(range, PAGE))
      ])
      for (const [i, key] of keys.entries()) yield [fromUtf8(bytesOf(key)), bytesOf(values[i])]
      const last = keys.at(-1)
      if (last === undefined || keys.length < PAGE) return
      range = IDBKeyRange.bound(last, end, true, true)
    }
  }
}

function keyOf(key: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(utf8(key))
}

/** Values come back as they were put, keys as plain buffers. */
function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  throw new TypeError('the journal holds something that is not bytes')
}
