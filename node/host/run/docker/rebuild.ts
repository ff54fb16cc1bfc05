/**
 * The archive that the engine is given: made anew of what was checked, and of nothing else. An engine reads an archive with a
 * reader of its own, and what two readers understand differently (a name that comes twice, once with a dot before it; a field
 * in other letters) would reach it unchecked.
 */
import { once } from 'node:events'
import tar, { type Pack } from 'tar-stream'
import type { CheckedImage } from './policy.ts'
import { readTar } from './tar.ts'

const EPOCH = new Date(0)

const hexOf = (hash: string) => hash.slice('sha256:'.length)

/** The checked image of an archive as an archive of its own: its manifest without a name, its configuration, its layers. */
export async function* rebuiltArchive(
  archive: AsyncIterable<Uint8Array>,
  image: CheckedImage
): AsyncGenerator<Uint8Array> {
  const pack = tar.pack()
  const written = write(pack, archive, image).then(
    () => pack.finalize(),
    error => pack.destroy(error)
  )
  for await (const chunk of pack) if (chunk instanceof Uint8Array) yield chunk
  await written
}

async function write(pack: Pack, archive: AsyncIterable<Uint8Array>, image: CheckedImage): Promise<void> {
  const nameOf = (hash: string) => `${hexOf(hash)}/layer.tar`
  const manifest = [
    { Config: `${hexOf(image.config.hash)}.json`, RepoTags: null, Layers: image.layers.map(({ hash }) => nameOf(hash)) }
  ]
  pack.entry({ name: 'manifest.json', mtime: EPOCH }, JSON.stringify(manifest))
  const wanted = new Map([[image.config.name, `${hexOf(image.config.hash)}.json`]])
  const known = new Set<string>()
  for (const { name, hash } of image.layers) {
    // A layer may come twice, under one name or two: it is the same one.
    if (!known.has(hash)) wanted.set(name, nameOf(hash))
    known.add(hash)
  }
  for await (const { name, sizeBytes, content } of readTar(archive)) {
    const as = wanted.get(name)
    if (as === undefined) continue
    const entry = pack.entry({ name: as, size: sizeBytes, mtime: EPOCH })
    for await (const chunk of content) if (!entry.write(chunk)) await once(entry, 'drain')
    const ended = once(entry, 'finish')
    entry.end(undefined)
    await ended
  }
}
