/** What a node takes where its owner is silent: the machine it runs on, and the network's usual terms. */
import { availableParallelism, totalmem } from 'node:os'
import { arch } from 'node:process'
import { parseCid } from '../../protocols/core/cid.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { Machine, Runtime } from '../../protocols/offer/machine.ts'
import { priceOfTick, tickAtLeast } from '../../protocols/offer/price.ts'
import { MAX_RUN_TIME_SEC } from '../../protocols/params.ts'
import type { JobDefaults } from '../market/job.ts'
import type { SupplyTerms } from '../market/supply.ts'
import type { NetworkProfile } from './profile.ts'

const MIB = 1024 * 1024

/** A provider's wishes; everything has a default. */
export interface ProviderInit {
  /** Wei for one job; rounded up to the price grid. */
  readonly askWei?: bigint
  /** Jobs at once. @default one per core, at most 4 */
  readonly slices?: number
  readonly machine?: Partial<Machine>
  /** @default every runtime that works here */
  readonly runtimes?: readonly Runtime[]
  /** CIDs of the only modules that it runs. @default any */
  readonly modules?: readonly string[]
  readonly collateralTimes?: number
  /** Wei kept free in the Market for collateral. @default collateral of all slices at the ask */
  readonly depositWei?: bigint
  /** Appeals verdicts against results that a second run confirms. @default false */
  readonly appeals?: boolean
}

/** How often results are checked, and for how long a provider is looked for, unless the job says otherwise. */
const VERIFY_BPS = 500
const WAIT_BLOCKS = 60

/** The defaults of jobs on a network. */
export function jobDefaults({ defaults }: NetworkProfile): JobDefaults {
  const { maxPriceWei, seatFeeWei, collateralTimes, windowSec } = defaults
  return { maxPriceWei, seatFeeWei, collateralTimes, windowSec, verifyBps: VERIFY_BPS, waitBlocks: WAIT_BLOCKS }
}

/**
 * The terms of a provider's offer.
 *
 * @param ready runtimes that work on this machine
 * @throws CONFIG_BAD_OFFER when what is asked for cannot be offered
 */
export function supplyTerms(init: ProviderInit, { defaults }: NetworkProfile, ready: readonly Runtime[]): SupplyTerms {
  const runtimes = [...(init.runtimes ?? ready)].sort()
  const missing = runtimes.find(runtime => !ready.includes(runtime))
  if (missing !== undefined)
    throw badOffer(`runtime ${missing} does not work on this machine; "lilynode status" says why`)
  if (runtimes.length === 0) throw badOffer('no runtime works on this machine')
  const askTick = tickAtLeast(init.askWei ?? defaults.askWei)
  if (askTick === undefined) throw badOffer(`an ask of ${init.askWei} wei is more than the price grid holds`)
  const slices = init.slices ?? Math.min(4, availableParallelism())
  return {
    machine: { ...machineOf(slices), ...init.machine },
    arch: arch === 'arm64' ? 'arm64' : 'amd64',
    slices,
    runtimes,
    modules:
      init.modules === undefined ? null : init.modules.map(parseCid).sort((a, b) => (String(a) < String(b) ? -1 : 1)),
    askTick,
    moduleAsks: [],
    collateralTimes: init.collateralTimes ?? defaults.collateralTimes,
    maxRunTimeSec: MAX_RUN_TIME_SEC,
    maxWindowSec: MAX_RUN_TIME_SEC
  }
}

/** What must be free in the Market so that every slice can be sold. */
export function collateralOf({ askTick, collateralTimes, slices }: SupplyTerms): bigint {
  return priceOfTick(askTick) * BigInt(collateralTimes) * BigInt(slices)
}

/** One slice: an equal part of the machine's memory, and a core. */
function machineOf(slices: number): Machine {
  const memoryMiB = Math.floor(totalmem() / MIB / 2 / slices)
  return {
    cpuMilli: Math.max(1000, Math.floor((availableParallelism() * 1000) / slices)),
    memoryMiB,
    diskMiB: 4096,
    gpus: []
  }
}

function badOffer(message: string): LilyError {
  return new LilyError('CONFIG_BAD_OFFER', message)
}
