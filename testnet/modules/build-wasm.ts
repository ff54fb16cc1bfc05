/**
 * Builds the modules that are written in C, byte for byte the same on every machine with Debian's
 * clang, lld, wasi-libc and libclang-rt-14-dev-wasm32. The .wasm files are committed, so that nobody needs a compiler to
 * run them; a test builds them again where there is one.
 *
 * @example node testnet/modules/build-wasm.ts testnet/modules/cowsay/cowsay.c
 */
import { execFile } from 'node:child_process'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** Stack of the guest itself, in its linear memory. */
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

/**
 * Compiles one C file to a WASI command beside it, or elsewhere.
 *
 * @param flags more of them, for the file's own needs
 * @returns the path of the .wasm
 */
export async function buildWasm(source: string, out?: string, flags: readonly string[] = []): Promise<string> {
  const path = resolve(source)
  const target = out ?? join(dirname(path), `${basename(path, '.c')}.wasm`)
  // Paths in messages of assert() and the like would carry the machine's folders into the program.
  const relative = ['-o', resolve(target), basename(path)]
  await promisify(execFile)('clang', [...FLAGS, ...flags, ...relative], { cwd: dirname(path) })
  return target
}

if (import.meta.main) for (const source of process.argv.slice(2)) console.log(await buildWasm(source))
