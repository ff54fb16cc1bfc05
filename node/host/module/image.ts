/**
 * Images by name, made into archives by CID: an image of the local engine is saved without its names, its layers bare, and
 * with a configuration that says nothing but what a run needs. Whatever engine saves it, the archive is the same.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import tar from 'tar-stream'
import * as v from 'valibot'
import { LilypadError } from '../../../protocols/lilypad/errors.ts'
import type { AbortOptions } from '../../market/ports.ts'
import { type Engine, messageOf, openEngine, statusOf } from '../run/docker/engine.ts'
import { readTar } from '../run/docker/tar.ts'

/** What an image says of itself. */
export interface ImageProgram {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
}

const CONFIG = v.object({
  architecture: v.string(),
  os: v.string(),
  rootfs: v.object({ diff_ids: v.array(v.string()) }),
  config: v.nullish(v.object({ Env: v.nullish(v.array(v.string())), WorkingDir: v.nullish(v.string()) }))
})
const MANIFEST = v.pipe(v.array(v.object({ Config: v.string(), Layers: v.array(v.string()) })), v.length(1))

const EPOCH = new Date(0)
const EPOCH_TEXT = '1970-01-01T00:00:00Z'

/**
 * Saves an image as an archive that names nobody, to run what a job's arguments say.
 *
 * @param image as `docker run` takes it; fetched from its registry only when it is pinned by a digest
 * @param workingDirectory empty: the image's own
 * @throws LILYPAD_NO_IMAGE
 */
export async function saveImage(
  image: string,
  workingDirectory: string,
  file: string,
  docker: { readonly host?: string },
  options: AbortOptions = {}
): Promise<ImageProgram> {
  const engine = openEngine(docker.host)
  const { Id, Config } = await find(engine, image, options)
  const work = await mkdtemp(`${file}.parts-`)
  try {
    await archive(engine, Id, workingDirectory, work, file)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return { entrypoint: listOf(Config.Entrypoint), command: listOf(Config.Cmd) }
}

function listOf(words: string | readonly string[] | null | undefined): readonly string[] {
  return typeof words === 'string' ? [words] : (words ?? [])
}

async function find(engine: Engine, image: string, options: AbortOptions) {
  try {
    return await engine.getImage(image).inspect()
  } catch (error) {
    if (statusOf(error) !== 404) throw noImage(image, `no Docker engine answers (${messageOf(error)})`, error)
  }
  if (!image.includes('@sha256:'))
    throw noImage(image, 'the local Docker engine has no such image, and a tag that can move is not fetched')
  try {
    options.signal?.throwIfAborted()
    const progress = await engine.pull(image)
    await new Promise<void>((resolve, reject) =>
      engine.modem.followProgress(progress, (error: Error | null) => (error === null ? resolve() : reject(error)))
    )
    return await engine.getImage(image).inspect()
  } catch (error) {
    options.signal?.throwIfAborted()
    throw noImage(image, `its registry cannot be reached (${messageOf(error)})`, error)
  }
}

function noImage(image: string, why: string, cause?: unknown): LilypadError {
  const hint = `load it (docker pull, docker load) and try again, or publish it by CID: put "docker save" of it into a module's folder and run \`lilynode module publish\``
  return new LilypadError('LILYPAD_NO_IMAGE', `the image ${image} cannot be had: ${why}; ${hint}`, { cause })
}

/** Takes the engine's archive apart, and puts its parts together anew. */
async function archive(engine: Engine, id: string, workingDirectory: string, work: string, file: string) {
  const texts = new Map<string, string>()
  const parts = new Map<string, string>()
  const extract = async (source: AsyncIterable<Uint8Array | string>) => {
    for await (const entry of readTar(source)) {
      if (entry.type !== 'file') continue
      const part = join(work, parts.size.toString())
      await pipeline(entry.content, createWriteStream(part))
      parts.set(entry.name, part)
      if (entry.sizeBytes < 4 << 20) texts.set(entry.name, part)
    }
  }
  const saved: AsyncIterable<Uint8Array | string> = await engine.getImage(id).get()
  await extract(saved)
  const manifest = v.parse(MANIFEST, JSON.parse(await textOf(texts, 'manifest.json')))[0]
  if (manifest === undefined) throw noImage(id, 'the engine saved no image')
  const config = v.parse(CONFIG, JSON.parse(await textOf(texts, manifest.Config)))
  if (config.os !== 'linux' || config.architecture !== 'amd64')
    throw noImage(id, `it is for ${config.os}/${config.architecture}, and jobs run on linux/amd64`)
  const layers: Layer[] = []
  for (const [i, name] of manifest.Layers.entries()) {
    const part = parts.get(name)
    if (part === undefined) throw noImage(id, `the engine saved it without its layer ${name}`)
    layers.push(await bareLayer(part, join(work, `layer-${i}`)))
  }
  const wrong = layers.find(({ hash }, i) => `sha256:${hash}` !== config.rootfs.diff_ids[i])
  if (wrong !== undefined) throw noImage(id, 'a layer is not what its configuration says')
  const configuration = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: EPOCH_TEXT,
    config: {
      Env: config.config?.Env ?? [],
      Entrypoint: null,
      Cmd: null,
      WorkingDir: workingDirectory || config.config?.WorkingDir || '/'
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ hash }) => `sha256:${hash}`) },
    history: layers.map(() => ({ created: EPOCH_TEXT, created_by: 'lilynode' }))
  })
  await pack(configuration, layers, file)
}

async function textOf(texts: ReadonlyMap<string, string>, name: string): Promise<string> {
  const part = texts.get(name)
  if (part === undefined) throw noImage(name, 'it is missing from what the engine saved')
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(part)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

interface Layer {
  readonly file: string
  readonly hash: string
  readonly sizeBytes: number
}

/** A layer without compression, and the hash that names it. */
async function bareLayer(part: string, target: string): Promise<Layer> {
  const [first] = await createReadStream(part, { end: 3 }).toArray()
  const magic: Buffer = Buffer.from(first ?? [])
  const unpack =
    magic[0] === 0x1f && magic[1] === 0x8b
      ? createGunzip()
      : magic.readUInt32LE?.(0) === 0xfd2fb528
        ? createZstdDecompress()
        : undefined
  const hash = createHash('sha256')
  const hashed = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      done(null, chunk)
    }
  })
  const source = createReadStream(part)
  if (unpack === undefined) await pipeline(source, hashed, createWriteStream(target))
  else await pipeline(source, unpack, hashed, createWriteStream(target))
  const { size: sizeBytes } = await stat(target)
  return { file: target, hash: hash.digest('hex'), sizeBytes }
}

async function pack(configuration: string, layers: readonly Layer[], file: string): Promise<void> {
  const id = createHash('sha256').update(configuration).digest('hex')
  // One layer may stand in an image twice, and an archive holds a name once.
  const distinct = [...new Map(layers.map(layer => [layer.hash, layer])).values()]
  const names = layers.map(({ hash }) => `${hash}/layer.tar`)
  const manifest = JSON.stringify([{ Config: `${id}.json`, RepoTags: null, Layers: names }])
  const out = tar.pack()
  const written = pipeline(out, createWriteStream(file))
  const add = async (name: string, size: number, content: Readable | Buffer | undefined) => {
    const isFolder = content === undefined
    const header = {
      name,
      type: isFolder ? ('directory' as const) : ('file' as const),
      mode: isFolder ? 0o755 : 0o644,
      size,
      mtime: EPOCH,
      ...{ uid: 0, gid: 0, uname: '', gname: '' }
    }
    if (content instanceof Buffer || isFolder) {
      await new Promise<void>((resolve, reject) => {
        out.entry(header, content ?? Buffer.alloc(0), error => (error ? reject(error) : resolve()))
      })
    } else await pipeline(content, out.entry(header))
  }
  await add('manifest.json', Buffer.byteLength(manifest), Buffer.from(manifest))
  await add(`${id}.json`, Buffer.byteLength(configuration), Buffer.from(configuration))
  for (const layer of distinct) {
    await add(`${layer.hash}/`, 0, undefined)
    await add(`${layer.hash}/layer.tar`, layer.sizeBytes, createReadStream(layer.file))
  }
  out.finalize()
  await written
}
