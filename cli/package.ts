/** Where things lie in the package, whether it runs from its sources or from `dist/`. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(import.meta.url)
const above = dirname(dirname(here))
const isBuilt = here.endsWith('.js') && basename(above) === 'dist'
const root = isBuilt ? dirname(above) : above

/** A file of the package that is the same in both forms. */
export function packageFile(...path: readonly string[]): string {
  return join(root, ...path)
}

/** A program of the package, named without its ending: `testnet/main` is testnet/main.ts, or dist/testnet/main.js. */
export function packageProgram(name: string): string {
  return isBuilt ? join(above, `${name}.js`) : join(root, `${name}.ts`)
}

/** The package's version, for example `0.1.0`. */
export function packageVersion(): string {
  const json: unknown = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}
