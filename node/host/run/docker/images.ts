/** Images by CID: fetched, checked, loaded once, and run by the id that the engine reports, never by a name. */

import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ImageInspectInfo } from 'dockerode'
import type { CID } from '../../../../protocols/core/cid.ts'
import { rejected } from '../../../../protocols/run/errors.ts'
import type { Content, FetchOptions } from '../../../market/ports.ts'
import { type Engine, engineFailed, gone, statusOf } from './engine.ts'
import { pauseImage } from './pause.ts'
import { checkImage, refuseVolumes } from './policy.ts'
import { rebuiltArchive } from './rebuild.ts'

/** Repository under which loaded images are found again; archives cannot name themselves so (policy.ts). */
const REPOSITORY = 'lilynode/module'

const PAUSE_TAG = 'pause-'
const PAUSE = `${REPOSITORY}:${PAUSE_TAG}`

const LOADED = /^Loaded image(?: ID)?: (\S+)/

/**
 * Streams an archive into the engine.
 *
 * @returns the image's id
 * @throws RUN_REJECTED when the engine refuses the archive; RUN_NOT_READY when the engine fails
 */
async function load(engine: Engine, archive: Readable): Promise<string> {
  let id: string | undefined
  try {
    const answer = await engine.loadImage(archive, { quiet: true })
    // Failures come inside of an answer that began with 200.
    for await (const line of createInterface({ input: Readable.from(answer) })) {
      const message: unknown = line.trim() === '' ? {} : JSON.parse(line)
      const { error, stream } = message as { error?: string; stream?: string }
      if (error !== undefined) throw rejected('image', `the Docker engine refuses the image: ${error}`)
      id = LOADED.exec(stream ?? '')?.[1] ?? id
    }
  } catch (error) {
    throw archive.errored ?? engineFailed('loading an image', error)
  }
  if (id === undefined) throw engineFailed('loading an image', 'it did not say which image it loaded')
  return id
}

/** What the engine's types leave out. */
type DatedImage = ImageInspectInfo & { readonly Metadata?: { readonly LastTagTime?: string } }

/** When the engine last named an image, in ms since 1970. */
async function lastUse(engine: Engine, id: string): Promise<number> {
  const image: DatedImage = await engine.getImage(id).inspect()
  return Date.parse(image.Metadata?.LastTagTime ?? '') || 0
}

/** What the images are held to. */
export interface ImageLimits {
  /** Larger archives are not taken. */
  readonly maxBytes: number
  /** So many images of jobs stay in the engine; those that were used longest ago go. */
  readonly keepCount: number
}

/** The images that an engine has for us. */
export class Images {
  readonly #engine: Engine
  readonly #limits: ImageLimits

  constructor(engine: Engine, limits: ImageLimits) {
    this.#engine = engine
    this.#limits = limits
  }

  /** The id of an image that the engine has, by a name of ours. */
  async #find(tag: string): Promise<string | undefined> {
    try {
      return (await this.#engine.getImage(`${REPOSITORY}:${tag}`).inspect()).Id
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw engineFailed('looking for an image', error)
    }
  }

  /** Names an image, which also notes when it was last used. */
  async #keep(id: string, tag: string): Promise<void> {
    await this.#engine.getImage(id).tag({ repo: REPOSITORY, tag })
  }

  /** Removes the names, and so the images, that were used longest ago. */
  async #prune(): Promise<void> {
    const images = await this.#engine.listImages({ filters: JSON.stringify({ reference: [REPOSITORY] }) })
    const tags = images.flatMap(({ Id, RepoTags }) => (RepoTags ?? []).map(name => ({ Id, name })))
    const modules = tags.filter(({ name }) => name.startsWith(`${REPOSITORY}:`) && !name.startsWith(PAUSE))
    const dated = await Promise.all(
      modules.map(async ({ Id, name }) => ({ name, usedAt: await lastUse(this.#engine, Id) }))
    )
    dated.sort((a, b) => b.usedAt - a.usedAt)
    for (const { name } of dated.slice(this.#limits.keepCount)) await gone(this.#engine.getImage(name).remove())
  }

  /** Lets go of one image, unless it is in use. */
  async remove(cid: CID): Promise<void> {
    await gone(this.#engine.getImage(`${REPOSITORY}:${cid}`).remove())
  }

  /**
   * Makes sure that the engine has the image of an archive.
   *
   * @returns the image's id
   * @throws RUN_REJECTED, RUN_NOT_READY, and what `content` throws
   */
  async ensure(cid: CID, content: Content, options: FetchOptions): Promise<string> {
    const tag = cid.toString()
    const known = await this.#find(tag)
    if (known !== undefined) {
      await this.#keep(known, tag)
      return known
    }
    const fetching = { ...options, maxBytes: this.#limits.maxBytes }
    // Read twice: the engine must see nothing of an archive that has not been checked. The second time it is here.
    const checked = await checkImage(content.cat(cid, fetching))
    const id = await load(this.#engine, Readable.from(rebuiltArchive(content.cat(cid, fetching), checked)))
    await this.#refuseHidden(id)
    await this.#keep(id, tag)
    await this.#prune()
    return id
  }

  /** Looks at an image as the engine has understood it: its reader takes fields in other letters, and each one twice. */
  async #refuseHidden(id: string): Promise<void> {
    const image = this.#engine.getImage(id)
    const { Config, RepoTags } = await image.inspect()
    try {
      refuseVolumes(Object.keys(Config.Volumes ?? {}))
    } catch (error) {
      // An image that somebody else has named is theirs.
      if ((RepoTags ?? []).length === 0) await gone(image.remove())
      throw error
    }
  }

  /** The image of the container that holds volumes. @returns its id */
  async ensurePause(): Promise<string> {
    const { id, archive } = await pauseImage()
    const tag = `${PAUSE_TAG}${id.slice('sha256:'.length)}`
    const known = await this.#find(tag)
    if (known !== undefined) return known
    const loaded = await load(this.#engine, Readable.from([archive]))
    await this.#keep(loaded, tag)
    return loaded
  }
}
