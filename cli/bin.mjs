#!/usr/bin/env node
// The launcher: plain JavaScript that any Node can read. It finds a Node that can run lilynode (24 or later; one comes
// with the package), and the form of the program that is there: built when installed, source in a checkout.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { constants, homedir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const OLDEST_NODE = 24
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

const here = fileURLToPath(import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) {
  const built = join(dirname(here), '..', 'dist', 'cli', 'main.js')
  // Node strips no types under node_modules, and a checkout's dist may be older than its sources.
  const isInstalled = here.includes(`${sep}node_modules${sep}`)
  const program = isInstalled && existsSync(built) ? built : join(dirname(here), 'main.ts')
  // Compiling and stripping types is most of a short command's time. Not in the shared temp folder, where others write.
  module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lilynode'))
  const { run } = await import(pathToFileURL(program).href)
  await run()
} else {
  const node = bundledNode()
  if (node === undefined) {
    console.error(`error CONFIG_NODE_TOO_OLD: lilynode needs Node ${OLDEST_NODE}, this is ${process.versions.node}`)
    process.exit(78)
  }
  const child = spawn(node, [here, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

function bundledNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    const file = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(file) ? file : undefined
  } catch {
    return undefined
  }
}
