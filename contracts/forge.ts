// Runs forge on this folder, offline, with solc-js behind a shim in place of a native compiler.
//   node contracts/forge.ts test [--match-contract CommitTest] ...
//   node contracts/forge.ts fmt --check
import { spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { join } from 'node:path'

const ROOT = import.meta.dirname
/** forge's platform packages name the architecture as Go does. */
const ARCH_NAMES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }
/** forge commands that compile, and so need a compiler. */
const COMPILING = ['test', 'build', 'coverage', 'snapshot', 'inspect']

function findForge(): string {
  const os = platform() === 'win32' ? 'win32' : platform()
  const file = `@foundry-rs/forge-${os}-${ARCH_NAMES[arch()] ?? arch()}/bin/forge${os === 'win32' ? '.exe' : ''}`
  // The platform package is a dependency of @foundry-rs/forge, wherever npm put it.
  const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/forge/package.json'))
  return require.resolve(file)
}

/** A program that forge can start as `solc`; written anew because it names this machine's Node. */
async function writeShim(): Promise<string> {
  const folder = join(ROOT, 'out')
  const shim = join(folder, 'solc')
  await mkdir(folder, { recursive: true })
  await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'solc-shim.mjs')}' "$@"\n`)
  await chmod(shim, 0o755)
  return shim
}

const [command = 'test', ...rest] = process.argv.slice(2)
const compiler = COMPILING.includes(command) ? ['--use', await writeShim()] : []
const forge = spawn(findForge(), [command, '--root', ROOT, ...compiler, ...rest], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => forge.kill(signal))
process.exitCode = await new Promise<number>((resolve, reject) => {
  forge.once('error', reject)
  forge.once('exit', code => resolve(code ?? 1))
})
