/**
 * Sources of others that modules are built from, each one file known by its SHA-256: Debian's by apt, npm's by npm, whichever
 * mirrors this machine is set up for. Only whoever builds such a module anew needs them.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** One archive, and who has it. */
export type Source = { readonly file: string; readonly sha256: string } & (
  | { readonly debian: string }
  | { readonly npm: string }
)

/** bzip2 1.0.8 (BSD-like licence). */
export const BZIP2: Source = {
  debian: 'bzip2',
  file: 'bzip2_1.0.8.orig.tar.gz',
  sha256: 'ab5a03176ee106d3f0fa90e381da478ddae405918153cca248e682cd0c4a2269'
}

/** flite 2.2 (BSD-like licence). */
export const FLITE: Source = {
  debian: 'flite',
  file: 'flite_2.2.orig.tar.gz',
  sha256: 'ab1555fe5adc3f99f1d4a1a0eb1596d329fd6d74f1464a0097c81f53c0cf9e5c'
}

/** SQLite 3.53.2 in one file (public domain), as better-sqlite3 carries it. */
export const SQLITE: Source = {
  npm: 'better-sqlite3@12.11.1',
  file: 'better-sqlite3-12.11.1.tgz',
  sha256: 'ebf0ed75a7a59dbcb3b24bbd014ef49d9f15bc328e4adcbf516f2a8fadfa2835'
}

/** Unpacks a source's archive below `folder`; its only folder at the top is where it lies. */
export async function unpack(source: Source, folder: string): Promise<string> {
  const download = 'debian' in source ? fromDebian(source.debian, folder) : fromNpm(source.npm, folder)
  // Debian keeps patches beside the original; whether they are still there does not matter here.
  const failure = await download.then(
    () => undefined,
    error => error
  )
  const bytes = await readFile(join(folder, source.file)).catch(cause => {
    throw new Error(`${source.file} could not be had`, { cause: failure ?? cause })
  })
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== source.sha256) throw new Error(`${source.file} is another one: SHA-256 ${found}`)
  const root = join(folder, 'source')
  await mkdir(root)
  await run('tar', ['-xzf', join(folder, source.file), '-C', root])
  const [top] = await readdir(root)
  if (top === undefined) throw new Error(`${source.file} is empty`)
  return join(root, top)
}

async function fromNpm(name: string, folder: string): Promise<void> {
  await run('npm', ['pack', '--silent', '--ignore-scripts', name], { cwd: folder })
}

/** apt's own lists hold no sources as a rule: it is given the same servers, asked for sources, in a folder of its own. */
async function fromDebian(name: string, folder: string): Promise<void> {
  const state = join(folder, 'apt')
  for (const path of ['parts', 'lists/partial', 'cache/archives/partial'])
    await mkdir(join(state, path), { recursive: true })
  const lists = [
    ...(await textsOf('/etc/apt/sources.list.d')),
    await readFile('/etc/apt/sources.list', 'utf8').catch(() => '')
  ]
  for (const [at, text] of lists.entries()) {
    const isModern = /^Types:/m.test(text)
    const asked = isModern ? text.replace(/^Types:.*$/gm, 'Types: deb-src') : text.replace(/^deb /gm, 'deb-src ')
    await writeFile(join(state, 'parts', `${at}.${isModern ? 'sources' : 'list'}`), asked)
  }
  const options = [
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${join(state, 'parts')}`,
    `Dir::State::Lists=${join(state, 'lists')}`,
    `Dir::Cache=${join(state, 'cache')}`,
    'APT::Sandbox::User=root'
  ].flatMap(option => ['-o', option])
  await run('apt-get', [...options, '-qq', 'update'])
  await run('apt-get', [...options, '-qq', 'source', '--download-only', name], { cwd: folder })
}

async function textsOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(name => /\.(sources|list)$/.test(name)).sort()
  return Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
}
