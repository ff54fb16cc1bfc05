/** Gives a job to a creator of the testnet and follows it to its end, as `lilynode submit` does. */
import type { JobReport, JobRequest, JobUpdate } from '../node/market/api.ts'
import type { AbortOptions } from '../node/market/ports.ts'
import { memberApi } from './member-api.ts'
import type { Testnet } from './testnet.ts'

/** Where a job is given from, and how long it may take. */
export interface PlayOptions extends AbortOptions {
  /** @default 'creator-1' */
  readonly creator?: string
  /** @default 90000 */
  readonly timeoutMs?: number
  readonly onUpdate?: (update: JobUpdate) => void
}

/** The report at the end of the job. */
export async function playJob(testnet: Testnet, request: JobRequest, options: PlayOptions = {}): Promise<JobReport> {
  const api = memberApi(testnet.member(options.creator ?? 'creator-1'))
  return lastReport(signal => api.submit(request, { signal }), options)
}

/** The report at the end of a job that was given before. */
export async function followJob(testnet: Testnet, id: JobReport['id'], options: PlayOptions = {}): Promise<JobReport> {
  const api = memberApi(testnet.member(options.creator ?? 'creator-1'))
  return lastReport(signal => api.follow(id, { signal }), options)
}

async function lastReport(
  updates: (signal: AbortSignal) => AsyncIterable<JobUpdate>,
  options: PlayOptions
): Promise<JobReport> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 90_000)
  let report: JobReport | undefined
  for await (const update of updates(options.signal ? AbortSignal.any([options.signal, timeout]) : timeout)) {
    options.onUpdate?.(update)
    if (update.type === 'report') report = update.report
  }
  if (report === undefined) throw new TypeError('the node told nothing of the job')
  return report
}
