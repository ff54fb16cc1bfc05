/** The owner's files in a page: inputs are added by pickers before a job names them, results stay in the page's blocks. */
import type { CID } from '../../protocols/core/cid.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import { ModuleError } from '../../protocols/module/module.ts'
import type { Content, FetchOptions, Files } from '../market/ports.ts'

/** Longest result that a page keeps: all of it is in the browser's storage. */
const MAX_RESULT_BYTES = 512 * 1024 * 1024

/** A page as the market's {@link Files}. */
export class PageFiles implements Files {
  readonly #content: Content

  constructor(content: Content) {
    this.#content = content
  }

  async addModule(path: string): Promise<CID> {
    throw new ModuleError('MODULE_NOT_FOUND', `a page has no folders: name a module by its CID, not ${path}`)
  }

  async addFile(path: string): Promise<CID> {
    throw new LilyError('INPUT_NOT_FOUND', `a page has no folders: choose a file, not ${path}`)
  }

  async save(_root: CID, path: string): Promise<void> {
    throw new LilyError(
      'OUTPUT_NO_FOLDER',
      `a page has no folders: download the files instead of saving them to ${path}`
    )
  }

  /** Fetches every block of a result into the page's own store, where it can be read without anybody. */
  async saveResult(_deal: DealId, root: CID, options: FetchOptions = {}): Promise<string> {
    let left = MAX_RESULT_BYTES
    for await (const { type, cid } of this.#content.list(root, options)) {
      if (type === 'directory') continue
      for await (const part of this.#content.cat(cid, { ...options, maxBytes: left })) left -= part.length
    }
    return `ipfs://${root}`
  }
}
