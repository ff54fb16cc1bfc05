/** Blocks in IndexedDB, as Helia and the fetcher want them. */
import { IDBBlockstore } from 'blockstore-idb'
import { concat } from '../../../protocols/core/bytes.ts'
import type { CID } from '../../../protocols/core/cid.ts'
import type { LocalBlocks } from '../../peer/content/blocks.ts'

/** A blockstore that answers "not here" without an error. */
export class PageBlocks extends IDBBlockstore implements LocalBlocks {
  /** The block, or undefined. */
  async read(cid: CID): Promise<Uint8Array | undefined> {
    if (!(await this.has(cid))) return undefined
    const parts: Uint8Array[] = []
    for await (const part of this.get(cid)) parts.push(part)
    return concat(...parts)
  }
}
