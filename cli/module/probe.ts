/**
 * `lilynode module probe`: one job run several times, and whether the results are one. Whether a module is deterministic is
 * a question of its own: asked here, with nothing at stake, and not before a committee.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Bench, freshSalt } from '../../node/host/module/bench.ts'
import type { JobReport, JobRequest, NodeApi } from '../../node/market/api.ts'
import type { Address } from '../../protocols/core/account.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { Context, NetworkFlags } from '../context.ts'
import { labelled, short } from '../describe.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { present } from '../present.ts'
import { LazySession } from './lazy-session.ts'
import { withLocalModule } from './local-folder.ts'
import { type ModuleFlags, openModule } from './open.ts'

/** Flags of the command. */
export interface ProbeFlags extends ModuleFlags, NetworkFlags {
  readonly runs: number
  readonly local?: true
  readonly attest?: true
  readonly maxPrice?: bigint
}

/** One run of the job. */
interface Run {
  readonly by: string
  readonly result: string
  readonly ended: string
  /** What is in the result: path to hash. */
  readonly files: ReadonlyMap<string, string>
}

/** Runs it; the exit code tells whether the results were one. */
export async function probeModule(text: string, flags: ProbeFlags, context: Context): Promise<number> {
  if (flags.local && flags.attest)
    throw new LilyError('USAGE', '--attest is for runs on several machines: one machine shows too little')
  return flags.local ? probeHere(text, flags, context) : probeThere(text, flags, context)
}

async function probeHere(text: string, flags: ProbeFlags, context: Context): Promise<number> {
  return withLocalModule(text, flags, context, async module => {
    const bench = await Bench.open(present({ host: flags.dockerHost }))
    try {
      const runs: Run[] = []
      for (let i = 1; i <= flags.runs; i++) {
        context.io.step(`run ${i} of ${flags.runs}`)
        const { outcome } = await bench.run(module, { signal: context.signal })
        const files = await bench.list(outcome.root, { signal: context.signal })
        const { status, exitCode, root } = outcome
        runs.push({
          by: `run ${i}`,
          result: root.toString(),
          ended: status === 'exited' ? `exit code ${exitCode}` : status,
          files: new Map([...files].map(([path, cid]) => [path, cid.toString()]))
        })
      }
      return tell(runs, context)
    } finally {
      await bench.close()
    }
  })
}

async function probeThere(text: string, flags: ProbeFlags, context: Context): Promise<number> {
  const { signal, io } = context
  const lazy = new LazySession(flags, context)
  try {
    const opened = await openModule(text, flags, context, lazy.api)
    try {
      const api = await lazy.api()
      const module = opened.kind === 'cid' ? opened.cid : await api.addModule(opened.folder, { signal })
      const providers = await providersOf(api, flags.runs, context)
      const { values, files } = opened
      // One salt is one job: every provider runs the same bytes with the same randomness.
      const request: JobRequest = {
        ...{ module, values, files, salt: freshSalt(), verifyBps: 0 },
        ...present({ maxPriceWei: flags.maxPrice })
      }
      io.step(`${providers.length} providers run the same job`)
      const runs = await Promise.all(providers.map(target => runAt(api, { ...request, target }, context)))
      const exit = tell(runs, context)
      if (flags.attest) await attest(api, module, runs, context)
      return exit
    } finally {
      await opened.dispose()
    }
  } finally {
    await lazy.close()
  }
}

/** A node that has just been started hears of offers within so long. */
const HEARING_MS = 20_000
const LOOK_MS = 250

/** So many different providers. @throws JOB_NO_PROVIDER when there are fewer */
async function providersOf(api: NodeApi, count: number, { signal, io }: Context): Promise<readonly Address[]> {
  const endMs = performance.now() + HEARING_MS
  for (;;) {
    const offers = await api.offers({ signal })
    const accounts = offers.filter(({ kind, isOwn }) => kind === 'resource' && !isOwn).map(({ account }) => account)
    const distinct = [...new Set(accounts)].sort()
    if (distinct.length >= count) return distinct.slice(0, count)
    io.step(`waiting for ${count} providers, ${distinct.length} offer themselves`)
    if (performance.now() >= endMs) {
      const message = `${count} runs need ${count} providers, and ${distinct.length} offer themselves: take fewer with -n`
      throw new LilyError('JOB_NO_PROVIDER', message)
    }
    await delay(LOOK_MS, undefined, { signal })
  }
}

async function runAt(api: NodeApi, request: JobRequest, { signal, io }: Context): Promise<Run> {
  let report: JobReport | undefined
  for await (const update of api.submit(request, { signal }))
    if (update.type === 'report') {
      report = update.report
      io.emit({ type: 'job', id: report.id, state: report.state, target: request.target })
    }
  const by = request.target ?? ''
  if (report?.resultCid === undefined || report.dir === undefined) {
    const { code, message } = report?.failure ?? { code: 'JOB_NO_RESULT', message: 'it ended without a result' }
    throw new LilyError(code, `${short(by)}: ${message}`)
  }
  const ended = report.runStatus === 'exited' ? `exit code ${report.exitCode}` : (report.runStatus ?? '')
  return { by, result: report.resultCid, ended, files: await hashesUnder(report.dir) }
}

async function hashesUnder(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const hashes = files.map(async file => {
    const hash = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
    return [file.slice(folder.length + 1), hash] as const
  })
  return new Map(await Promise.all(hashes))
}

/** The files in which the runs are not alike, and their ends where those differ. */
export function differences(runs: readonly Pick<Run, 'files'>[]): readonly string[] {
  const paths = new Set(runs.flatMap(({ files }) => [...files.keys()]))
  return [...paths].filter(path => new Set(runs.map(({ files }) => files.get(path))).size > 1).sort()
}

function tell(runs: readonly Run[], { io }: Context): number {
  const isDeterministic = new Set(runs.map(({ result }) => result)).size === 1
  const differing = differences(runs)
  io.endSteps('done')
  const rows = runs.map(({ by, result, ended }) => [by, `${result} (${ended})`] as const)
  const verdict = isDeterministic ? `${runs.length} runs gave one result` : 'the results differ'
  io.answer(labelled([...rows, ['verdict', verdict], ['in', differing.join('\n') || undefined]]), {
    type: 'probe',
    isDeterministic,
    runs: runs.map(({ by, result, ended }) => ({ by, result, ended })),
    differing
  })
  return isDeterministic ? EXIT_CODES.ok.code : EXIT_CODES.refused.code
}

async function attest(api: NodeApi, module: string, runs: readonly Run[], { io, signal }: Context): Promise<void> {
  const isDeterministic = new Set(runs.map(({ result }) => result)).size === 1
  await api.attestModule(module, isDeterministic, runs.length, { signal })
  io.note(`it is on chain that ${runs.length} runs of ${module} gave ${isDeterministic ? 'one result' : 'several'}`)
  io.emit({ type: 'attested', module, isDeterministic, runs: runs.length })
}
