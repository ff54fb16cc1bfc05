/** Whether a module would be run: its module.json, and its program by the very rules that a runner admits programs by. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MODULE_FILE, type Module, ModuleError, parseModule } from '../../../protocols/module/module.ts'
import { rejected } from '../../../protocols/run/errors.ts'
import { instrument } from '../../../protocols/run/instrument/instrument.ts'
import { limitsOf } from '../../../protocols/run/spec.ts'
import { checkImage } from '../run/docker/policy.ts'

/**
 * Checks a module's folder.
 *
 * @throws MODULE_*; RUN_REJECTED with the rule that its program breaks
 */
export async function checkModuleFolder(folder: string): Promise<Module> {
  const text = await readFile(join(folder, MODULE_FILE), 'utf8').catch(cause => {
    throw new ModuleError('MODULE_NOT_FOUND', `no ${MODULE_FILE} in ${folder}`, { cause })
  })
  const module = parseModule(text)
  const entrypoint = join(folder, module.entrypoint)
  if (module.runtime === 'lily-wasi/1') checkProgram(await read(entrypoint, module), module)
  else
    await checkImage(createReadStream(entrypoint).on('error', () => {})).catch(error =>
      Promise.reject(missing(error, module))
    )
  return module
}

async function read(path: string, module: Module): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readFile(path).catch(error => {
    throw missing(error, module)
  })
  return new Uint8Array(bytes)
}

/** As a runner does: an engine has to find the program well formed before the pass reads it. */
function checkProgram(wasm: Uint8Array<ArrayBuffer>, module: Module): void {
  if (!WebAssembly.validate(wasm)) throw rejected('malformed', `${module.entrypoint} is no valid WebAssembly module`)
  instrument(wasm, { memoryBytes: limitsOf(module).memoryBytes })
}

function missing(error: unknown, { name, entrypoint }: Module): unknown {
  const isGone = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')
  if (!isGone) return error
  return new ModuleError('MODULE_ENTRYPOINT_MISSING', `module ${name} names the entrypoint ${entrypoint}: no such file`)
}
