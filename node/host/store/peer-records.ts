/**
 * What libp2p remembers of others (addresses, protocols, tags) on disk, by way of memory. It reads and writes a record with
 * each stream that is opened, a fourth of what it took to join a network; so records in use are read from memory, and what
 * has changed goes to the disk together, every few seconds. What a crash loses of it is found again by dialling.
 */
import type { Logger } from '@libp2p/interface'
import { LevelDatastore } from 'datastore-level'
import type { ByteLevel } from './open.ts'

/** Records kept in memory, of about a kilobyte: more than a node has neighbours. */
const MAX_KEPT = 4_096

/** The longest that a change waits, and the most that wait. */
const WRITE_AFTER_MS = 5_000
const MAX_UNWRITTEN = 1_024

type Key = Parameters<LevelDatastore['put']>[0]
type Options = Parameters<LevelDatastore['get']>[1]

/** @see the head of this file. Whoever opened the database closes it, after {@link PeerRecords.flush}. */
export class PeerRecords extends LevelDatastore {
  readonly #log: Logger
  /** The last used last. */
  readonly #kept = new Map<string, Uint8Array>()
  readonly #unwritten = new Map<string, Uint8Array>()
  #writing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(level: ByteLevel, log: Logger) {
    super(level)
    this.#log = log
  }

  override async get(key: Key, options?: Options): Promise<Uint8Array> {
    options?.signal?.throwIfAborted()
    const name = key.toString()
    const value = this.#unwritten.get(name) ?? this.#kept.get(name) ?? (await super.get(key, options))
    this.#keep(name, value)
    return value
  }

  override async has(key: Key, options?: Options): Promise<boolean> {
    const name = key.toString()
    return this.#unwritten.has(name) || this.#kept.has(name) || (await super.has(key, options))
  }

  override async put(key: Key, value: Uint8Array, options?: Options): Promise<Key> {
    options?.signal?.throwIfAborted()
    const name = key.toString()
    this.#unwritten.set(name, value)
    this.#keep(name, value)
    if (this.#unwritten.size >= MAX_UNWRITTEN) await this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS).unref()
    return key
  }

  override async delete(key: Key, options?: Options): Promise<void> {
    const name = key.toString()
    this.#unwritten.delete(name)
    this.#kept.delete(name)
    // What is just being written would bring it back.
    await this.#writing
    await super.delete(key, options)
  }

  override batch(): ReturnType<LevelDatastore['batch']> {
    const batch = super.batch()
    return {
      put: (key, value) => batch.put(key, value),
      delete: key => batch.delete(key),
      commit: async options => {
        await this.flush()
        await batch.commit(options)
        this.#kept.clear()
      }
    }
  }

  override async *query(
    ...query: Parameters<LevelDatastore['query']>
  ): AsyncGenerator<{ key: Key; value: Uint8Array }> {
    await this.flush()
    yield* super.query(...query)
  }

  override async *queryKeys(...query: Parameters<LevelDatastore['queryKeys']>): AsyncGenerator<Key> {
    await this.flush()
    yield* super.queryKeys(...query)
  }

  /** Brings what has changed to the disk. Never rejects: what cannot be written is told in the log, and kept in memory. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    const changes = [...this.#unwritten]
    if (changes.length === 0) return
    try {
      await this.db.batch(changes.map(([key, value]) => ({ type: 'put', key, value })))
    } catch (error) {
      this.#log.error('cannot write what is known of %d peers: %e', changes.length, error)
    }
    for (const [key, value] of changes) if (this.#unwritten.get(key) === value) this.#unwritten.delete(key)
  }

  #keep(name: string, value: Uint8Array): void {
    this.#kept.delete(name)
    this.#kept.set(name, value)
    if (this.#kept.size <= MAX_KEPT) return
    const [oldest = name] = this.#kept.keys()
    this.#kept.delete(oldest)
  }
}
