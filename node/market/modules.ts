/** Published modules: names on chain for folders in the content. */
import { type CID, CODEC, cidOfDigest, digestOfCid, parseCid } from '../../protocols/core/cid.ts'
import { ModuleError } from '../../protocols/module/errors.ts'
import type { ModuleDetails, ModuleReport } from './api.ts'
import type { Components } from './components.ts'
import type { PublishedModule } from './directory.ts'
import type { AbortOptions, FetchOptions, Files } from './ports.ts'
import { loadModule } from './run.ts'

/** What the registry takes as a name or a version. */
const REGISTRY_NAME = /^[a-z0-9._/-]{1,64}$/

/** The first part of a repository's address: such a name would pass for one (`github.com/somebody/something`). */
const HOST = /^[^/]*\.[^/]*\//

/** The most that an author may ask, in basis points. */
const MAX_FEE_BPS = 1000

/** Modules and content on the owner's disk. */
export interface ModuleFiles extends Pick<Files, 'addModule'> {
  /** Writes a file, or a folder with what is in it, to a path where nothing is yet. @throws CONTENT_*, OUTPUT_EXISTS */
  save(root: CID, path: string, options?: FetchOptions): Promise<void>
}

/** The registry for the owner of a node. */
export class Modules {
  readonly #parts: Pick<Components, 'chain' | 'content'>
  readonly #files: ModuleFiles

  constructor(parts: Pick<Components, 'chain' | 'content'>, files: ModuleFiles) {
    this.#parts = parts
    this.#files = files
  }

  async add(path: string, options: AbortOptions): Promise<string> {
    const cid = await this.#files.addModule(path, options)
    return cid.toString()
  }

  async save(cid: string, path: string, options: AbortOptions): Promise<void> {
    await this.#files.save(parseCid(cid), path, options)
  }

  /** @throws MODULE_BAD_NAME, MODULE_*, CHAIN_* */
  async publish(asked: Omit<ModuleReport, 'author'>, options: AbortOptions): Promise<ModuleReport> {
    const { name, version, module, feeBps } = asked
    const { chain, content } = this.#parts
    if (!REGISTRY_NAME.test(name) || !REGISTRY_NAME.test(version) || HOST.test(name))
      throw new ModuleError(
        'MODULE_BAD_NAME',
        `"${name}:${version}" cannot be published: lower-case letters, digits and - . _ / only, at most 64, no host's name`
      )
    if (!Number.isInteger(feeBps) || feeBps < 0 || feeBps > MAX_FEE_BPS)
      throw new ModuleError(
        'MODULE_BAD_FIELD',
        `the author's fee may be 0 to ${MAX_FEE_BPS} basis points, not ${feeBps}`
      )
    const cid = parseCid(module)
    // A name that is there for ever must not stand for something that nobody can run.
    await loadModule(content, cid, options)
    // Best effort: a network without a DHT has neighbours, who are asked as well.
    await content.provide(cid, options).catch(error => {
      if (options.signal?.aborted === true) throw error
    })
    await chain.send({ name: 'publish', title: name, version, module: digestOfCid(cid), feeBps }, options)
    return { ...asked, author: chain.account }
  }

  async list(options: AbortOptions): Promise<readonly ModuleReport[]> {
    return (await this.#parts.chain.modules.list(options)).map(reportOf)
  }

  /** @throws MODULE_UNPUBLISHED */
  async find(name: string, version: string, options: AbortOptions): Promise<ModuleDetails> {
    const { modules } = this.#parts.chain
    const found = await modules.find(name, version, options)
    if (found === undefined)
      throw new ModuleError('MODULE_UNPUBLISHED', `nobody has published ${name}:${version} on this network`)
    return { ...reportOf(found), attestations: await modules.attestations(found.module, options) }
  }

  async attest(module: string, isDeterministic: boolean, runs: number, options: AbortOptions): Promise<void> {
    const digest = digestOfCid(parseCid(module))
    await this.#parts.chain.send({ name: 'attest', module: digest, isDeterministic, runs }, options)
  }
}

/** A module is a folder, so its digest stands for one CID. */
function reportOf({ module, ...rest }: PublishedModule): ModuleReport {
  return { ...rest, module: cidOfDigest(CODEC.dagPb, module).toString() }
}
