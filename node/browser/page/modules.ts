/** Modules by their CIDs, fetched from peers and checked before a word of them is shown. */
import { type CID, parseCid } from '../../../protocols/core/cid.ts'
import type { Module } from '../../../protocols/module/module.ts'
import { loadModule } from '../../market/run.ts'
import type { Open } from './session.ts'

/** A module that was loaded. */
export interface LoadedModule {
  readonly cid: CID
  readonly module: Module
}

const STALL_MS = 20_000

/** A module, with its program already in the page's store: providers fetch it from here. @throws CONTENT_*, MODULE_* */
export async function fetchModule({ node }: Open, text: string, signal?: AbortSignal): Promise<LoadedModule> {
  const cid = parseCid(text)
  const { content, network } = node.parts
  const options = { stallMs: STALL_MS, from: network.peers().map(({ peerId }) => peerId), ...(signal && { signal }) }
  const { module, entrypoint } = await loadModule(content, cid, options)
  for await (const _ of content.cat(entrypoint, options)) signal?.throwIfAborted()
  return { cid, module }
}
