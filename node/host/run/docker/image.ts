/**
 * Makes image archives (`docker load` format) without Docker: the same files give the same archive, and so the same image
 * id and the same CID, on every machine.
 */
import { createHash } from 'node:crypto'
import { makeTar, type TarEntry } from './tar.ts'

/** What an image runs, and how. */
export interface ImageConfig {
  readonly entrypoint: readonly string[]
  /** KEY=value. @default none */
  readonly env?: readonly string[]
  /** @default '/' */
  readonly workingDir?: string
}

/** An image archive and the id that an engine will give it. */
export interface ImageArchive {
  /** sha256:<hex> of its configuration. */
  readonly id: string
  readonly archive: Uint8Array
}

const CREATED = '1970-01-01T00:00:00Z'

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

/** An image of one layer that holds the files, sorted by the caller. */
export async function makeImage(files: Iterable<TarEntry>, config: ImageConfig): Promise<ImageArchive> {
  const layer = await makeTar(files)
  const layerHash = sha256(layer)
  const configuration = json({
    architecture: 'amd64',
    os: 'linux',
    created: CREATED,
    config: { Env: config.env ?? [], Entrypoint: config.entrypoint, Cmd: null, WorkingDir: config.workingDir ?? '/' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerHash}`] },
    history: [{ created: CREATED, created_by: 'lilynode' }]
  })
  const id = sha256(configuration)
  const manifest = json([{ Config: `${id}.json`, RepoTags: null, Layers: [`${layerHash}/layer.tar`] }])
  const archive = await makeTar([
    { type: 'file', name: 'manifest.json', content: manifest },
    { type: 'file', name: `${id}.json`, content: configuration },
    { type: 'directory', name: layerHash },
    { type: 'file', name: `${layerHash}/layer.tar`, content: layer }
  ])
  return { id: `sha256:${id}`, archive }
}
