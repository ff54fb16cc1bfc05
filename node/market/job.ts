/**
 * A creator's job: from what its owner asks for to an offer, and the record that the journal keeps until it is done.
 */

import { VERDICTS } from '../../protocols/committee/dispute.ts'
import { toHex } from '../../protocols/core/bytes.ts'
import { type CID, digestOfCid, parseCid } from '../../protocols/core/cid.ts'
import {
  bytes,
  cid,
  codec,
  flag,
  hex,
  integer,
  nullable,
  oneOf,
  struct,
  text,
  uint
} from '../../protocols/core/codec.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { DEAL } from '../../protocols/deal/deal.ts'
import { DEAL_STATUSES, type DealRecord } from '../../protocols/deal/state.ts'
import { budgetWei } from '../../protocols/deal/totals.ts'
import { JOB } from '../../protocols/job/job.ts'
import { checkFiles, resolveValues } from '../../protocols/module/inputs.ts'
import type { Module } from '../../protocols/module/module.ts'
import { priceOfTick, tickAtMost } from '../../protocols/offer/price.ts'
import { DEFAULT_ROUNDS, DEFAULT_SEATS, OFFER_MAX_LIFE_BLOCKS } from '../../protocols/params.ts'
import { KNOWN_RESULT } from '../../protocols/result/result.ts'
import { machineOf } from '../../protocols/run/spec.ts'
import { JOB_STATES, type JobRequest } from './api.ts'
import type { Components } from './components.ts'
import type { JobDraft } from './offer.ts'
import type { AbortOptions, Files } from './ports.ts'
import { loadModule } from './run.ts'

const MAX_MESSAGE = 2000

/** What the journal keeps of a job. */
export const JOB_RECORD = codec(
  'job record',
  struct({
    state: oneOf(...JOB_STATES),
    /** The signed offer as it was gossiped. */
    offer: bytes(1, 4096),
    module: cid(),
    moduleName: text(64),
    createdAtMs: integer(0, Number.MAX_SAFE_INTEGER),
    /** The last block in which a provider is looked for. */
    waitUntil: integer(0, Number.MAX_SAFE_INTEGER),
    /** How often the owner wants results checked; 0 is never, whatever happens. */
    verifyBps: integer(0, 10_000),
    /** The creator's secret coin: whether it will ask for a committee. Tossed before any provider is known. */
    isChecked: flag(),
    deal: nullable(struct({ id: hex(32), deal: DEAL, signature: hex(65), providerKey: bytes(33) })),
    opened: nullable(KNOWN_RESULT),
    dir: nullable(text(4096)),
    exitCode: nullable(integer(-1, 255)),
    acceptedAt: nullable(integer(0, Number.MAX_SAFE_INTEGER)),
    isChallenged: flag(),
    closed: nullable(struct({ status: oneOf(...DEAL_STATUSES), verdict: oneOf(...VERDICTS), pricePaid: uint(128) })),
    failure: nullable(struct({ code: text(64), message: text(MAX_MESSAGE) }))
  }),
  32 * 1024
)

/** @see JOB_RECORD */
export type JobRecord = ReturnType<(typeof JOB_RECORD)['decode']>

/** A deal that a job is bound to. */
export type Bound = NonNullable<JobRecord['deal']>

/** A failure that fits a record. */
export function failureOf(code: string, message: string): NonNullable<JobRecord['failure']> {
  return { code: code.slice(0, 64), message: message.slice(0, MAX_MESSAGE / 4) }
}

/** Why a deal that has ended so gave its job no result; null where it gave one. */
export function failureOfEnd(status: DealRecord['status'], record: JobRecord): JobRecord['failure'] {
  if (status === 'refunded')
    return failureOf('JOB_NO_RESULT', 'the provider handed in no result in time; the price was refunded')
  if (status === 'slashed')
    return failureOf('JOB_RESULT_WRONG', 'the committee found the result wrong; the price was refunded')
  if (status === 'void')
    return failureOf('JOB_NO_VERDICT', 'the committee came to no verdict; everybody got their own back')
  if (status === 'cancelled') return failureOf('JOB_CANCELLED', 'both parties called the deal off')
  if (record.dir === null)
    return failureOf('JOB_RESULT_LOST', 'the deal was settled, but its result could not be fetched')
  return null
}

/** What a node takes where a request is silent. */
export interface JobDefaults {
  readonly maxPriceWei: bigint
  readonly seatFeeWei: bigint
  readonly collateralTimes: number
  readonly windowSec: number
  readonly verifyBps: number
  readonly waitBlocks: number
}

/** Seconds that a deal gives a provider beyond the module's own limit: for fetching, start and the chain. */
const RUN_MARGIN_SEC = 30

/** A job that is ready to be offered. */
export interface PreparedJob {
  readonly module: Module
  readonly moduleCid: CID
  readonly draft: Omit<JobDraft, 'slot' | 'expiry'>
  readonly waitBlocks: number
  readonly verifyBps: number
  readonly isChecked: boolean
  /** The most that the creator's escrow can be charged: price, and the budget of a dispute if one may come. */
  readonly escrowWei: bigint
}

/**
 * Adds what a request names and makes the offer's terms.
 *
 * @throws MODULE_*, JOB_BAD_REQUEST, CONTENT_*
 */
export async function prepareJob(
  parts: Components,
  files: Files,
  request: JobRequest,
  defaults: JobDefaults,
  options: AbortOptions
): Promise<PreparedJob> {
  const { content, entropy } = parts
  const moduleCid = await moduleOf(files, request, options)
  const { module, entrypoint } = await loadModule(content, moduleCid, options)
  // The provider will ask us for it, wherever we have it from.
  for await (const _ of content.cat(entrypoint, options));
  const values = resolveValues(module, request.values ?? {})
  checkFiles(module, Object.keys(request.files ?? {}))
  const inputs: Record<string, CID> = {}
  for (const [name, source] of Object.entries(request.files ?? {})) inputs[name] = await fileOf(files, source, options)
  const salt = request.salt ?? toHex(entropy(16))
  const job = await content.putBlock(
    'dag-cbor',
    JOB.encode({ v: 1, module: moduleCid, values, files: inputs, salt }),
    options
  )
  const maxTick = tickAtMost(request.maxPriceWei ?? defaults.maxPriceWei)
  if (maxTick === undefined) throw badRequest(`the price must be at least ${priceOfTick(0)} wei`)
  const verifyBps = within('verify', request.verifyBps ?? defaults.verifyBps, 0, 10_000)
  const draft = {
    job,
    module: moduleCid,
    isPublished: (await parts.chain.modules.termsOf(digestOfCid(moduleCid), options)) !== undefined,
    runtime: module.runtime,
    arch: module.runtime === 'docker/linux-amd64' ? ('amd64' as const) : null,
    machine: machineOf(module),
    maxTick,
    tipTick: within('tip', request.tipTicks ?? 0, 0, 16),
    target: request.target ?? null,
    collateralTimes: within('collateral', request.collateralTimes ?? defaults.collateralTimes, 0, 10_000),
    runTimeSec: module.limits.wallSec + RUN_MARGIN_SEC,
    windowSec: request.windowSec ?? defaults.windowSec,
    seats: within('seats', request.seats ?? DEFAULT_SEATS, 1, 7),
    rounds: within('rounds', request.rounds ?? DEFAULT_ROUNDS, 1, 3),
    seatFeeWei: request.seatFeeWei ?? defaults.seatFeeWei
  }
  const isChecked = Number(BigInt(toHex(entropy(4)))) % 10_000 < verifyBps
  return {
    module,
    moduleCid,
    draft,
    waitBlocks: within('wait', request.waitBlocks ?? defaults.waitBlocks, 1, OFFER_MAX_LIFE_BLOCKS),
    verifyBps,
    isChecked,
    escrowWei: priceOfTick(maxTick) + (verifyBps === 0 ? 0n : budgetWei({ ...draft, seatFee: draft.seatFeeWei }))
  }
}

async function moduleOf(files: Files, request: JobRequest, options: AbortOptions): Promise<CID> {
  if (request.module !== undefined) return cidFrom('module', request.module)
  if (request.modulePath !== undefined) return files.addModule(request.modulePath, options)
  throw badRequest('a module is needed: the path of a module.json, or a CID')
}

async function fileOf(files: Files, source: string, options: AbortOptions): Promise<CID> {
  return isCidText(source) ? cidFrom('input file', source) : files.addFile(source, options)
}

function isCidText(source: string): boolean {
  try {
    parseCid(source)
    return true
  } catch {
    return false
  }
}

function cidFrom(what: string, source: string): CID {
  try {
    return parseCid(source)
  } catch (error) {
    throw badRequest(`${what}: ${error instanceof Error ? error.message : ''}`)
  }
}

function within(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw badRequest(`${name}: expected a whole number of ${min}..${max}, found ${value}`)
}

function badRequest(message: string): LilyError {
  return new LilyError('JOB_BAD_REQUEST', message)
}
