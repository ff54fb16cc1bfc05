/**
 * What an image archive may be, read before the engine sees it: `docker load` obeys the tags in an archive, so a job could
 * rename its image to one that somebody trusts; and an image that declares volumes gets disk without a limit.
 */

import * as v from 'valibot'
import { type RunError, rejected } from '../../../../protocols/run/errors.ts'
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
  config: v.nullish(
    v.object({
      Volumes: v.nullish(v.record(v.string(), v.unknown())),
      OnBuild: v.nullish(v.array(v.string()))
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

/** The start of a file, as text where it may be JSON; undefined where it is too large for that. */
async function readEntry({ name, sizeBytes, content }: ReadEntry): Promise<string | undefined> {
  const isKept = sizeBytes <= MAX_JSON_BYTES && (name.endsWith('.json') || name.startsWith('blobs/'))
  const parts: Uint8Array[] = []
  let isFirst = true
  for await (const chunk of content) {
    // A few compressed bytes can be a whole disk: what an image takes must be seen from its archive.
    if (isFirst && COMPRESSED.some(magic => magic.every((byte, i) => chunk[i] === byte))) {
      throw refused(`${name} of the image is compressed; archive it uncompressed`)
    }
    isFirst = false
    if (isKept) parts.push(chunk)
  }
  return isKept ? Buffer.concat(parts).toString() : undefined
}

async function readFiles(archive: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  const names = new Set<string>()
  let kept = 0
  for await (const entry of readTar(archive)) {
    if (names.size === MAX_ENTRIES) throw refused('the image archive has too many entries')
    if (entry.type !== 'file' && entry.type !== 'directory') {
      throw refused(`the image archive holds a ${entry.type}: ${entry.name}`)
    }
    if (names.has(entry.name)) throw refused(`the image archive holds ${entry.name} twice`)
    names.add(entry.name)
    const json = entry.type === 'file' ? await readEntry(entry) : undefined
    if (json === undefined) continue
    kept += json.length
    if (kept > MAX_JSON_TOTAL_BYTES) throw refused('the image archive has too many small files')
    files.set(entry.name, json)
  }
  return files
}

/**
 * Reads an image archive to its end and checks it.
 *
 * @throws RUN_REJECTED with reason `malformed` or `image`
 */
export async function checkImage(archive: AsyncIterable<Uint8Array>): Promise<void> {
  let files: ReadonlyMap<string, string>
  try {
    files = await readFiles(archive)
  } catch (error) {
    if (error instanceof Error && /invalid tar|unexpected end/i.test(error.message)) {
      throw rejected('malformed', 'the image archive is not a tar archive', { cause: error })
    }
    throw error
  }
  const manifest = parse(MANIFEST, 'manifest.json', files.get('manifest.json'))
  const [image, ...others] = manifest
  if (image === undefined || others.length > 0) throw refused(`the archive holds ${manifest.length} images, not one`)
  checkNames(image.RepoTags ?? [], files.get('index.json'))
  const config = parse(CONFIG, image.Config, files.get(image.Config))
  if (config.os !== 'linux' || config.architecture !== 'amd64') {
    throw refused(`the image is for ${config.os}/${config.architecture}, not linux/amd64`)
  }
  const volumes = Object.keys(config.config?.Volumes ?? {})
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
