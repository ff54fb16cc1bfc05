/**
 * What it costs two nodes to find which of 10,000 offers only one of them holds, in bytes of the wire's own messages, beside
 * the goals (matching.md section 4). The offers that then move are not counted: `node testnet/bench/sync.ts [--json]`.
 */
import { toHex } from '../../protocols/core/bytes.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { answerSync, differenceOf } from '../../protocols/sync/answer.ts'
import { OFFERS_ENTRY, OFFERS_REQUEST, SYNC_ANSWER, SYNC_REQUEST } from '../../protocols/sync/message.ts'
import type { Item } from '../../protocols/sync/range.ts'
import { restOf, SyncSession, wantedOf } from '../../protocols/sync/session.ts'
import { Snapshot } from '../../protocols/sync/snapshot.ts'
import { type BenchRow, formatRows } from './row.ts'

const SALT = new Uint8Array(8).fill(7)
const OFFERS = 10_000
const FIRST_BLOCK = 5_000
const LIFE_BLOCKS = 512

/** What a session cost and found. */
export interface Outcome {
  /** Of all messages, without the offers and their framing. */
  readonly bytes: number
  readonly requests: number
  /** What the neighbour sends. */
  readonly missing: readonly Item[]
  /** What the neighbour asks for. */
  readonly given: readonly Item[]
  readonly isCut: boolean
}

/** One session of a node that holds `mine` with a neighbour that holds `theirs`; every message goes through its codec. */
export function reconcile(mine: readonly Item[], theirs: readonly Item[], base = 0): Outcome {
  const [own, other] = [new Snapshot(mine), new Snapshot(theirs)]
  const session = new SyncSession(own, 'resource', SALT, base)
  let [bytes, requests, isCut] = [0, 0, false]
  for (let request = session.ask(); request !== undefined; request = session.ask()) {
    const asked = SYNC_REQUEST.encode(request)
    const answered = SYNC_ANSWER.encode(answerSync(other, SYNC_REQUEST.decode(asked)))
    session.take(SYNC_ANSWER.decode(answered))
    bytes += asked.length + answered.length
    requests += 1
  }
  const [missing, given]: [Item[], Item[]] = [[], []]
  const fetches = [...session.fetches()]
  for (let fetch = fetches.shift(); fetch !== undefined; fetch = fetches.shift()) {
    const asked = OFFERS_REQUEST.encode(fetch.request)
    const difference = differenceOf(other, OFFERS_REQUEST.decode(asked))
    const last = OFFERS_ENTRY.encode({ offer: null, wanted: difference.wanted })
    missing.push(...difference.missing)
    given.push(...wantedOf(fetch, OFFERS_ENTRY.decode(last).wanted ?? new Uint8Array()))
    const end = difference.missing.at(-1)
    const rest = difference.isCut && end !== undefined ? restOf(fetch, end) : undefined
    if (rest !== undefined) fetches.unshift(rest)
    isCut ||= difference.isCut && rest === undefined
    bytes += asked.length + last.length
    requests += 1
  }
  return { bytes, requests, missing, given, isCut }
}

/** Bytes of each case. */
export function benchSync(): BenchRow[] {
  const all = Array.from({ length: OFFERS }, (_, i) => itemOf(`${i}`, FIRST_BLOCK + ((i * 7919) % LIFE_BLOCKS)))
  const spread = (rest: number) => all.filter((_, i) => i % 200 !== rest)
  const recent = (side: string) =>
    Array.from({ length: 50 }, (_, i) => itemOf(`${side} ${i}`, FIRST_BLOCK + LIFE_BLOCKS - 4 + (i % 4)))
  const kB = (mine: readonly Item[], theirs: readonly Item[]) => reconcile(mine, theirs, FIRST_BLOCK).bytes / 1000
  return [
    row('sync of 10k offers, equal books', kB(all, all), 0.3),
    row('1 % differ, the newest', kB([...all, ...recent('a')], [...all, ...recent('b')]), 3),
    row('1 % differ, of all ages', kB(spread(0), spread(100)), 25)
  ]
}

function row(name: string, value: number, goal: number): BenchRow {
  return { name, value, unit: 'kB', goal, better: 'lower' }
}

function itemOf(name: string, block: number): Item {
  return { block, id: toHex(sha256(utf8(name))) }
}

if (import.meta.main) {
  const rows = benchSync()
  console.log(formatRows(rows))
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
}
