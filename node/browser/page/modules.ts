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

/** A module's description; its program stays where it is. @throws CONTENT_*, MODULE_* */
export async function describeModule(open: Open, text: string, signal: AbortSignal): Promise<LoadedModule> {
  const cid = parseCid(text)
  const { module } = await loadModule(open.node.parts.content, cid, fetching(open, signal))
  return { cid, module }
}

/** A module with its program in the page's store: providers can fetch it from here. @throws CONTENT_*, MODULE_* */
export async function fetchModule(open: Open, text: string, signal: AbortSignal): Promise<LoadedModule> {
  const cid = parseCid(text)
  const { content } = open.node.parts
  const { module, entrypoint } = await loadModule(content, cid, fetching(open, signal))
  for await (const _ of content.cat(entrypoint, fetching(open, signal))) signal.throwIfAborted()
  return { cid, module }
}

/** The CIDs of the registry's modules that this page does not name already. @throws CHAIN_* */
export async function publishedModules({ node, profile }: Open, signal: AbortSignal): Promise<readonly string[]> {
  const published = await node.api.modules({ signal })
  return [...new Set(published.map(({ module }) => module))].filter(cid => !profile.modules.includes(cid))
}

function fetching({ node }: Open, signal: AbortSignal) {
  return { stallMs: STALL_MS, from: node.parts.network.peers().map(({ peerId }) => peerId), signal }
}
