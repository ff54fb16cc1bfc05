/**
 * What a user means by a module: a folder, a CID, a published name, or a module of Lilypad's in a folder or a repository.
 * Whatever it is, it comes out as a folder with a module.json or as a CID, checked as far as can be without a network.
 */
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { checkOut } from '../../node/host/module/git.ts'
import { isLilypadCheckout, prepareLilypadJob } from '../../node/host/module/lilypad.ts'
import { homeFolder } from '../../node/host/profile.ts'
import type { NodeApi } from '../../node/market/api.ts'
import { parseCid } from '../../protocols/core/cid.ts'
import { isLilyError, LilyError } from '../../protocols/core/errors.ts'
import { TEMPLATE_FILE } from '../../protocols/lilypad/job.ts'
import { looksNamed, parseReference, splitName } from '../../protocols/lilypad/reference.ts'
import { MODULE_FILE, ModuleError, parseModule } from '../../protocols/module/module.ts'
import type { Context } from '../context.ts'
import { present } from '../present.ts'

/** What a user gives a module. */
export interface ModuleFlags {
  readonly input?: Readonly<Record<string, string>>
  readonly inputFile?: Readonly<Record<string, string>>
  /** A folder with the input files of a module of Lilypad's. */
  readonly inputsPath?: string
  readonly dockerHost?: string
}

/** A module that was found, until it is disposed of. */
export type OpenModule = {
  readonly values: Readonly<Record<string, string>>
  /** Input files by the names of the module.json: absolute paths, or CIDs. */
  readonly files: Readonly<Record<string, string>>
  dispose(): Promise<void>
} & ({ readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'cid'; readonly cid: string })

/** Gives a node to ask, opening it when it is first needed. */
export type ApiSource = () => Promise<NodeApi>

/**
 * Finds a module.
 *
 * @param api for names and for data by CID; a folder needs none
 * @throws LilyError MODULE_*, LILYPAD_*, INPUT_FILE_NOT_FOUND
 */
export async function openModule(
  text: string,
  flags: ModuleFlags,
  context: Context,
  api: ApiSource
): Promise<OpenModule> {
  const folder = await folderOf(text)
  if (folder === undefined) return openNamed(text, flags, context, api)
  if (!(await isThere(join(folder, MODULE_FILE))) && (await isLilypadCheckout(folder)))
    return openLilypad({ checkout: folder, name: basename(folder), version: 'local' }, flags, context, api)
  return { kind: 'folder', folder, ...(await given(await filesApart(folder, flags))) }
}

async function openNamed(text: string, flags: ModuleFlags, context: Context, api: ApiSource): Promise<OpenModule> {
  if (isCid(text)) return { kind: 'cid', cid: parseCid(text).toString(), ...(await given(flags)) }
  if (!looksNamed(text)) throw notFound(`there is no file or folder "${text}", and it is no CID and no name:version`)
  const published = await publishedModule(text, context, api)
  if (published !== undefined) return { kind: 'cid', cid: published, ...(await given(flags)) }
  const reference = parseReference(text)
  context.io.step(`${text}: fetching ${reference.url}`)
  const { folder, commit } = await checkOut(reference, homeFolder(context.env), present({ signal: context.signal }))
  context.io.note(`${text} is commit ${commit} of ${reference.url}`)
  const name = reference.path.at(-1)?.replace(/^lilypad-module-/, '') ?? text
  return openLilypad({ checkout: folder, name, version: reference.ref }, flags, context, api)
}

/** The CID of a published name; undefined when it may still be one of Lilypad's. */
async function publishedModule(text: string, context: Context, api: ApiSource): Promise<string | undefined> {
  const named = splitName(text)
  if (named === undefined) return undefined
  const { name, version } = named
  try {
    const found = await (await api()).module(name, version, { signal: context.signal })
    context.io.note(`${text} is ${found.module}, published by ${found.author}`)
    return found.module
  } catch (error) {
    // Without a network of ours there is no registry, and a short name can only be one of Lilypad's.
    const isUnknown = isLilyError(error, 'MODULE_UNPUBLISHED') || isLilyError(error, 'CONFIG_NO_NETWORK')
    if (!isUnknown || name.includes('/')) throw error
    return undefined
  }
}

async function openLilypad(
  source: { readonly checkout: string; readonly name: string; readonly version: string },
  flags: ModuleFlags,
  { io, signal }: Context,
  api: ApiSource
): Promise<OpenModule> {
  const files = { ...(await filesUnder(flags.inputsPath)), ...(await paths(flags.inputFile ?? {}, false)) }
  const prepared = await prepareLilypadJob(
    {
      ...source,
      values: flags.input ?? {},
      files,
      docker: present({ host: flags.dockerHost }),
      fetch: async (cid, path, options) => (await api()).saveContent(cid, path, options)
    },
    { signal }
  )
  for (const note of prepared.notes) io.note(`${source.name}: ${note}`)
  const { folder, files: inputs, dispose } = prepared
  return { kind: 'folder', folder, values: {}, files: inputs, dispose }
}

/** The absolute path of a module's folder, or undefined where there is nothing. @throws MODULE_NOT_FOUND */
async function folderOf(text: string): Promise<string | undefined> {
  const path = resolve(text)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || found.isDirectory()) return found === undefined ? undefined : path
  if ([MODULE_FILE, TEMPLATE_FILE].includes(basename(path))) return resolve(path, '..')
  throw notFound(`${text} is no ${MODULE_FILE} and no folder with one`)
}

/** An input that the module declares as a file may be given like any other: `--input photo=me.jpg`. */
async function filesApart(folder: string, flags: ModuleFlags): Promise<ModuleFlags> {
  const text = await readFile(join(folder, MODULE_FILE), 'utf8').catch(() => undefined)
  if (text === undefined || flags.input === undefined) return flags
  const { inputs } = parseModule(text)
  const isFile = (name: string) => Object.hasOwn(inputs, name) && inputs[name]?.type === 'file'
  const entries = Object.entries(flags.input)
  const files = Object.fromEntries(entries.filter(([name]) => isFile(name)))
  const values = Object.fromEntries(entries.filter(([name]) => !isFile(name)))
  return { ...flags, input: values, inputFile: { ...files, ...flags.inputFile } }
}

async function given(flags: ModuleFlags) {
  if (flags.inputsPath !== undefined)
    throw new LilyError('INPUT_UNKNOWN', "--inputs-path is for Lilypad's modules: give --input-file name=path")
  return { values: flags.input ?? {}, files: await paths(flags.inputFile ?? {}, true), dispose: async () => {} }
}

/** Paths as absolute ones, since the node's working directory may be another; CIDs as they are. */
async function paths(files: Readonly<Record<string, string>>, isCidGood: boolean): Promise<Record<string, string>> {
  const out: Record<string, string> = {}
  for (const [name, source] of Object.entries(files)) {
    const path = resolve(source)
    const found = await isThere(path)
    if (!found && !(isCidGood && isCid(source)))
      throw new LilyError('INPUT_FILE_NOT_FOUND', `input "${name}": there is no file "${source}", and it is no CID`)
    out[name] = found ? path : source
  }
  return out
}

async function filesUnder(folder: string | undefined): Promise<Record<string, string>> {
  if (folder === undefined) return {}
  const entries = await readdir(resolve(folder), { withFileTypes: true }).catch(cause => {
    throw new LilyError('INPUT_FILE_NOT_FOUND', `there is no folder "${folder}"`, { cause })
  })
  const other = entries.find(entry => !entry.isFile())
  if (other !== undefined)
    throw new LilyError('INPUT_NOT_FOUND', `"${other.name}" in ${folder} is no file: input files lie side by side`)
  return Object.fromEntries(entries.map(({ name }) => [name, resolve(folder, name)]))
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}

function isCid(text: string): boolean {
  try {
    parseCid(text)
    return true
  } catch {
    return false
  }
}

function notFound(message: string): ModuleError {
  return new ModuleError('MODULE_NOT_FOUND', message)
}
