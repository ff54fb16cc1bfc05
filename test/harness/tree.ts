// The files of the repository, without what tools make.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders that no commit holds (.gitignore). */
const MADE = new Set(['.git', '.lilynode', 'cache', 'coverage', 'dist', 'node_modules', 'out'])

/** Every source file's path from the root, with `/` between folders, sorted. */
export async function sourceFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true })
  const kept = entries.filter(({ name }) => !MADE.has(name) && !name.endsWith('.log'))
  const nested = await Promise.all(
    kept.map(async entry => {
      if (!entry.isDirectory()) return [entry.name]
      const below = await sourceFiles(join(root, entry.name))
      return below.map(path => `${entry.name}/${path}`)
    })
  )
  return nested.flat().sort()
}
