/** `lilynode module run`: a module on this machine, as a provider would run it, without a network and without a chain. */
import { createReadStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Bench, type BenchRun } from '../../node/host/module/bench.ts'
import { homeFolder } from '../../node/host/profile.ts'
import { plainText } from '../../protocols/core/plain-text.ts'
import type { Context, NetworkFlags } from '../context.ts'
import { labelled } from '../describe.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { checkOutFolder } from '../job-request.ts'
import { howToOpen } from '../look.ts'
import { present } from '../present.ts'
import { type LocalModule, withLocalModule } from './local-folder.ts'
import type { ModuleFlags } from './open.ts'

/** Characters of a program's line that fit beside the spinner. */
const MAX_GLIMPSE = 60

/** Flags of the command. */
export interface RunFlags extends ModuleFlags, NetworkFlags {
  readonly out?: string
  readonly salt?: string
}

/** Runs it; gives the exit code of the job. */
export async function runModule(text: string, flags: RunFlags, context: Context): Promise<number> {
  const out = flags.out === undefined ? undefined : resolve(flags.out)
  if (out !== undefined) await checkOutFolder(out)
  return withLocalModule(text, flags, context, async module => {
    const bench = await Bench.open(present({ host: flags.dockerHost }))
    try {
      return await runOn(bench, module, out, flags, context)
    } finally {
      await bench.close()
    }
  })
}

async function runOn(bench: Bench, module: LocalModule, out: string | undefined, flags: RunFlags, context: Context) {
  const { io, signal } = context
  io.step(`running ${module.folder}`)
  const onLog = (stream: 1 | 2, bytes: Uint8Array) => {
    const line = stream === 2 ? lastLine(bytes) : undefined
    if (line !== undefined) io.glimpse(line)
  }
  const run = await bench.run({ ...module, ...present({ salt: flags.salt }) }, { signal, onLog })
  const dir = out ?? (await runFolder(run, context))
  if (out !== undefined || !(await isThere(dir))) await bench.save(run.outcome.root, dir, { signal })
  io.endSteps('done')
  return tell(run, dir, context)
}

/** The last whole line of what a program says, without what would move a terminal's cursor. */
function lastLine(bytes: Uint8Array): string | undefined {
  const line = new TextDecoder().decode(bytes).split('\n').at(-2)
  const text = line === undefined ? undefined : plainText(line).slice(0, MAX_GLIMPSE)
  return text === '' ? undefined : text
}

/** A result is found under its CID: the same result again is the same folder. */
async function runFolder({ outcome }: BenchRun, { env }: Context): Promise<string> {
  const folder = join(homeFolder(env), 'runs')
  await mkdir(folder, { recursive: true })
  return join(folder, outcome.root.toString())
}

async function tell({ module, moduleCid, outcome }: BenchRun, dir: string, { io }: Context): Promise<number> {
  const { status, exitCode, used, wallMs, root, diagnostics } = outcome
  const exit = status === 'exited' ? exitCode : EXIT_CODES.aborted.code
  const result = {
    module: moduleCid.toString(),
    resultCid: root.toString(),
    status,
    exitCode,
    gas: used,
    wallMs,
    dir,
    exit
  }
  io.emit({ type: 'result', ...result, ...present({ diagnostics }) })
  if (io.isJson) return exit
  await io.copy('stdout', createReadStream(join(dir, 'stdout')))
  await io.copy('stderr', createReadStream(join(dir, 'stderr')))
  io.note(
    labelled([
      ['ended', status === 'exited' ? `exit code ${exitCode}` : status],
      ['why', diagnostics],
      ['gas', module.runtime === 'lily-wasi/1' ? used.toString() : undefined],
      ['time', `${wallMs} ms`],
      ['module', moduleCid.toString()],
      ['result', root.toString()],
      ['folder', dir],
      ['open', await howToOpen(dir)]
    ])
  )
  return exit
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
