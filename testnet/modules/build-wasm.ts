/**
 * Builds the modules that are written in C, byte for byte the same on every machine with Debian 12's clang, lld, wasi-libc,
 * libclang-rt-14-dev-wasm32 and libstb-dev. The .wasm files are committed, so that nobody needs a compiler to run them;
 * tests build them again where there is one.
 *
 * @example node testnet/modules/build-wasm.ts cowsay faces
 */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { weightsText } from './faces/weights.ts'

const MODULES = fileURLToPath(new URL('.', import.meta.url))

/** Stack of the guest itself, in its linear memory; a later flag may say otherwise. */
const STACK_BYTES = 64 * 1024

const FLAGS = [
  '--target=wasm32-wasi',
  '-O2',
  // With bulk memory, errno is thread-local: without this it needs a runtime that the linker lacks.
  '-ftls-model=local-exec',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wl,--strip-all',
  `-Wl,-z,stack-size=${STACK_BYTES}`
]

/** For programs that compute with many numbers: vectors, and no two operations made one. */
export const NUMERIC = ['-O3', '-msimd128', '-ffp-contract=off', `-Wl,-z,stack-size=${1 << 20}`]

/**
 * Compiles C files to a WASI command.
 *
 * @param source its folder is where the compiler works: further sources among the flags are relative to it
 * @param out `<source>.wasm` beside the source if not given
 * @param flags more of them, for the program's own needs
 * @returns the path of the .wasm
 */
export async function buildWasm(source: string, out?: string, flags: readonly string[] = []): Promise<string> {
  const path = resolve(source)
  const target = resolve(out ?? join(dirname(path), `${basename(path, '.c')}.wasm`))
  // Paths in messages of assert() and the like would carry the machine's folders into the program.
  const relative = ['-o', target, basename(path)]
  await promisify(execFile)('clang', [...FLAGS, ...flags, ...relative], { cwd: dirname(path) })
  // The linker makes it executable, which on no machine it is.
  await chmod(target, 0o644)
  return target
}

/** The programs of the testnet's modules: each builds its .wasm, beside its module.json unless told where. */
export const PROGRAMS: Readonly<Record<string, (out?: string) => Promise<string>>> = {
  cowsay: out => buildWasm(join(MODULES, 'cowsay/cowsay.c'), out),
  faces: out =>
    withFolder(async folder => {
      await writeFile(join(folder, 'weights.inc'), await weightsText())
      return buildWasm(join(MODULES, 'faces/faces.c'), out, [...NUMERIC, `-I${folder}`])
    })
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lilynode-wasm-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  for (const name of process.argv.slice(2)) {
    const build = PROGRAMS[name]
    if (build === undefined) throw new Error(`no program "${name}": there are ${Object.keys(PROGRAMS).join(', ')}`)
    console.log(await build())
  }
}
