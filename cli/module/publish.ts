/** `lilynode module publish`, `ls` and `show`: names on chain for modules by CID. */
import { InvalidArgumentError } from 'commander'
import { checkModuleFolder } from '../../node/host/module/check.ts'
import type { ModuleReport } from '../../node/market/api.ts'
import { parseCid } from '../../protocols/core/cid.ts'
import { splitName } from '../../protocols/lilypad/reference.ts'
import { MODULE_FILE, ModuleError } from '../../protocols/module/module.ts'
import type { Context, NetworkFlags } from '../context.ts'
import { labelled, short } from '../describe.ts'
import { openSession } from '../session.ts'
import { table } from '../table.ts'
import { openModule } from './open.ts'

/** The most that an author may ask of what a provider earns. */
const MAX_FEE_BPS = 1000

/** Flags of `publish`. */
export interface PublishFlags extends NetworkFlags {
  readonly as?: string
  /** Basis points. */
  readonly fee: number
}

/** A percentage of at most 10, in basis points. */
export function feeValue(text: string): number {
  const percent = /^(\d{1,2}(?:\.\d{1,2})?)%?$/.exec(text)?.[1]
  const bps = Math.round(Number(percent) * 100)
  if (percent !== undefined && bps <= MAX_FEE_BPS) return bps
  throw new InvalidArgumentError('expected a percentage of at most 10, such as 2.5%')
}

/** Adds a module to the node's content and registers its name. */
export async function publishModule(text: string, flags: PublishFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const opened = await openModule(text, {}, context, () => {
    throw new ModuleError('MODULE_NOT_FOUND', `"${text}" is no folder and no CID: publish a module of your own`)
  })
  if (opened.kind === 'cid' && flags.as === undefined)
    throw new ModuleError('MODULE_BAD_NAME', 'give the name of a module that is a CID with --as name:version')
  const module = opened.kind === 'folder' ? await checkModuleFolder(opened.folder) : undefined
  const title = nameOf(flags.as ?? `${module?.name}:${module?.version.toLowerCase()}`)
  const session = await openSession(flags, context)
  try {
    const cid = opened.kind === 'folder' ? await session.api.addModule(opened.folder, { signal }) : opened.cid
    io.step(`publishing ${title.name}:${title.version}`)
    const report = await session.api.publishModule({ ...title, module: cid, feeBps: flags.fee }, { signal })
    io.endSteps('done')
    io.answer(describe(report), { type: 'module', ...report })
    if (session.isEmbedded)
      io.note('others have it once they fetched it; keep a node running on this data folder until then')
  } finally {
    await opened.dispose()
    await session.close()
  }
}

function nameOf(text: string): { readonly name: string; readonly version: string } {
  const named = splitName(text)
  if (named !== undefined) return named
  const rule = 'lower-case letters, digits and - . _ / only, at most 64 each'
  throw new ModuleError(
    'MODULE_BAD_NAME',
    `"${text}" cannot be published: write name:version, ${rule} (${MODULE_FILE})`
  )
}

/** Lists what was published. */
export async function listModules(flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const session = await openSession(flags, context, 'any')
  try {
    const modules = await session.api.modules({ signal })
    io.endSteps('done')
    if (io.isJson) {
      for (const module of modules) io.emit({ type: 'module', ...module })
      return
    }
    const rows = modules.map(({ name, version, author, feeBps, module }) => [
      `${name}:${version}`,
      percent(feeBps),
      short(author),
      module
    ])
    io.answer(table(['module', 'fee', 'author', 'cid'], rows, 'nothing is published yet'), { type: 'none' })
  } finally {
    await session.close()
  }
}

/** Shows a published module and what people say of it. */
export async function showModule(text: string, flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const { name, version } = nameOf(text)
  const session = await openSession(flags, context, 'any')
  try {
    const module = await session.api.module(name, version, { signal })
    const said = module.attestations.map(
      ({ attester, isDeterministic, runs }) =>
        `${attester}: ${runs} runs, ${isDeterministic ? 'one result' : 'results that differ'}`
    )
    io.answer(`${describe(module)}\n${labelled([['probed', said.join('\n') || 'by nobody']])}`, {
      type: 'module',
      ...module,
      module: parseCid(module.module).toString()
    })
  } finally {
    await session.close()
  }
}

function describe({ name, version, module, author, feeBps }: ModuleReport): string {
  return labelled([
    ['module', `${name}:${version}`],
    ['cid', module],
    ['author', author],
    ['fee', `${percent(feeBps)} of what a provider earns`]
  ])
}

function percent(bps: number): string {
  return `${bps / 100} %`
}
