/** The owner's files on a disk: modules and inputs that are added, results that are kept under the data folder. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { CID } from '../../protocols/core/cid.ts'
import { LilyError } from '../../protocols/core/errors.ts'
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

  async saveResult(deal: DealId, root: CID, options: FetchOptions = {}): Promise<string> {
    const folder = join(this.#results, deal)
    if (await isFolder(folder)) return folder
    // Written beside and moved into place: a folder under its own name is a whole result.
    const partial = `${folder}.partial`
    await rm(partial, { recursive: true, force: true })
    await mkdir(partial, { recursive: true })
    for await (const { path, type, cid } of this.#content.list(root, options)) {
      const target = join(partial, path)
      if (type === 'directory') await mkdir(target, { recursive: true })
      else
        await pipeline(
          this.#content.cat(cid, options),
          createWriteStream(target, { flags: 'wx' }),
          options.signal === undefined ? {} : { signal: options.signal }
        )
    }
    await rename(partial, folder)
    return folder
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}
