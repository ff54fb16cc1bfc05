/**
 * Reads a UnixFS file in order with a few blocks in flight. Helia's own reader asks for a whole layer of the file at
 * once (1,024 blocks of 1 MiB) and has no back-pressure: here a slow reader slows the fetch, and memory stays flat.
 */
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { contentError } from './errors.ts'

/** Blocks in flight: times 1 MiB stays well below what a stream may buffer, and hides the round trip. */
export const PREFETCH = 8

/** Layers of a file: 4 hold 1 PiB. More is a trap. */
const MAX_LAYERS = 8

/** Where blocks come from. */
export type GetBlock = (cid: CID) => Promise<Uint8Array>

/**
 * Yields the bytes of the file in order.
 *
 * @throws LilyError CONTENT_NOT_A_FILE, CONTENT_BAD_DAG when its parts are none, CONTENT_TOO_LARGE beyond `maxBytes`
 */
export async function* walkFile(root: CID, getBlock: GetBlock, maxBytes: number): AsyncGenerator<Uint8Array> {
  let total = 0
  for await (const part of walk(root, await getBlock(root), getBlock, 0)) {
    total += part.length
    if (total > maxBytes) throw contentError('CONTENT_TOO_LARGE', root, `has more than the ${maxBytes} bytes allowed`)
    yield part
  }
}

async function* walk(cid: CID, block: Uint8Array, getBlock: GetBlock, layer: number): AsyncGenerator<Uint8Array> {
  if (cid.code === raw.code) {
    // Empty leaves are legal only as a whole file; below a node they would make endless work out of no bytes.
    if (layer > 0 && block.length === 0) throw contentError('CONTENT_BAD_DAG', cid, 'is an empty part of a file')
    yield block
    return
  }
  if (layer >= MAX_LAYERS) throw contentError('CONTENT_BAD_DAG', cid, `lies deeper than ${MAX_LAYERS} layers in a file`)
  const { file, links } = decodeFile(cid, block)
  if (file.data !== undefined && file.data.length > 0) yield file.data
  else if (layer > 0 && links.length === 0) throw contentError('CONTENT_BAD_DAG', cid, 'is an empty part of a file')

  const pending: Array<{ readonly cid: CID; readonly block: Promise<Uint8Array> }> = []
  let next = 0
  const fill = () => {
    for (; pending.length < PREFETCH && next < links.length; next++) {
      const child = links[next]?.Hash
      if (child === undefined) continue
      const promise = getBlock(child)
      // It may fail while an earlier one is still awaited; whoever awaits it sees the failure.
      promise.catch(() => {})
      pending.push({ cid: child, block: promise })
    }
  }
  fill()
  for (let head = pending.shift(); head !== undefined; head = pending.shift()) {
    const bytes = await head.block
    fill()
    yield* walk(head.cid, bytes, getBlock, layer + 1)
  }
}

/** A node of a file. @throws LilyError CONTENT_NOT_A_FILE, CONTENT_BAD_DAG */
function decodeFile(cid: CID, block: Uint8Array): { file: UnixFS; links: readonly dagPb.PBLink[] } {
  const { unixfs, links } = decodeNode(cid, block)
  if (unixfs.type !== 'file' && unixfs.type !== 'raw') {
    throw contentError('CONTENT_NOT_A_FILE', cid, `is not a file but a ${unixfs.type}`)
  }
  return { file: unixfs, links }
}

/** Any UnixFS node. @throws LilyError CONTENT_BAD_DAG */
export function decodeNode(cid: CID, block: Uint8Array): { unixfs: UnixFS; links: readonly dagPb.PBLink[] } {
  if (cid.code !== dagPb.code) throw contentError('CONTENT_NOT_A_FILE', cid, 'is neither a file nor a folder')
  try {
    const node = dagPb.decode(block)
    if (node.Data === undefined) throw new Error('no UnixFS data')
    return { unixfs: UnixFS.unmarshal(node.Data), links: node.Links }
  } catch (cause) {
    throw contentError('CONTENT_BAD_DAG', cid, 'is not valid UnixFS', cause)
  }
}
