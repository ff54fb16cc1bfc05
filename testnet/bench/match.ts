/**
 * The rule and the admission of offers beside their goals (matching.md section 7), and beside naive deferred acceptance and
 * Lilypad's rule on the same markets: `npm run bench:match [-- --json] [--small]`. Times are of this process's own thread,
 * so that other work of the machine does not count.
 */
import { parseArgs } from 'node:util'
import { LocalSigner, verifyBytes } from '../../node/host/signer.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { IncrementalMatch } from '../../protocols/match/incremental.ts'
import { match } from '../../protocols/match/match.ts'
import type { Matcher, View } from '../../protocols/match/view.ts'
import { Book } from '../../protocols/offer/book.ts'
import {
  encodeOffer,
  type MarketDomain,
  offerOf,
  offerPreimage,
  type ResourceOffer,
  SIGNED_RESOURCE_OFFER
} from '../../protocols/offer/offer.ts'
import { checkLag, checkOffer } from '../../protocols/offer/rule.ts'
import { Dice } from '../sim/dice.ts'
import { drawMarket, drawResource, IDLE_CHAIN, idOf } from '../sim/offers.ts'
import { deferredAcceptance, lilypadRule } from '../sim/rivals.ts'
import { type BenchRow, formatRows } from './row.ts'

const BLOCK = 1000
const TIPS = { tipLevels: 16 }
const DOMAIN: MarketDomain = { chainId: 31337n, market: `0x${'a1'.repeat(20)}` }

/** Sizes of a full match with the time it may take, and how often it is timed. */
const FULL = [
  { size: 5_000, goalMs: 75, times: 9 },
  { size: 10_000, goalMs: 250, times: 5 },
  { size: 50_000, goalMs: 5_000, times: 3 }
] as const

const OFFERS_PER_SECOND = 700
const EPOCH_MS = 15

/** All rows; `isSmall` leaves out what takes more than a few seconds. */
export async function benchMatch(isSmall = false): Promise<BenchRow[]> {
  const sizes = FULL.filter(({ size }) => !isSmall || size <= 5_000)
  return [
    ...sizes.flatMap(fullRows),
    epochRow(),
    await admissionRow(isSmall ? 500 : 3_000),
    ...[deferredAcceptance, lilypadRule].map((matcher, i) =>
      rivalRow(i === 0 ? 'naive deferred acceptance' : "Lilypad's rule", matcher, isSmall ? 1_000 : 5_000)
    )
  ]
}

/** A market as a view, drawn once for each size. */
function viewOf(size: number, tipLevels: number): View {
  const { jobs, resources } = drawMarket(new Dice('bench'), size, size, { tipLevels }, BLOCK - 1)
  return { jobs: jobs.map(({ offer }) => offer), resources: resources.map(({ offer }) => offer) }
}

function fullRows({ size, goalMs, times }: (typeof FULL)[number]): BenchRow[] {
  return [TIPS.tipLevels, 0].map(tipLevels => {
    const view = viewOf(size, tipLevels)
    const value = medianMs(times, i => match(view, BLOCK, idOf(`seed ${i}`), IDLE_CHAIN))
    const name = `full match, ${thousands(size)} x ${thousands(size)}, ${tipLevels === 0 ? 'no' : tipLevels} tips`
    return { name, value, unit: 'ms', goal: goalMs, better: 'lower' }
  })
}

function rivalRow(name: string, matcher: Matcher, size: number): BenchRow {
  const view = viewOf(size, TIPS.tipLevels)
  const value = medianMs(1, () => matcher(view, BLOCK, idOf('seed 0'), IDLE_CHAIN))
  const k = thousands(size)
  return { name: `${name}, ${k} x ${k}, 16 tips`, value, unit: 'ms', goal: undefined, better: 'lower' }
}

/**
 * Rounds over 5,000 jobs and 5,000 resources that the rounds before left over; each brings 50 of either and takes the
 * oldest 50, and its pairs become deals.
 */
function epochRow(): BenchRow {
  const pool = viewOf(16_000, TIPS.tipLevels)
  const memory = new IncrementalMatch()
  const matched = new Set<unknown>()
  for (const { job, resource } of match(pool, BLOCK, idOf('pool'), IDLE_CHAIN)) matched.add(job).add(resource)
  const [jobs, resources] = [pool.jobs, pool.resources].map(side => [...side].filter(offer => !matched.has(offer)))
  const live = { jobs: jobs?.slice(0, 5_000) ?? [], resources: resources?.slice(0, 5_000) ?? [] } as unknown as View
  const fresh = viewOf(5_000, TIPS.tipLevels)
  let view = { jobs: [...live.jobs], resources: [...live.resources] }
  if (view.jobs.length < 5_000 || view.resources.length < 5_000) throw new Error('the pool leaves too little over')
  memory.match(view, BLOCK, idOf('first'), IDLE_CHAIN)
  const [newJobs, newResources] = [[...fresh.jobs], [...fresh.resources]]
  const value = medianMs(
    25,
    i => memory.match(view, BLOCK + i, idOf(`epoch ${i}`), IDLE_CHAIN),
    (pairs, i) => {
      const done = new Set<unknown>(pairs.flatMap(({ job, resource }) => [job, resource]))
      const [from, to] = [50 * i, 50 * i + 50]
      view = {
        jobs: [...view.jobs.filter(job => !done.has(job)).slice(-4_950), ...newJobs.slice(from, to)],
        resources: [...view.resources.filter(r => !done.has(r)).slice(-4_950), ...newResources.slice(from, to)]
      }
    }
  )
  return { name: 'epoch of 100 changes in 10k offers', value, unit: 'ms', goal: EPOCH_MS, better: 'lower' }
}

/** The whole way of an offer into the book: decode, rules, signature, register. */
async function admissionRow(count: number): Promise<BenchRow> {
  const messages = await signedOffers(count)
  const book = new Book<ResourceOffer>()
  const start = cpuMs()
  for (const bytes of messages) {
    const { offer: body, signature } = SIGNED_RESOURCE_OFFER.decode(bytes)
    const refused = checkOffer(body, BLOCK) ?? checkLag(body, BLOCK)
    const preimage = offerPreimage('resource', DOMAIN, encodeOffer('resource', body))
    if (refused === undefined && verifyBytes(body.key, preimage, signature))
      book.add(offerOf(preimage, body, signature))
  }
  const value = (1000 * count) / (cpuMs() - start)
  if (book.size !== count) throw new Error(`${book.size} of ${count} offers were admitted`)
  return { name: 'offers admitted, signature and all', value, unit: '/s', goal: OFFERS_PER_SECOND, better: 'higher' }
}

async function signedOffers(count: number): Promise<Uint8Array[]> {
  const dice = new Dice('admission')
  const messages: Uint8Array[] = []
  for (let i = 0; messages.length < count; i++) {
    const signer = new LocalSigner(sha256(utf8(`provider ${i}`)))
    for (let slot = 0; slot < 16 && messages.length < count; slot++) {
      const drawn = drawResource(dice, 'r', { account: signer.account, slot, refBlock: BLOCK - 1 })
      const offer = { ...drawn.offer.body, key: signer.publicKey }
      const signature = await signer.signBytes(offerPreimage('resource', DOMAIN, encodeOffer('resource', offer)))
      messages.push(SIGNED_RESOURCE_OFFER.encode({ offer, signature: Uint8Array.from(signature) }))
    }
  }
  return messages
}

/** The median time of some runs after one to warm up; `after` is not timed. */
function medianMs<T>(times: number, run: (i: number) => T, after: (result: T, i: number) => void = () => {}): number {
  const durations: number[] = []
  for (let i = 0; i <= times; i++) {
    const start = cpuMs()
    const result = run(i)
    if (i > 0 || times === 1) durations.push(cpuMs() - start)
    after(result, i)
    if (times === 1) break
  }
  return durations.sort((a, b) => a - b)[Math.floor(durations.length / 2)] ?? Number.NaN
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function thousands(size: number): string {
  return `${size / 1000}k`
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, small: { type: 'boolean' } } })
  const rows = await benchMatch(values.small)
  console.log(formatRows(rows))
  if (values.json) console.log(JSON.stringify(rows))
}
