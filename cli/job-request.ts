/** From the arguments of `submit` to a job: whatever can be found wrong without a network is found here. */
import { access, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { JobRequest } from '../node/market/api.ts'
import type { Address } from '../protocols/core/account.ts'
import { parseCid } from '../protocols/core/cid.ts'
import { LilyError } from '../protocols/core/errors.ts'
import { checkFiles, resolveValues } from '../protocols/module/inputs.ts'
import { MODULE_FILE, ModuleError, parseModule } from '../protocols/module/module.ts'
import { present } from './present.ts'

/** The flags that describe a job. */
export interface JobFlags {
  readonly input?: Readonly<Record<string, string>>
  readonly inputFile?: Readonly<Record<string, string>>
  readonly target?: Address
  /** Basis points. */
  readonly verify?: number
  readonly maxPrice?: bigint
  readonly tip?: number
  readonly collateral?: number
  /** Blocks. */
  readonly wait?: number
}

/**
 * The job of the command line. A module on disk is read and its inputs are checked; one that is named by its CID is
 * checked by the node, which has to fetch it first.
 *
 * @throws LilyError MODULE_*, INPUT_FILE_NOT_FOUND
 */
export async function jobRequest(module: string, flags: JobFlags): Promise<JobRequest> {
  const values = flags.input ?? {}
  const files = await inputFiles(flags.inputFile ?? {})
  const folder = await moduleFolder(module)
  if (folder !== undefined) await checkModule(folder, values, Object.keys(files))
  return {
    ...(folder === undefined ? { module: parseCid(module).toString() } : { modulePath: folder }),
    values,
    files,
    ...present({
      target: flags.target,
      verifyBps: flags.verify,
      maxPriceWei: flags.maxPrice,
      tipTicks: flags.tip,
      collateralTimes: flags.collateral,
      waitBlocks: flags.wait
    })
  }
}

/** @throws LilyError OUTPUT_EXISTS when there is something in the folder that a result is to be copied to */
export async function checkOutFolder(folder: string): Promise<void> {
  const entries = await readdir(folder).catch(() => [])
  if (entries.length > 0) throw new LilyError('OUTPUT_EXISTS', `${folder} is not empty: name a new folder with --out`)
}

/** The absolute path of the module's folder, or undefined for a CID. @throws LilyError MODULE_NOT_FOUND */
async function moduleFolder(module: string): Promise<string | undefined> {
  const path = resolve(module)
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return path
  if (found?.isFile() && path.endsWith(`/${MODULE_FILE}`)) return resolve(path, '..')
  if (found !== undefined) throw notFound(`${module} is no ${MODULE_FILE} and no folder with one`)
  if (isCid(module)) return undefined
  throw notFound(`there is no file or folder "${module}", and it is no CID`)
}

async function checkModule(folder: string, values: Readonly<Record<string, string>>, files: readonly string[]) {
  const text = await readFile(join(folder, MODULE_FILE), 'utf8').catch(() => undefined)
  if (text === undefined) throw notFound(`there is no ${MODULE_FILE} in ${folder}`)
  const parsed = parseModule(text)
  resolveValues(parsed, values)
  checkFiles(parsed, files)
  const entrypoint = join(folder, parsed.entrypoint)
  await access(entrypoint).catch(cause => {
    const message = `module ${parsed.name} names the entrypoint ${parsed.entrypoint}, which is not in ${folder}`
    throw new ModuleError('MODULE_ENTRYPOINT_MISSING', message, { cause })
  })
}

/** Paths as absolute ones, since the node's working directory may be another; CIDs as they are. */
async function inputFiles(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const out: Record<string, string> = {}
  for (const [name, source] of Object.entries(files)) {
    const path = resolve(source)
    const isThere = await access(path).then(
      () => true,
      () => false
    )
    if (!isThere && !isCid(source)) {
      throw new LilyError('INPUT_FILE_NOT_FOUND', `input "${name}": there is no file "${source}", and it is no CID`)
    }
    out[name] = isThere ? path : source
  }
  return out
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
