/**
 * A crowd: many creators give many jobs to many providers at once. What became of each is read from the chain, not from
 * what a node says of itself: which deals were committed, in which block, and which calls of the Market failed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { JobReport } from '../node/market/api.ts'
import type { AbortOptions } from '../node/market/ports.ts'
import type { Bytes32 } from '../protocols/core/bytes.ts'
import type { NodeEvent } from '../protocols/events.ts'
import type { FailedCall } from './dev-chain.ts'
import { playJob } from './play.ts'
import type { Testnet } from './testnet.ts'

const COWSAY = fileURLToPath(new URL('modules/cowsay/module.json', import.meta.url))

/** How long one job may take until it is lost. */
const JOB_TIMEOUT_MS = 300_000

/** A job whose deal took more blocks than this has its story told. */
const SLOW_BLOCKS = 6

/** How many jobs, and how fast they come. */
export interface Load extends AbortOptions {
  readonly jobs: number
  readonly perSecond: number
}

/** What became of them. */
export interface Outcome {
  readonly jobs: number
  /** Why each job that has no accepted result has none. */
  readonly lost: readonly string[]
  /** Deals of the crowd's jobs beyond one for each. */
  readonly twice: number
  /** Blocks from the one in which a job was offered to the one that has its deal; ascending. */
  readonly blocksToDeal: readonly number[]
  /** From giving a job to holding its accepted result, in ms; ascending. */
  readonly tookMs: readonly number[]
  /** Calls of the Market that were mined and failed. */
  readonly reverted: readonly FailedCall[]
  /** How many providers had a deal. */
  readonly providers: number
  /** What happened, in which block, to each job whose deal took long. */
  readonly slow: readonly string[]
}

/** Gives every creator of the testnet its share of the jobs, one after the other at even distances, and waits for all. */
export async function playCrowd(testnet: Testnet, { jobs, perSecond, signal }: Load): Promise<Outcome> {
  const options = signal === undefined ? {} : { signal }
  const creators = testnet.members.filter(member => member.name.startsWith('creator-'))
  const { chain } = testnet
  const firstBlock = await chain.blockNumber(options)
  const playing: Promise<Played>[] = []
  for (let i = 0; i < jobs; i++) {
    const creator = creators[i % creators.length]
    if (creator === undefined) throw new TypeError('the testnet has no creators')
    playing.push(played(testnet, creator.name, `moo ${i}`, options))
    await delay(1000 / perSecond, undefined, options)
  }
  const ended = await Promise.all(playing)
  const ours = new Map(ended.flatMap(({ id, block }) => (id === undefined ? [] : [[id, block] as const])))
  const commits = (await chain.commits(firstBlock, options)).filter(({ deal }) => ours.has(deal.jobOffer))
  const first = new Map<Bytes32, number>()
  for (const { deal, block } of commits) if (!first.has(deal.jobOffer)) first.set(deal.jobOffer, block)
  const blocksOf = (id: Bytes32 | undefined) => (first.get(id ?? '0x') ?? 0) - (ours.get(id ?? '0x') ?? 0)
  return {
    jobs,
    lost: ended.flatMap(({ lost }) => (lost === undefined ? [] : [lost])),
    twice: commits.length - first.size,
    blocksToDeal: ascending([...first].map(([id, block]) => block - (ours.get(id) ?? 0))),
    tookMs: ascending(ended.map(({ ms }) => ms)),
    reverted: await chain.failedCalls(firstBlock, options),
    providers: new Set(commits.map(({ deal }) => deal.provider)).size,
    slow: ended.flatMap(({ id, story }) =>
      blocksOf(id) <= SLOW_BLOCKS ? [] : [`${id} took ${blocksOf(id)} blocks: ${story.join(', ')}`]
    )
  }
}

/** The value below which a share of an ascending list lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

interface Played {
  /** Of the job's offer. */
  readonly id?: Bytes32
  /** The newest block when it was offered. */
  readonly block: number
  readonly ms: number
  readonly lost?: string
  /** Its events. */
  readonly story: readonly string[]
}

async function played(testnet: Testnet, creator: string, message: string, options: AbortOptions): Promise<Played> {
  const beganMs = performance.now()
  let offered: { readonly id: Bytes32; readonly block: Promise<number> } | undefined
  const story: string[] = []
  const told = (lost?: string) => ({
    ms: performance.now() - beganMs,
    story,
    ...(lost === undefined ? {} : { lost: `${creator}, "${message}": ${lost}` })
  })
  const block = async () => (offered === undefined ? 0 : await offered.block)
  const id = () => (offered === undefined ? {} : { id: offered.id })
  try {
    const request = { modulePath: COWSAY, values: { Message: message }, verifyBps: 0, waitBlocks: 200 }
    const report = await playJob(testnet, request, {
      ...options,
      creator,
      timeoutMs: JOB_TIMEOUT_MS,
      onUpdate: update => {
        if (update.type === 'event') story.push(tell(update.event))
        else offered ??= { id: update.report.id, block: testnet.chain.blockNumber(options) }
      }
    })
    return { ...id(), block: await block(), ...told(whyLost(report)) }
  } catch (error) {
    options.signal?.throwIfAborted()
    return { ...id(), block: await block(), ...told(error instanceof Error ? error.message : String(error)) }
  }
}

function tell(event: NodeEvent): string {
  const about = ['block', 'provider', 'code', 'reason'].flatMap(key => (key in event ? [Reflect.get(event, key)] : []))
  return [event.name, ...about].join(' ')
}

function whyLost({ verdict, state, failure }: JobReport): string | undefined {
  return verdict === 'accepted' ? undefined : (failure?.message ?? `it ended ${verdict ?? state}`)
}

const ascending = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)
