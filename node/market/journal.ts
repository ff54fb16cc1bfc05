/**
 * The journal: what a node must not forget, one record per deal or job, canonical bytes in the Store. A record is written
 * before the step that depends on it, so a node that dies in between repeats the step and never contradicts itself.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Codec } from '../../protocols/core/codec.ts'
import type { Store } from './ports.ts'

/** Records of one kind, by id. */
export class Journal<T> {
  readonly #store: Store
  readonly #prefix: string
  readonly #codec: Codec<T>

  /** @param noun the records' name, first part of their keys */
  constructor(store: Store, noun: string, codec: Codec<T>) {
    this.#store = store
    this.#prefix = `${noun}/`
    this.#codec = codec
  }

  async get(id: Bytes32): Promise<T | undefined> {
    const bytes = await this.#store.get(this.#prefix + id)
    return bytes === undefined ? undefined : this.#codec.decode(bytes)
  }

  async put(id: Bytes32, record: T): Promise<void> {
    await this.#store.put(this.#prefix + id, this.#codec.encode(record))
  }

  async delete(id: Bytes32): Promise<void> {
    await this.#store.delete(this.#prefix + id)
  }

  async *entries(): AsyncIterable<readonly [Bytes32, T]> {
    for await (const [key, bytes] of this.#store.entries(this.#prefix))
      yield [key.slice(this.#prefix.length) as Bytes32, this.#codec.decode(bytes)]
  }
}
