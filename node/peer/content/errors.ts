/** What can go wrong with content, each with a stable code. */
import type { CID } from 'multiformats/cid'
import { LilyError } from '../../../protocols/core/errors.ts'

/** Codes of content. */
export type ContentErrorCode =
  | 'CONTENT_BAD_DAG'
  | 'CONTENT_NOT_A_FILE'
  | 'CONTENT_NOT_A_TREE'
  | 'CONTENT_NOT_ANNOUNCED'
  | 'CONTENT_NOT_FOUND'
  | 'CONTENT_TOO_LARGE'
  | 'CONTENT_UNSUPPORTED'

/** A {@link LilyError} about one CID. */
export function contentError(code: ContentErrorCode, cid: CID, reason: string, cause?: unknown) {
  const init = { details: { cid: cid.toString() }, ...(cause === undefined ? {} : { cause }) }
  return new LilyError<ContentErrorCode>(code, `${cid} ${reason}`, init)
}
