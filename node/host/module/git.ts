/**
 * Modules in git repositories, as Lilypad names them. A reference is resolved to a commit once, here; what is then run is
 * bytes with a CID, so a tag that moves later moves nothing.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LilypadError } from '../../../protocols/lilypad/errors.ts'
import type { ModuleReference } from '../../../protocols/lilypad/reference.ts'
import type { AbortOptions } from '../../market/ports.ts'

const run = promisify(execFile)

/** A repository that does not answer must not hold a command for ever. */
const TIMEOUT_MS = 120_000

/** A folder with one commit's files. */
export interface Checkout {
  readonly folder: string
  readonly commit: string
}

/**
 * Fetches one commit of a repository, without its history, and lays its files under `<home>/repos`.
 *
 * @throws LILYPAD_NO_REPOSITORY, LILYPAD_NOT_A_MODULE when there is no such tag, branch or commit
 */
export async function checkOut(
  reference: ModuleReference,
  home: string,
  options: AbortOptions = {}
): Promise<Checkout> {
  const base = join(home, 'repos', ...reference.path)
  if (isCommit(reference.ref)) {
    const folder = join(base, reference.ref)
    // A commit is its content: once it is here nobody need be asked.
    if (await isFolder(folder)) return { folder, commit: reference.ref }
  }
  await mkdir(base, { recursive: true })
  const partial = await mkdtemp(join(base, '.partial-'))
  const git = (...args: readonly string[]) => runGit(args, partial, options)
  try {
    await git('init', '--quiet')
    await fetchCommit(reference, git)
    const commit = (await git('rev-parse', 'FETCH_HEAD^{commit}')).trim()
    await git('-c', 'core.symlinks=false', 'checkout', '--quiet', '--detach', commit)
    const folder = join(base, commit)
    await rename(partial, folder).catch(async error => {
      // Another command has just brought the same commit.
      if (!(await isFolder(folder))) throw error
    })
    return { folder, commit }
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function fetchCommit({ url, ref, name }: ModuleReference, git: (...args: string[]) => Promise<string>) {
  try {
    await git('fetch', '--quiet', '--depth', '1', '--no-tags', '--no-recurse-submodules', '--', url, ref)
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : ''
    if (/couldn't find remote ref|not our ref|no such ref/i.test(words))
      throw new LilypadError('LILYPAD_NOT_A_MODULE', `${url} has no tag, branch or commit "${ref}"`, { cause })
    throw new LilypadError(
      'LILYPAD_NO_REPOSITORY',
      `${name}: git cannot reach ${url}; where there is no network give the folder of a checkout instead`,
      { cause }
    )
  }
}

async function runGit(args: readonly string[], cwd: string, { signal }: AbortOptions): Promise<string> {
  const env = {
    ...process.env,
    // Nobody is asked for a password, and nothing but the repository's own files is brought.
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_ALLOW_PROTOCOL: process.env.GIT_ALLOW_PROTOCOL ?? 'https',
    LC_ALL: 'C'
  }
  try {
    const { stdout } = await run('git', [...args], { cwd, env, timeout: TIMEOUT_MS, ...(signal ? { signal } : {}) })
    return stdout
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new LilypadError('LILYPAD_NO_REPOSITORY', 'there is no git on this machine: give the folder of a checkout')
    throw error
  }
}

function isCommit(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref)
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}
