/** `lilynode module init`: a new module's folder with a program that works, and what it takes to make it one's own. */
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { LilyError } from '../../protocols/core/errors.ts'
import { MODULE_FILE, parseModule } from '../../protocols/module/module.ts'
import type { Context } from '../context.ts'
import { packageFile } from '../package.ts'

/** The module that new ones begin as. */
const MODEL = ['testnet', 'modules', 'cowsay'] as const

const BUILD = `#!/bin/sh
# Builds main.wasm: a WASI command. Debian: clang lld wasi-libc libclang-rt-14-dev-wasm32
set -e
clang --target=wasm32-wasi -O2 -ftls-model=local-exec -Wall -Wl,--strip-all -o main.wasm main.c
`

/** Makes the folder. @throws OUTPUT_EXISTS when there is something in it, MODULE_BAD_FIELD for a bad name */
export async function initModule(path: string, { io }: Context): Promise<void> {
  const folder = resolve(path)
  const name = basename(folder)
  const json = moduleJson(name)
  parseModule(json)
  if ((await readdir(folder).catch(() => [])).length > 0)
    throw new LilyError('OUTPUT_EXISTS', `${folder} is not empty: name a new folder`)
  await mkdir(folder, { recursive: true })
  await copyFile(packageFile(...MODEL, 'cowsay.c'), join(folder, 'main.c'))
  await copyFile(packageFile(...MODEL, 'cowsay.wasm'), join(folder, 'main.wasm'))
  await writeFile(join(folder, MODULE_FILE), json)
  await writeFile(join(folder, 'build.sh'), BUILD, { mode: 0o755 })
  await writeFile(join(folder, 'README.md'), readme(name))
  const next = `try it: lilynode module run ${path} -i Message=moo`
  io.answer(`${folder} is a module that says what it is told; ${next}`, { type: 'module', name, folder })
}

function moduleJson(name: string): string {
  const module = {
    name,
    version: '0.1.0',
    description: 'Says what it is told.',
    runtime: 'lily-wasi/1',
    entrypoint: 'main.wasm',
    args: ['--', '{{Message}}'],
    inputs: { Message: { type: 'string', description: 'what it says', default: 'hello' } },
    machine: { cpuMilli: 1000, memoryMiB: 16, diskMiB: 1 },
    limits: { gas: 1_000_000_000, memoryMiB: 16, outputMiB: 1, outputFiles: 10, logKiB: 1024, wallSec: 30 }
  }
  return `${JSON.stringify(module, null, 2)}\n`
}

function readme(name: string): string {
  return `# ${name}

A module for lilynode. \`module.json\` says what is run and which inputs it takes; \`main.c\` is the program.

    lilynode module build .                          # runs build.sh, then checks what came of it
    lilynode module run . -i Message=moo             # here, without any network
    lilynode module probe . --local -n 3             # does it give the same result each time?
    lilynode module publish . --as ${name}:0.1.0     # a name for ever, on chain
    lilynode submit ${name}:0.1.0 -i Message=moo     # on somebody's machine
`
}
