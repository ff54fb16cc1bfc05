/**
 * What an image archive may be, read before the engine sees it: `docker load` obeys the tags in an archive, so a job could
 * rename its image to one that somebody trusts; and an image that declares volumes gets disk without a limit.
 */

import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { type RunError, rejected } from '../../../../protocols/run/errors.ts'
import { LayerCheck, MAX_LAYER_ENTRIES } from './layers.ts'
import { type ReadEntry, readTar } from './tar.ts'

/** JSON files of an archive: manifests and configurations are far below it. */
const MAX_JSON_BYTES = 4 << 20
const MAX_JSON_TOTAL_BYTES = 64 << 20
const MAX_ENTRIES = 10_000

const MANIFEST = v.array(
  v.object({ Config: v.string(), RepoTags: v.nullish(v.array(v.string())), Layers: v.array(v.string()) })
)
const CONFIG = v.object({
  architecture: v.string(),
  os: v.string(),
  rootfs: v.object({ diff_ids: v.array(v.string()) }),
  config: v.nullish(
    v.object({
      Volumes: v.nullish(v.record(v.string(), v.unknown())),
      WorkingDir: v.nullish(v.pipe(v.string(), v.regex(/^(?:\/[^\0]*)?$/, 'WorkingDir is no absolute path'))),
      Env: v.nullish(v.array(v.pipe(v.string(), v.regex(/^[^=\0]+=[^\0]*$/, 'a variable of Env is not KEY=value'))))
    })
  )
})
const INDEX = v.object({ manifests: v.array(v.object({ annotations: v.nullish(v.record(v.string(), v.string())) })) })

/** Annotations by which an engine with the containerd image store names what it loads. */
const NAMING = ['io.containerd.image.name', 'org.opencontainers.image.ref.name']

const COMPRESSED: readonly (readonly number[])[] = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0xfd, 0x37, 0x7a, 0x58],
  [0x42, 0x5a, 0x68]
]

function refused(message: string, cause?: unknown): RunError {
  return rejected('image', message, cause === undefined ? {} : { cause })
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  name: string,
  json: string | undefined
): v.InferOutput<Schema> {
  if (json === undefined) throw rejected('malformed', `the image archive has no ${name}`)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw rejected('malformed', `${name} of the image archive is not JSON`, { cause })
  }
  const result = v.safeParse(schema, value)
  if (!result.success) throw rejected('malformed', `${name} of the image archive: ${result.issues[0].message}`)
  return result.output
}

interface ArchiveFile {
  readonly hash: string
  /** Its text where it may be JSON: a name in .json, or a small blob of an OCI layout. */
  readonly json: string | undefined
  /** Why it cannot be a layer. */
  readonly reason: string | undefined
  /** Entries that it has as a layer. */
  readonly entries: number
}

/** A file of an archive, and the hash of what it says. */
export interface CheckedFile {
  readonly name: string
  /** sha256:<hex> */
  readonly hash: string
}

/** What of an archive an engine may be given. */
export interface CheckedImage {
  readonly config: CheckedFile
  /** The lowest first. */
  readonly layers: readonly CheckedFile[]
}

async function readFile({ name, sizeBytes, content }: ReadEntry): Promise<ArchiveFile> {
  const isKept = sizeBytes <= MAX_JSON_BYTES && (name.endsWith('.json') || name.startsWith('blobs/'))
  const parts: Uint8Array[] = []
  const hash = createHash('sha256')
  const layer = new LayerCheck()
  let isFirst = true
  for await (const chunk of content) {
    // A few compressed bytes can be a whole disk: what an image takes must be seen from its archive.
    if (isFirst && COMPRESSED.some(magic => magic.every((byte, i) => chunk[i] === byte))) {
      throw refused(`${name} of the image is compressed; archive it uncompressed`)
    }
    isFirst = false
    hash.update(chunk)
    layer.add(chunk)
    if (isKept) parts.push(chunk)
  }
  const reason = layer.end()
  const json = isKept ? Buffer.concat(parts).toString() : undefined
  return { hash: `sha256:${hash.digest('hex')}`, json, reason, entries: layer.entries }
}

async function readFiles(archive: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, ArchiveFile>> {
  const files = new Map<string, ArchiveFile>()
  const names = new Set<string>()
  let keptBytes = 0
  for await (const entry of readTar(archive)) {
    if (names.size === MAX_ENTRIES) throw refused('the image archive has too many entries')
    if (entry.type !== 'file' && entry.type !== 'directory') {
      throw refused(`the image archive holds a ${entry.type}: ${entry.name}`)
    }
    if (names.has(entry.name)) throw refused(`the image archive holds ${entry.name} twice`)
    names.add(entry.name)
    if (entry.type === 'directory') continue
    const file = await readFile(entry)
    keptBytes += file.json?.length ?? 0
    if (keptBytes > MAX_JSON_TOTAL_BYTES) throw refused('the image archive has too many small files')
    files.set(entry.name, file)
  }
  return files
}

/**
 * Reads an image archive to its end and checks it.
 *
 * @returns what the image is made of
 * @throws RUN_REJECTED with reason `malformed` or `image`
 */
export async function checkImage(archive: AsyncIterable<Uint8Array>): Promise<CheckedImage> {
  let files: ReadonlyMap<string, ArchiveFile>
  try {
    files = await readFiles(archive)
  } catch (error) {
    if (error instanceof Error && /invalid tar|unexpected end/i.test(error.message)) {
      throw rejected('malformed', 'the image archive is not a tar archive', { cause: error })
    }
    throw error
  }
  const manifest = parse(MANIFEST, 'manifest.json', files.get('manifest.json')?.json)
  const [image, ...others] = manifest
  if (image === undefined || others.length > 0) throw refused(`the archive holds ${manifest.length} images, not one`)
  checkNames(image.RepoTags ?? [], files.get('index.json')?.json)
  const config = parse(CONFIG, image.Config, files.get(image.Config)?.json)
  if (config.os !== 'linux' || config.architecture !== 'amd64') {
    throw refused(`the image is for ${config.os}/${config.architecture}, not linux/amd64`)
  }
  // The engine does not look at a layer that it seems to have: only another machine would notice that it is another one.
  const layers = image.Layers.map(name => files.get(name)?.hash)
  if (layers.length !== config.rootfs.diff_ids.length || layers.some((hash, i) => hash !== config.rootfs.diff_ids[i])) {
    throw refused('a layer of the image is not what its configuration says')
  }
  const known = [...new Set(image.Layers)].flatMap(name => files.get(name) ?? [])
  for (const { reason } of known) if (reason !== undefined) throw refused(`a layer of the image ${reason}`)
  const entries = known.reduce((sum, layer) => sum + layer.entries, 0)
  if (entries > MAX_LAYER_ENTRIES) throw refused(`the layers of the image have ${entries} entries`)
  refuseVolumes(Object.keys(config.config?.Volumes ?? {}))
  const fileOf = (name: string): CheckedFile => ({ name, hash: files.get(name)?.hash ?? '' })
  return { config: fileOf(image.Config), layers: image.Layers.map(fileOf) }
}

/** @throws RUN_REJECTED when an image declares volumes: each is a folder on the host's disk without a limit */
export function refuseVolumes(volumes: readonly string[]): void {
  if (volumes.length > 0) throw refused(`the image declares the volume ${volumes[0]}, which no limit would hold`)
}

function checkNames(tags: readonly string[], index: string | undefined): void {
  if (tags.length > 0) throw refused(`the image is tagged ${tags[0]}; save it by its id, so that it has no name`)
  if (index === undefined) return
  for (const { annotations } of parse(INDEX, 'index.json', index).manifests) {
    const name = NAMING.find(key => annotations?.[key] !== undefined)
    if (name !== undefined) throw refused(`the image is named ${annotations?.[name]}; save it by its id`)
  }
}
