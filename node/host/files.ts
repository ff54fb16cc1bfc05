/** The owner's files on a disk: modules and inputs that are added, results that are kept under the data folder. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type CID, CODEC } from '../../protocols/core/cid.ts'
import { isLilyError, LilyError } from '../../protocols/core/errors.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import { MODULE_FILE, ModuleError, parseModule } from '../../protocols/module/module.ts'
import type { AbortOptions, Content, FetchOptions, Files, TreeEntry } from '../market/ports.ts'

/** Where results lie, under the data folder. */
export const RESULTS_FOLDER = 'downloaded-files'

/** A disk as the market's {@link Files}. */
export class DiskFiles implements Files {
  readonly #content: Content
  readonly #results: string

  constructor(content: Content, dataDir: string) {
    this.#content = content
    this.#results = join(dataDir, RESULTS_FOLDER)
  }

  async addModule(path: string, options: AbortOptions = {}): Promise<CID> {
    const found = await stat(path).catch(() => undefined)
    if (found === undefined)
      throw new ModuleError('MODULE_NOT_FOUND', `no file or folder ${path}`, { details: { path } })
    const folder = found.isDirectory() ? path : dirname(path)
    const file = found.isDirectory() ? join(path, MODULE_FILE) : path
    const text = await readFile(file, 'utf8').catch(cause => {
      throw new ModuleError('MODULE_NOT_FOUND', `no ${MODULE_FILE} in ${folder}`, { details: { path }, cause })
    })
    const module = parseModule(text)
    const entrypoint = join(folder, module.entrypoint)
    const isThere = await stat(entrypoint).then(
      entry => entry.isFile(),
      () => false
    )
    if (!isThere)
      throw new ModuleError(
        'MODULE_ENTRYPOINT_MISSING',
        `${basename(file)} names the entrypoint ${module.entrypoint}: no such file in ${folder}`
      )
    // Only what runs: sources and notes beside it would change the CID of the same program.
    const entries: TreeEntry[] = [
      { path: MODULE_FILE, content: new TextEncoder().encode(text) },
      { path: module.entrypoint, content: createReadStream(entrypoint) }
    ]
    return this.#content.addTree(entries, options)
  }

  async addFile(path: string, options: AbortOptions = {}): Promise<CID> {
    const found = await stat(path).catch(() => undefined)
    if (found === undefined || !found.isFile())
      throw new LilyError('INPUT_NOT_FOUND', `no file ${path}`, { details: { path } })
    return this.#content.addFile(createReadStream(path), options)
  }

  async save(root: CID, path: string, options: FetchOptions = {}): Promise<void> {
    if ((await stat(path).catch(() => undefined)) !== undefined)
      throw new LilyError('OUTPUT_EXISTS', `there is something at ${path} already`, { details: { path } })
    if (root.code === CODEC.raw) return this.#saveFile(root, path, options)
    try {
      await this.#saveTree(root, path, options)
    } catch (error) {
      if (!isLilyError(error, 'CONTENT_NOT_A_TREE')) throw error
      await this.#saveFile(root, path, options)
    }
  }

  async saveResult(deal: DealId, root: CID, options: FetchOptions = {}): Promise<string> {
    const folder = join(this.#results, deal)
    if (await isFolder(folder)) return folder
    // Written beside and moved into place: a folder under its own name is a whole result.
    const partial = `${folder}.partial`
    await rm(partial, { recursive: true, force: true })
    await mkdir(partial, { recursive: true })
    await this.#saveTree(root, partial, options)
    await rename(partial, folder)
    return folder
  }

  /** The folder is made when its first entry is known: a file's CID must leave nothing behind. */
  async #saveTree(root: CID, folder: string, options: FetchOptions): Promise<void> {
    for await (const { path, type, cid } of this.#content.list(root, options)) {
      const target = join(folder, path)
      await mkdir(type === 'directory' ? target : dirname(target), { recursive: true })
      if (type === 'file') await this.#saveFile(cid, target, options)
    }
    await mkdir(folder, { recursive: true })
  }

  async #saveFile(cid: CID, path: string, options: FetchOptions): Promise<void> {
    const target = createWriteStream(path, { flags: 'wx' })
    await pipeline(this.#content.cat(cid, options), target, present(options.signal))
  }
}

function present(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}
