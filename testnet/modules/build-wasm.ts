/**
 * Builds the modules that are written in C, byte for byte the same on every machine with Debian 12's clang, lld, wasi-libc,
 * libclang-rt-14-dev-wasm32 and libstb-dev. The .wasm files are committed, so that nobody needs a compiler to run them;
 * tests build them again where there is one.
 *
 * @example node testnet/modules/build-wasm.ts cowsay faces
 * @example node testnet/modules/build-wasm.ts --check sql    # builds it elsewhere and compares
 */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { weightsText } from './faces/weights.ts'
import { bzip2, type Foreign, flite, sqlite } from './foreign.ts'

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

/** Where a program is to be built. */
type Build = (out?: string) => Promise<string>

/** The modules whose whole source is here: each builds its .wasm, beside its module.json unless told where. */
export const PROGRAMS: Readonly<Record<string, Build>> = {
  cowsay: out => buildWasm(join(MODULES, 'cowsay/cowsay.c'), out),
  faces: out =>
    withFolder(async folder => {
      await writeFile(join(folder, 'weights.inc'), await weightsText())
      return buildWasm(join(MODULES, 'faces/faces.c'), out, [...NUMERIC, `-I${folder}`])
    }),
  fractal: out => buildWasm(join(MODULES, 'fractal/fractal.c'), out, NUMERIC)
}

/** Those that others' sources are fetched for (sources.ts). */
const FOREIGN_PROGRAMS: Readonly<Record<string, Build>> = {
  bzip2: out => buildForeign('bzip2/pack.c', 'bzip2.wasm', bzip2, out),
  speech: out => buildForeign('speech/speech.c', 'speech.wasm', flite, out),
  sql: out => buildForeign('sql/sql.c', 'sql.wasm', sqlite, out)
}

function buildForeign(
  source: string,
  name: string,
  fetch: (folder: string) => Promise<Foreign>,
  out?: string
): Promise<string> {
  const path = join(MODULES, source)
  return withFolder(async folder => {
    const { flags, sources } = await fetch(folder)
    return buildWasm(path, out ?? join(dirname(path), name), [...flags, ...sources])
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

/** Builds a module elsewhere. @returns whether that is what is committed */
async function isAsCommitted(name: string, build: Build): Promise<boolean> {
  return withFolder(async folder => {
    const built = await readFile(await build(join(folder, 'built.wasm')))
    return built.equals(await readFile(join(MODULES, name, `${name}.wasm`)))
  })
}

if (import.meta.main) {
  const all: Readonly<Record<string, Build>> = { ...PROGRAMS, ...FOREIGN_PROGRAMS }
  const isCheck = process.argv.includes('--check')
  for (const name of process.argv.slice(2).filter(word => word !== '--check')) {
    const build = all[name]
    if (build === undefined) throw new Error(`no program "${name}": there are ${Object.keys(all).join(', ')}`)
    if (!isCheck) console.log(await build())
    else if (await isAsCommitted(name, build)) console.log(`${name}: as committed`)
    else throw new Error(`${name}: other bytes than those committed`)
  }
}
