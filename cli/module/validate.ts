/** `lilynode module validate` and `build`: whether a module would be run, and its own way of being made. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Bench } from '../../node/host/module/bench.ts'
import { checkModuleFolder } from '../../node/host/module/check.ts'
import { ModuleError } from '../../protocols/module/module.ts'
import type { Context } from '../context.ts'
import { labelled } from '../describe.ts'
import { type LocalModule, withLocalModule } from './local-folder.ts'
import type { ModuleFlags } from './open.ts'

/** Checks a module; says what it is, and which CID it has. */
export async function validateModule(text: string, flags: ModuleFlags, context: Context): Promise<void> {
  await withLocalModule(text, flags, context, module => validateFolder(module, context))
}

async function validateFolder({ folder }: LocalModule, { io, signal }: Context): Promise<void> {
  const module = await checkModuleFolder(folder)
  const bench = await Bench.open()
  try {
    const cid = (await bench.addModule(folder, { signal })).toString()
    const { name, version, runtime, entrypoint, inputs } = module
    const words = Object.entries(inputs).map(([input, { type, default: given }]) =>
      given === undefined ? `${input} (${type})` : `${input} (${type}, else ${JSON.stringify(given)})`
    )
    const text = labelled([
      ['valid', `${name}:${version}`],
      ['runtime', runtime],
      ['program', entrypoint],
      ['inputs', words.join('\n') || 'none'],
      ['module', cid]
    ])
    io.answer(text, { type: 'module', name, version, runtime, entrypoint, module: cid, inputs })
  } finally {
    await bench.close()
  }
}

/** How a module says that it is built, and what runs that; the first that is there. */
const BUILDS: readonly (readonly [file: string, program: string])[] = [
  ['build.ts', process.execPath],
  ['build.mjs', process.execPath],
  ['build.sh', '/bin/sh']
]

/** Runs a module's own build and checks what came of it. @throws MODULE_NO_BUILD, MODULE_BUILD_FAILED, MODULE_* */
export async function buildModule(path: string, context: Context): Promise<void> {
  const folder = await folderOf(path)
  const build = await buildOf(folder)
  if (build === undefined) {
    const names = BUILDS.map(([file]) => file).join(', ')
    throw new ModuleError('MODULE_NO_BUILD', `${folder} says not how it is built: it needs one of ${names}`)
  }
  const [file, program] = build
  context.io.step(`running ${file}`)
  // Its words are remarks: the answer is what was made.
  const child = spawn(program, [join(folder, file)], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    signal: context.signal,
    env: { ...process.env, ...context.env }
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new ModuleError('MODULE_BUILD_FAILED', `${file} ended with ${code ?? child.signalCode}`)
  await validateFolder({ folder, values: {}, files: {} }, context)
}

async function folderOf(path: string): Promise<string> {
  const full = resolve(path)
  const found = await stat(full).catch(() => undefined)
  if (found === undefined) throw new ModuleError('MODULE_NOT_FOUND', `there is no file or folder "${path}"`)
  return found.isDirectory() ? full : dirname(full)
}

async function buildOf(folder: string) {
  for (const build of BUILDS) if ((await stat(join(folder, build[0])).catch(() => undefined))?.isFile()) return build
  return undefined
}
