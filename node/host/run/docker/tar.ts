/** Tar archives with nothing in them that differs between machines: no times, owners or modes but one bit. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import tar, { type Header } from 'tar-stream'

/** One entry of an archive to be made. */
export type TarEntry =
  | { readonly type: 'file'; readonly name: string; readonly content: Uint8Array; readonly isExecutable?: boolean }
  | { readonly type: 'directory'; readonly name: string; readonly mode?: number }
  | { readonly type: 'symlink'; readonly name: string; readonly target: string }

const EPOCH = new Date(0)

function headerOf(entry: TarEntry): Partial<Header> & { readonly name: string } {
  const common = { uid: 0, gid: 0, uname: '', gname: '', mtime: EPOCH }
  switch (entry.type) {
    case 'file':
      return {
        ...common,
        name: entry.name,
        type: 'file',
        mode: entry.isExecutable ? 0o755 : 0o644,
        size: entry.content.length
      }
    case 'directory':
      return { ...common, name: `${entry.name}/`, type: 'directory', mode: entry.mode ?? 0o755 }
    case 'symlink':
      return { ...common, name: entry.name, type: 'symlink', linkname: entry.target, mode: 0o777 }
  }
}

/** An archive of the entries in the order in which they are given. */
export async function makeTar(entries: Iterable<TarEntry>): Promise<Uint8Array> {
  const pack = tar.pack()
  const bytes = buffer(pack)
  for (const entry of entries) {
    const content = Buffer.from(entry.type === 'file' ? entry.content : [])
    await new Promise<void>((resolve, reject) => {
      pack.entry(headerOf(entry), content, error => (error ? reject(error) : resolve()))
    })
  }
  pack.finalize()
  const packed = await bytes
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.length)
}

/** One entry of an archive that is read. */
export interface ReadEntry {
  readonly name: string
  readonly type: Header['type']
  readonly sizeBytes: number
  /** Its bytes; what is not taken before the next entry is passed over. */
  readonly content: AsyncIterable<Uint8Array>
}

async function* chunksOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of entry) if (chunk instanceof Uint8Array) yield chunk
}

/** Reads an archive as it comes. */
export async function* readTar(archive: AsyncIterable<Uint8Array | string>): AsyncGenerator<ReadEntry> {
  const extract = tar.extract()
  const source = Readable.from(archive)
  source.on('error', error => extract.destroy(error))
  source.on('data', (chunk: Uint8Array) => {
    if (!extract.write(chunk)) source.pause()
  })
  source.on('end', () => extract.end(undefined))
  extract.on('drain', () => source.resume())
  try {
    for await (const entry of extract) {
      const { name, type, size } = entry.header
      yield { name, type, sizeBytes: size, content: chunksOf(entry) }
      entry.resume()
    }
  } finally {
    source.destroy()
  }
}
