/**
 * A place on disk for what a job has left, one file after the other in one file of ours: the names are the job's, and none of
 * them becomes a path here. It is there for one job and gone with it; what a crash leaves goes when the runner starts.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RunError } from '../../../../protocols/run/errors.ts'
import { messageOf } from './engine.ts'

/** Bytes that are written or read at once: a leaf of the result's tree, and many of an archive's pieces. */
const BATCH_BYTES = 1024 * 1024

/** @see the head of this file */
export class Spool implements AsyncDisposable {
  readonly #folder: string
  readonly #path: string
  #file: FileHandle | undefined
  #end = 0

  /** Nothing is made before there is a byte to keep. */
  constructor(folder: string) {
    this.#folder = folder
    this.#path = join(folder, randomUUID())
  }

  /**
   * Keeps a file; gives what reads it, as often as wanted, until the spool is disposed of.
   *
   * @throws RUN_NOT_READY when the disk does not take it
   */
  async add(content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
    const from = this.#end
    let batch: Uint8Array[] = []
    let length = 0
    for await (const bytes of content) {
      batch.push(bytes)
      length += bytes.length
      if (length < BATCH_BYTES) continue
      await this.#write(batch, length)
      batch = []
      length = 0
    }
    if (length > 0) await this.#write(batch, length)
    const to = this.#end
    return { [Symbol.asyncIterator]: () => this.#read(from, to) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
    await rm(this.#path, { force: true })
  }

  async #write(batch: readonly Uint8Array[], length: number): Promise<void> {
    try {
      this.#file ??= await this.#open()
      const { bytesWritten } = await this.#file.writev(batch, this.#end)
      // A disk that is almost full takes a part.
      if (bytesWritten < length) throw new Error(`${bytesWritten} of ${length} bytes were taken`)
      this.#end += length
    } catch (cause) {
      const message = `what the job has left cannot be kept in ${this.#folder}: ${messageOf(cause)}`
      throw new RunError('RUN_NOT_READY', message, { cause })
    }
  }

  async #open(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    return open(this.#path, 'wx+', 0o600)
  }

  async *#read(from: number, to: number): AsyncGenerator<Uint8Array> {
    for (let at = from; at < to; ) {
      const length = Math.min(BATCH_BYTES, to - at)
      const { bytesRead, buffer } = await this.#opened().read(new Uint8Array(length), 0, length, at)
      if (bytesRead === 0) throw new Error('what a job has left is no longer on the disk')
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  #opened(): FileHandle {
    if (this.#file === undefined) throw new TypeError('the spool is closed')
    return this.#file
  }
}
