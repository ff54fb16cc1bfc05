/** What a job has left in /outputs, from the engine's archive to files on our disk: never more than allowed, never in memory. */
import { LilyError } from '../../../../protocols/core/errors.ts'
import { splitPath } from '../../../peer/content/names.ts'
import type { Output } from '../../../peer/run/result-tree.ts'
import type { Spool } from './spool.ts'
import { readTar } from './tar.ts'

/** What was found in /outputs. */
export interface CollectedOutputs {
  /** Readable until the spool is disposed of. */
  readonly outputs: readonly Output[]
  /** The files are larger than allowed: holes take no room in a tmpfs, but they do in a result. */
  readonly isTooLarge: boolean
  /** What was left out: links, devices, names that no result may have. The first of them in words. */
  readonly dropped: readonly string[]
}

/** So many entries that are left out are told by name. */
const MAX_TOLD = 20

/**
 * Reads an archive of /outputs as it comes; of files that are together larger than `maxBytes` nothing is taken.
 *
 * @throws RUN_NOT_READY when the disk does not take it
 */
export async function collectOutputs(
  archive: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
  spool: Spool
): Promise<CollectedOutputs> {
  const outputs: Output[] = []
  const dropped: string[] = []
  let droppedCount = 0
  let total = 0
  for await (const { name, type, sizeBytes, content } of readTar(archive)) {
    // Every entry is below the folder's own name.
    const path = name.replace(/^[^/]*\//, '').replace(/\/$/, '')
    if (type === 'file') total += sizeBytes
    if (total > maxBytes) return { outputs: [], dropped: [], isTooLarge: true }
    if (path === '') continue
    if ((type === 'file' || type === 'directory') && isResultPath(path)) {
      outputs.push({ path, content: type === 'file' ? await spool.add(content) : undefined })
    } else if (++droppedCount <= MAX_TOLD) {
      dropped.push(`${type} ${JSON.stringify(path.slice(0, 200))}`)
    }
  }
  if (droppedCount > MAX_TOLD) dropped.push(`${droppedCount - MAX_TOLD} more`)
  return { outputs, dropped, isTooLarge: false }
}

/** Whether a result may have it: it lies in a folder of the result's, which counts. */
function isResultPath(path: string): boolean {
  try {
    splitPath(`outputs/${path}`)
    return true
  } catch (error) {
    if (error instanceof LilyError) return false
    throw error
  }
}
