// Runs forge on this folder, offline, with solc-js behind a shim in place of a native compiler.
//   node contracts/forge.ts test [--match-contract CommitTest] ...
//   node contracts/forge.ts fmt --check
import { spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { join } from 'node:path'

const HERE = import.meta.dirname
/** forge's platform packages name the architecture as Go does. */
const ARCH_NAMES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }
/** forge commands that compile, and so need a compiler. */
const COMPILING = ['test', 'build', 'coverage', 'snapshot', 'inspect']

/** How to run forge. */
export interface ForgeOptions {
  /** The folder with foundry.toml. @default this one */
  readonly root?: string
  /** What becomes of its output. @default 'inherit' */
  readonly stdio?: 'inherit' | 'ignore'
  readonly signal?: AbortSignal
}

/** Runs a forge command and gives its exit code. */
export async function runForge(args: readonly string[], options: ForgeOptions = {}): Promise<number> {
  const { root = HERE, stdio = 'inherit', signal } = options
  const [command = 'test', ...rest] = args
  const compiler = COMPILING.includes(command) ? ['--use', await writeShim()] : []
  // It keeps failures for the next run below the folder that it is started in.
  const forge = spawn(findForge(), [command, '--root', root, ...compiler, ...rest], { cwd: root, stdio, signal })
  const forward = (name: NodeJS.Signals): void => void forge.kill(name)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, forward)
  return await new Promise<number>((resolve, reject) => {
    forge.once('error', reject)
    forge.once('exit', code => resolve(code ?? 1))
  }).finally(() => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, forward)
  })
}

function findForge(): string {
  const os = platform()
  const file = `@foundry-rs/forge-${os}-${ARCH_NAMES[arch()] ?? arch()}/bin/forge${os === 'win32' ? '.exe' : ''}`
  // The platform package is a dependency of @foundry-rs/forge, wherever npm put it.
  const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/forge/package.json'))
  return require.resolve(file)
}

/** A program that forge can start as `solc`; written anew because it names this machine's Node. */
async function writeShim(): Promise<string> {
  const folder = join(HERE, 'out')
  const shim = join(folder, 'solc')
  await mkdir(folder, { recursive: true })
  await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(HERE, 'solc-shim.mjs')}' "$@"\n`)
  await chmod(shim, 0o755)
  return shim
}

if (import.meta.main) process.exitCode = await runForge(process.argv.slice(2))
