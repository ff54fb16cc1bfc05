// Random small markets for the tests of the rule. Few kinds of everything, so that offers compete.
import fc from 'fast-check'
import type { Address } from '../../../protocols/core/account.ts'
import { type Bytes32, toHex } from '../../../protocols/core/bytes.ts'
import { sha256 } from '../../../protocols/core/hash.ts'
import { utf8 } from '../../../protocols/core/utf8.ts'
import type { ChainFacts, Pair } from '../../../protocols/match/match.ts'
import type { JobOffer, Offer, ResourceOffer } from '../../../protocols/offer/offer.ts'
import { MAX_PRICE_TICK } from '../../../protocols/offer/price.ts'
import { cidOf } from '../arbitrary.ts'

/** The block at which these markets are matched. */
export const BLOCK = 1000

/** Any 32 bytes, the same for the same text. */
export const digestOf = (text: string): Bytes32 => toHex(sha256(utf8(text)))
const accountOf = (text: string): Address => toHex(sha256(utf8(text)).subarray(12))

const HEAD = {
  v: 1,
  key: new Uint8Array(33),
  seq: 0,
  refBlock: BLOCK - 1,
  refHash: '0x00000000',
  isCancel: false
} as const
export const MODULE = cidOf('module')
const OTHER_MODULE = cidOf('other module')

/** A resource offer that takes any job of {@link MODULE}; `name` is its account and id. */
export function resourceOf(name: string, changes: Partial<ResourceOffer> = {}): Offer<ResourceOffer> {
  const body: ResourceOffer = {
    ...HEAD,
    expiry: BLOCK + 100,
    slot: 0,
    machine: { cpuMilli: 4000, memoryMiB: 4096, diskMiB: 4096, gpus: [] },
    arch: 'amd64',
    slices: 1,
    runtimes: ['docker/linux-amd64', 'lily-wasi/1'],
    modules: null,
    askTick: 10,
    moduleAsks: [],
    collateralTimes: 100,
    maxRunTimeSec: 3600,
    maxWindowSec: 3600,
    ...changes
  }
  return { id: digestOf(`resource ${name} ${body.slot}`), account: accountOf(name), body, signature: '0x' }
}

/** A job offer that takes any resource; `name` is its account and id. */
export function jobOf(name: string, changes: Partial<JobOffer> = {}): Offer<JobOffer> {
  const body: JobOffer = {
    ...HEAD,
    expiry: BLOCK + 100,
    slot: 0,
    job: cidOf(`job ${name}`),
    module: MODULE,
    runtime: 'lily-wasi/1',
    arch: null,
    machine: { cpuMilli: 1000, memoryMiB: 256, diskMiB: 0, gpus: [] },
    maxTick: MAX_PRICE_TICK,
    tipTick: 0,
    target: null,
    collateralTimes: 10,
    runTimeSec: 60,
    windowSec: 60,
    seats: 3,
    rounds: 2,
    seatFeeWei: 1n,
    isPublished: false,
    ...changes
  }
  return { id: digestOf(`job ${name} ${body.slot}`), account: accountOf(name), body, signature: '0x' }
}

/** A market: offers and the seed of its block. */
export interface Market {
  readonly jobs: readonly Offer<JobOffer>[]
  readonly resources: readonly Offer<ResourceOffer>[]
  readonly seed: Bytes32
}

const machine = fc.record({
  cpuMilli: fc.constantFrom(500, 1000, 2000, 4000),
  memoryMiB: fc.constantFrom(128, 256, 512),
  diskMiB: fc.constantFrom(0, 100),
  gpus: fc.constantFrom([], [], [], [{ model: 'a100', vramMiB: 40_000 }], [{ model: '', vramMiB: 8000 }])
})
const module = fc.constantFrom(MODULE, MODULE, OTHER_MODULE)

const resource = fc
  .record({
    machine,
    slices: fc.integer({ min: 1, max: 3 }),
    askTick: fc.integer({ min: 0, max: 6 }),
    modules: fc.constantFrom(null, null, [MODULE], [OTHER_MODULE]),
    moduleAsks: fc.constantFrom(
      [],
      [],
      [{ module: MODULE, askTick: 2 }],
      [
        { module: MODULE, askTick: 4 },
        { module: OTHER_MODULE, askTick: 0 }
      ]
    ),
    collateralTimes: fc.constantFrom(10, 100)
  })
  .map(changes => ({ ...changes }))

const job = fc
  .record({
    machine,
    module,
    maxTick: fc.integer({ min: 0, max: 9 }),
    tipTick: fc.integer({ min: 0, max: 3 }),
    refBlock: fc.integer({ min: BLOCK - 30, max: BLOCK - 1 }),
    collateralTimes: fc.constantFrom(1, 10, 50),
    target: fc.constantFrom(null, null, null, null, accountOf('r0'), accountOf('both'))
  })
  .map(changes => ({ ...changes }))

/**
 * Markets of up to twelve offers on each side. Every third offer is a further slot of the account before it, and the fourth
 * of each side has one account, so that accounts with several slots and of both kinds occur.
 */
export const market: fc.Arbitrary<Market> = fc
  .tuple(fc.array(job, { maxLength: 12 }), fc.array(resource, { maxLength: 12 }), fc.nat())
  .map(([jobs, resources, n]) => ({
    jobs: jobs.map((changes, i) => jobOf(nameOf('j', i), { ...changes, slot: slotOf(i) })),
    resources: resources.map((changes, i) => resourceOf(nameOf('r', i), { ...changes, slot: slotOf(i) })),
    seed: digestOf(`seed ${n}`)
  }))

const slotOf = (i: number) => Number(i % 3 === 2)
const nameOf = (side: string, i: number) => (i === 3 ? 'both' : `${side}${i - slotOf(i)}`)

/** A chain on which everybody has slots enough and nothing is in use, but for the changes. */
export function chainOf(changes: Partial<ChainFacts> = {}): ChainFacts {
  return { unitsInUse: () => 0, resourceSlots: () => 16, jobSlots: () => 64, isTaken: () => false, ...changes }
}

/** A matching as text, one line a pair: equal matchings are equal lines. */
export function linesOf(pairs: readonly Pair[]): readonly string[] {
  return pairs.map(({ job, resource, priceTick }) => `${job.id} ${resource.id} ${priceTick}`)
}

/** What a job got in a matching. */
export function gotBy(pairs: readonly Pair[], jobId: Bytes32): Pair | undefined {
  return pairs.find(({ job: { id } }) => id === jobId)
}
