/** Brings a job's content into memory, bounded. */
import { concat } from '../../../protocols/core/bytes.ts'
import type { CID } from '../../../protocols/core/cid.ts'
import type { Content, FetchOptions, RunSpec } from '../../market/ports.ts'

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

/** Bytes of all inputs of one job: every runtime holds them in memory. */
const MAX_INPUT_BYTES = 1 << 30

/** A file under /inputs. */
export interface InputFile {
  readonly name: string
  readonly content: Uint8Array
}

/**
 * A job's inputs.
 *
 * @throws CONTENT_NOT_FOUND, CONTENT_TOO_LARGE when together they are above 1 GiB
 */
export async function fetchInputs(spec: RunSpec, content: Content, options: FetchOptions): Promise<InputFile[]> {
  const inputs: InputFile[] = []
  let room = MAX_INPUT_BYTES
  for (const { name, cid } of spec.inputs) {
    const bytes = await fetchBytes(content, cid, room, options)
    room -= bytes.length
    inputs.push({ name, content: bytes })
  }
  return inputs
}
