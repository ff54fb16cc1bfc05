/** A module as a folder on this machine: one that is a CID is brought here first. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context, NetworkFlags } from '../context.ts'
import { LazySession } from './lazy-session.ts'
import { type ModuleFlags, openModule } from './open.ts'

/** A folder to work with, and what a user gives its module. */
export interface LocalModule {
  readonly folder: string
  readonly values: Readonly<Record<string, string>>
  /** Input files: paths. */
  readonly files: Readonly<Record<string, string>>
}

/** Hands a module's folder to `work`, and cleans up behind it. @throws as {@link openModule} */
export async function withLocalModule<T>(
  text: string,
  flags: ModuleFlags & NetworkFlags,
  context: Context,
  work: (module: LocalModule) => Promise<T>
): Promise<T> {
  const lazy = new LazySession(flags, context)
  const home = await mkdtemp(join(tmpdir(), 'lilynode-module-'))
  try {
    const opened = await openModule(text, flags, context, lazy.api)
    try {
      const { signal } = context
      const save = async (cid: string, name: string) => {
        const path = join(home, name)
        await (await lazy.api()).saveContent(cid, path, { signal })
        return path
      }
      const folder = opened.kind === 'folder' ? opened.folder : await save(opened.cid, 'module')
      const files: Record<string, string> = {}
      for (const [name, source] of Object.entries(opened.files))
        files[name] = source.startsWith('/') ? source : await save(source, `input-${name}`)
      return await work({ folder, values: opened.values, files })
    } finally {
      await opened.dispose()
    }
  } finally {
    await rm(home, { recursive: true, force: true })
    await lazy.close()
  }
}
