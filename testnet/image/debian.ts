/**
 * The files of Debian packages, for an image that is made without a registry, without root and without Docker: apt
 * downloads, dpkg-deb unpacks, and the image is written in one order (node/host/run/docker/image.ts).
 */
import { execFile } from 'node:child_process'
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TarEntry } from '../../node/host/run/docker/tar.ts'

const run = promisify(execFile)

/** Documentation and the like: no program reads it. */
const NEVER: readonly string[] = ['usr/share/doc', 'usr/share/man', 'usr/share/lintian', 'usr/share/bug']

/** What of the packages is taken. */
export interface DebianFilesOptions {
  /** Paths without a leading slash; what is below is left out. */
  readonly except?: readonly string[]
  /** If given, only these paths, what is below them, and the folders above. */
  readonly only?: readonly string[]
}

function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`)
}

function isTaken(path: string, { except = [], only }: DebianFilesOptions): boolean {
  if ([...NEVER, ...except].some(top => isBelow(path, top))) return false
  return only === undefined || only.some(top => isBelow(path, top) || isBelow(top, path))
}

async function* walk(root: string, folder: string, options: DebianFilesOptions): AsyncGenerator<TarEntry> {
  // By bytes, not by locale: the order is part of the image's id.
  const names = (await readdir(join(root, folder))).sort((a, b) => (a < b ? -1 : 1))
  for (const entry of names) {
    const name = folder === '' ? entry : `${folder}/${entry}`
    if (!isTaken(name, options)) continue
    const path = join(root, name)
    const stat = await lstat(path)
    if (stat.isSymbolicLink()) yield { type: 'symlink', name, target: await readlink(path) }
    else if (stat.isFile()) {
      yield { type: 'file', name, content: await readFile(path), isExecutable: (stat.mode & 0o111) !== 0 }
    } else if (stat.isDirectory()) {
      yield { type: 'directory', name }
      yield* walk(root, name, options)
    }
  }
}

/**
 * Downloads packages of the machine's Debian (not what they depend on) and gives their files, in order.
 *
 * @param packages each with its options
 */
export async function debianFiles(packages: Readonly<Record<string, DebianFilesOptions>>): Promise<TarEntry[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lilynode-deb-'))
  try {
    const files = new Map<string, TarEntry>()
    for (const [name, options] of Object.entries(packages)) {
      const cwd = await mkdtemp(join(folder, 'package-'))
      await run('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', name], { cwd })
      const [archive] = await readdir(cwd)
      if (archive === undefined) throw new Error(`apt-get downloaded nothing for ${name}`)
      const root = join(cwd, 'root')
      await run('dpkg-deb', ['-x', archive, root], { cwd })
      for await (const entry of walk(root, '', options)) files.set(entry.name, entry)
    }
    return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
