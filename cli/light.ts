/** What the package brings for the light client: the built page, and modules to begin with. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from './package.ts'

/** The folder of the built page. */
export function lightPage(): string {
  return packageFile('dist', 'light')
}

/** The modules of the package whose program is there: images are built on demand, and no page needs them. */
export function lightModules(): string[] {
  const folder = packageFile('testnet', 'modules')
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names
    .map(name => join(folder, name))
    .filter(
      module => existsSync(join(module, 'module.json')) && readdirSync(module).some(file => file.endsWith('.wasm'))
    )
}
