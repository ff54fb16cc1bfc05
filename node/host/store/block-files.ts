/** Large blocks, each a file: their bytes are written once and copied by nobody but the system. */
import { type FileHandle, mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Letters of a name that choose its folder: the last but one and the one before, since all hashes of a kind end alike. */
const FOLDER_FROM = -3
const FOLDER_TO = -1

/** Files by name, in a thousand folders. */
export class BlockFiles {
  readonly #dir: string
  readonly #made = new Set<string>()

  /** @param dir made with the first file */
  constructor(dir: string) {
    this.#dir = dir
  }

  /** Writes a file, in place of a broken one of that name. Nothing is left where there is no room for it. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const folder = join(this.#dir, folderOf(name))
    if (!this.#made.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 })
    this.#made.add(folder)
    try {
      await writeFile(this.#pathOf(name), bytes, { mode: 0o600 })
    } catch (error) {
      await this.delete(name).catch(() => {})
      throw error
    }
  }

  /** The file's bytes; undefined where it is not there, or has another length than it was written with. */
  async read(name: string, length: number): Promise<Uint8Array | undefined> {
    let file: FileHandle
    try {
      file = await open(this.#pathOf(name))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
    try {
      const bytes = new Uint8Array(length)
      let at = 0
      for (let read = -1; at < length && read !== 0; at += read)
        read = (await file.read(bytes, at, length - at, at)).bytesRead
      return at === length && (await file.stat()).size === length ? bytes : undefined
    } finally {
      await file.close()
    }
  }

  async delete(name: string): Promise<void> {
    await rm(this.#pathOf(name), { force: true })
  }

  #pathOf(name: string): string {
    return join(this.#dir, folderOf(name), name)
  }
}

const folderOf = (name: string): string => name.slice(FOLDER_FROM, FOLDER_TO)
