/** Brings a job's content into memory, bounded. */
import { concat } from '../../../protocols/core/bytes.ts'
import type { CID } from '../../../protocols/core/cid.ts'
import type { Content, FetchOptions } from '../../market/ports.ts'

/**
 * A file's bytes in one piece.
 *
 * @throws CONTENT_NOT_FOUND, CONTENT_TOO_LARGE beyond `maxBytes`
 */
export async function fetchBytes(
  content: Content,
  cid: CID,
  maxBytes: number,
  options: FetchOptions
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of content.cat(cid, { ...options, maxBytes })) parts.push(part)
  return concat(...parts)
}
