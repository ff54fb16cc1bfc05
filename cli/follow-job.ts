/** Follows a job to its end: its states while it goes on, then its result, its price and the exit code. */
import { createReadStream } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobReport, JobUpdate } from '../node/market/api.ts'
import { formatCoins } from '../protocols/core/units.ts'
import type { NodeEvent } from '../protocols/events.ts'
import type { Context } from './context.ts'
import { describeEvent, describePayments, labelled, short } from './describe.ts'
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts'
import { tellable } from './failure.ts'
import type { Io } from './io.ts'
import { type LogSource, showLogs, tellAll, tellLast } from './live-logs.ts'
import { howToOpen } from './look.ts'

/** Where a job is to be followed to. */
export interface FollowOptions {
  /** Copy of the result's folder. */
  readonly out?: string
  /** Leave as soon as the job has an id. */
  readonly isDetached?: boolean
  /** What it prints while it runs. @default none of it is asked for */
  readonly logs?: LogSource
}

/**
 * Tells of a job's updates until its end.
 *
 * @returns the exit code; undefined when the job was left to go on
 */
export async function followJob(
  updates: AsyncIterable<JobUpdate>,
  options: FollowOptions,
  context: Context
): Promise<number | undefined> {
  const { io, signal } = context
  let report: JobReport | undefined
  let logs: Logs | undefined
  try {
    for await (const update of updates) {
      if (update.type === 'event') {
        tellEvent(io, update.event)
        continue
      }
      if (report === undefined) io.step(`job ${update.report.id} offered: ${update.report.moduleName}`)
      report = update.report
      if (!isEnded(report)) io.emit({ ...jobLine(report), type: 'job' })
      if (options.isDetached) return tellLeft(io, report)
      if (!isEnded(report)) logs ??= beginLogs(report.id, options.logs, context)
    }
  } catch (error) {
    // Stopped, or the node went away: either way the job is in the node's journal.
    if (report !== undefined && !isEnded(report)) tellLeft(io, report)
    throw error
  } finally {
    await logs?.end()
  }
  if (report === undefined) return EXIT_CODES.internal.code
  if (!isEnded(report)) {
    // A node of our own ends the stream without an error when it is stopped.
    tellLeft(io, report)
    signal.throwIfAborted()
    return EXIT_CODES.internal.code
  }
  return tellEnd(report, options, context)
}

/** A report for programs: `pricePaid` and the like in wei as decimal strings. */
export function jobLine(report: JobReport) {
  const { priceWei, pricePaidWei, payments, ...rest } = report
  return {
    ...rest,
    ...(priceWei === undefined ? {} : { price: priceWei }),
    ...(pricePaidWei === undefined ? {} : { pricePaid: pricePaidWei }),
    ...(payments === undefined ? {} : { payments })
  }
}

/**
 * The exit code of a job that has ended: its own where its result stands, else what became of it.
 *
 * @see EXIT_CODES
 */
export function exitCodeOfJob(report: JobReport): number {
  if (report.failure !== undefined) return exitCodeOf(report.failure.code)
  if (report.state === 'cancelled') return EXIT_CODES.again.code
  const { verdict, dealStatus, runStatus, exitCode } = report
  const isStanding = verdict === 'correct' || verdict === 'accepted' || verdict === 'unchecked'
  if (!isStanding || dealStatus === 'slashed' || dealStatus === 'refunded' || dealStatus === 'void') {
    return EXIT_CODES.refused.code
  }
  if (runStatus !== 'exited' || exitCode === undefined || exitCode < 0) return EXIT_CODES.aborted.code
  return exitCode
}

/** Logs that are being shown. */
interface Logs {
  end(): Promise<void>
}

function beginLogs(job: JobReport['id'], source: LogSource | undefined, { io, signal }: Context): Logs | undefined {
  if (source === undefined) return undefined
  const leaving = new AbortController()
  const logs = source.of(job, { signal: AbortSignal.any([signal, leaving.signal]) })
  // They are a help: a job goes its way without them.
  const shown = showLogs(logs, io, source.isAll ? tellAll(io) : tellLast(io)).catch(() => {})
  return {
    end: () => {
      leaving.abort()
      return shown
    }
  }
}

function isEnded(report: JobReport): boolean {
  return report.state === 'done' || report.state === 'failed' || report.state === 'cancelled'
}

function tellEvent(io: Io, event: NodeEvent): void {
  io.emit({ type: 'event', ...event })
  if (event.name === 'job:waiting') io.detail(`waiting for a provider: ${event.reason}`)
  else io.step(describeEvent(event))
}

function tellLeft(io: Io, report: JobReport): undefined {
  io.endSteps('done')
  io.note(`job ${report.id} goes on; take it up again with \`lilynode jobs resume ${report.id}\``)
  io.emit({ type: 'left', id: report.id, resume: `lilynode jobs resume ${report.id}` })
}

async function tellEnd(report: JobReport, { out }: FollowOptions, { io }: Context): Promise<number> {
  const exitCode = exitCodeOfJob(report)
  const isRefused = exitCode === EXIT_CODES.refused.code
  io.endSteps(isRefused || report.failure !== undefined ? 'failed' : 'done')
  const dir = await resultFolder(report, out)
  const ended: JobReport = dir === undefined ? report : { ...report, dir }
  io.emit({ ...jobLine(ended), type: 'result', exit: exitCode })
  if (io.isJson) return exitCode
  // What is wrong, or not known to be right, must not pass for the job's answer.
  if (dir !== undefined && !isRefused) await showOutput(io, dir)
  const text = summary(ended, dir === undefined ? undefined : await howToOpen(dir))
  if (text !== '') io.note(text)
  if (report.failure !== undefined) io.fail(tellable(report.failure))
  return exitCode
}

async function resultFolder(report: JobReport, out: string | undefined): Promise<string | undefined> {
  if (report.dir === undefined || out === undefined) return report.dir
  await cp(report.dir, out, { recursive: true })
  return out
}

/** The job's own words, each on its own stream. */
async function showOutput(io: Io, dir: string): Promise<void> {
  await io.copy('stdout', createReadStream(join(dir, 'stdout')))
  await io.copy('stderr', createReadStream(join(dir, 'stderr')))
}

function summary(report: JobReport, opening: string | undefined): string {
  const coins = (wei: bigint | undefined) => (wei === undefined ? undefined : formatCoins(wei))
  const ended = report.runStatus === 'exited' ? `exit code ${report.exitCode}` : report.runStatus
  return labelled([
    ['ended', ended],
    ['verdict', verdictText(report)],
    ['price', coins(report.priceWei)],
    ['you paid', coins(report.pricePaidWei)],
    ['paid out', describePayments(report.payments)],
    ['deal', report.dealId],
    ['result', report.resultCid],
    ['folder', report.dir],
    ['look', report.dir === undefined ? undefined : `cat ${report.dir}/stdout`],
    ['open', opening]
  ])
}

function verdictText({ verdict, committee }: JobReport): string | undefined {
  const who = committee?.length ? `, by a committee of ${committee.length}: ${committee.map(short).join(' ')}` : ''
  return verdict === undefined ? undefined : `${verdict}${who}`
}
