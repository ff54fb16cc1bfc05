/** The built page in memory, each file with its type and its gzip: small, and never read by a path that a request names. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { LilyError } from '../../../protocols/core/errors.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml'
}

/** One file of the page. */
export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array
  readonly gzip: Uint8Array | undefined
  /** Whether its name holds its hash. */
  readonly isImmutable: boolean
}

/** Every file below the folder, by the path under which it is asked for. @throws LilyError LIGHT_NOT_BUILT */
export async function readPage(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const files = new Map<string, PageFile>()
  for (const name of names) {
    const path = name.split(sep).join('/')
    const type = TYPES[extname(path)]
    if (type === undefined) continue
    const bytes = await readFile(join(folder, name))
    const isText = type !== 'image/png'
    const file = { type, bytes, gzip: isText ? await zip(bytes) : undefined, isImmutable: path.startsWith('assets/') }
    files.set(`/${path}`, file)
    if (path === 'index.html') files.set('/', file)
  }
  if (files.has('/')) return files
  throw new LilyError('LIGHT_NOT_BUILT', `the light client is not in ${folder}: make it with \`npm run build:light\``)
}

const zip = promisify(gzip)
