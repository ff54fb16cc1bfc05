/** From a checkout of a Lilypad module and a user's inputs to a module's folder of ours, which then goes the way of any other. */
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { LilypadError } from '../../../protocols/lilypad/errors.ts'
import { cannotHonour } from '../../../protocols/lilypad/fields.ts'
import { checkInputFiles, MAX_INPUT_FILES_BYTES } from '../../../protocols/lilypad/input-files.ts'
import { type LilypadModule, notAModule, readLilypadModule, TEMPLATE_FILE } from '../../../protocols/lilypad/job.ts'
import { inputNameOf, moduleJson, type Program } from '../../../protocols/lilypad/module-json.ts'
import { renderJson } from '../../../protocols/lilypad/template/json.ts'
import { MODULE_FILE } from '../../../protocols/module/module.ts'
import type { AbortOptions } from '../../market/ports.ts'
import { saveImage } from './image.ts'

const MAX_TEMPLATE_BYTES = 256 * 1024

/** What a Lilypad job is made of. */
export interface LilypadJob {
  /** The folder with the template. */
  readonly checkout: string
  readonly name: string
  readonly version: string
  readonly values: Readonly<Record<string, string>>
  /** Input files by their names: paths. */
  readonly files: Readonly<Record<string, string>>
  readonly docker?: { readonly host?: string }
  /** Brings what a CID names to a path. */
  readonly fetch: (cid: string, path: string, options: AbortOptions) => Promise<void>
}

/** A folder of ours that runs it, until it is disposed of. */
export interface PreparedLilypadJob {
  readonly folder: string
  /** Input files by the names that the folder's module.json gives them. */
  readonly files: Readonly<Record<string, string>>
  readonly notes: readonly string[]
  dispose(): Promise<void>
}

/** Whether a folder is a module of Lilypad's. */
export async function isLilypadCheckout(folder: string): Promise<boolean> {
  const found = await lstat(join(folder, TEMPLATE_FILE)).catch(() => undefined)
  return found?.isFile() === true
}

/**
 * Fills the template, checks what it asks for, and lays a module's folder beside the user's files.
 *
 * @throws LILYPAD_*, and what `fetch` throws
 */
export async function prepareLilypadJob(job: LilypadJob, options: AbortOptions = {}): Promise<PreparedLilypadJob> {
  const module = readLilypadModule(renderJson(await readTemplate(job.checkout), job.values))
  const given = await readFiles(job.files)
  checkInputFiles(module.inputFiles, given)
  const home = await mkdtemp(join(tmpdir(), 'lilynode-lilypad-'))
  try {
    const folder = join(home, 'module')
    await mkdir(folder)
    const stored = await storedFiles(module, home, job, options)
    const paths = new Map([...Object.entries(job.files), ...stored])
    if (paths.size < given.length + stored.length)
      throw new LilypadError('LILYPAD_INPUT_FILE', 'two input files have the same name')
    const program = await programOf(module, folder, job, options)
    const names = [...paths.keys()].sort()
    const { name, version } = job
    await writeFile(join(folder, MODULE_FILE), moduleJson(module, program, { name, version, files: names }))
    const files = Object.fromEntries(names.map((fileName, i) => [inputNameOf(i), paths.get(fileName) ?? '']))
    return { folder, files, notes: module.notes, dispose: () => rm(home, { recursive: true, force: true }) }
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
}

async function readTemplate(checkout: string): Promise<string> {
  const path = join(checkout, TEMPLATE_FILE)
  // A link could name any file of this machine.
  const found = await lstat(path).catch(() => undefined)
  if (found?.isFile() !== true) throw notAModule(checkout, `there is no ${TEMPLATE_FILE}`)
  if (found.size > MAX_TEMPLATE_BYTES) throw notAModule(checkout, `${TEMPLATE_FILE} is larger than 256 KiB`)
  return readFile(path, 'utf8')
}

async function readFiles(files: Readonly<Record<string, string>>) {
  return Promise.all(
    Object.entries(files).map(async ([name, path]) => {
      const found = await stat(path).catch(() => undefined)
      if (found?.isFile() !== true)
        throw new LilypadError('LILYPAD_INPUT_FILE', `input file "${name}": no file ${path}`)
      if (found.size > MAX_INPUT_FILES_BYTES)
        throw new LilypadError('LILYPAD_INPUT_FILE', `input file "${name}": larger than 10 MiB`)
      return { name, bytes: new Uint8Array(await readFile(path)) }
    })
  )
}

/** The job's inputs by CID as files: name to path. */
async function storedFiles(
  { inputs }: LilypadModule,
  home: string,
  { fetch }: LilypadJob,
  options: AbortOptions
): Promise<(readonly [string, string])[]> {
  const files: (readonly [string, string])[] = []
  for (const [i, { cid, name }] of inputs.entries()) {
    const path = join(home, `input-${i}`)
    await fetch(cid.toString(), path, options)
    const isFolder = (await stat(path)).isDirectory()
    if (name !== undefined && isFolder)
      throw cannotHonour(`Inputs[${i}].Path`, `${cid} is a folder: it can lie at /inputs only`)
    if (name !== undefined) files.push([name, path])
    else if (!isFolder) throw cannotHonour(`Inputs[${i}].Path`, `${cid} is a file: give it a name, as /inputs/data.csv`)
    else files.push(...(await filesOf(path, i)))
  }
  return files
}

async function filesOf(folder: string, input: number): Promise<(readonly [string, string])[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.map(entry => {
    if (!entry.isFile())
      throw cannotHonour(`Inputs[${input}].CID`, `it holds the folder "${entry.name}", and /inputs holds files only`)
    return [entry.name, join(folder, entry.name)] as const
  })
}

async function programOf(
  { engine }: LilypadModule,
  folder: string,
  { docker = {}, fetch }: LilypadJob,
  options: AbortOptions
): Promise<Program> {
  const { env } = engine
  if (engine.kind === 'wasm') {
    const file = join(folder, 'module.wasm')
    await fetch(engine.module.toString(), file, options)
    if (!(await stat(file)).isFile()) throw cannotHonour('Wasm.EntryModule', 'its CID is a folder, not a program')
    return { runtime: 'lily-wasi/1', entrypoint: basename(file), args: engine.parameters, env }
  }
  const file = join(folder, 'image.tar')
  const image = await saveImage(engine.image, engine.workingDirectory, file, docker, options)
  // As an engine has it: who names another program takes the image's arguments away as well.
  const own = engine.entrypoint === undefined
  const words = engine.parameters.length > 0 ? engine.parameters : own ? image.command : []
  const args = [...(engine.entrypoint ?? image.entrypoint), ...words]
  return { runtime: 'docker/linux-amd64', entrypoint: basename(file), args, env }
}
