/** From the arguments of `submit` to a job: whatever can be found wrong without a network is found here. */
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobRequest } from '../node/market/api.ts'
import type { Address } from '../protocols/core/account.ts'
import { LilyError } from '../protocols/core/errors.ts'
import { checkFiles, resolveValues } from '../protocols/module/inputs.ts'
import { MODULE_FILE, ModuleError, parseModule } from '../protocols/module/module.ts'
import type { OpenModule } from './module/open.ts'
import { present } from './present.ts'

/** The flags that describe a job. */
export interface JobFlags {
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
 * The job of the command line. A module on disk is read and its inputs are checked; one that is a CID is checked by the
 * node, which has to fetch it first.
 *
 * @throws LilyError MODULE_*
 */
export async function jobRequest(module: OpenModule, flags: JobFlags): Promise<JobRequest> {
  const { values, files } = module
  if (module.kind === 'folder') await checkModule(module.folder, values, Object.keys(files))
  return {
    ...(module.kind === 'cid' ? { module: module.cid } : { modulePath: module.folder }),
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

function notFound(message: string): ModuleError {
  return new ModuleError('MODULE_NOT_FOUND', message)
}
