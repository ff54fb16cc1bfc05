/** What a fleet is put through: each trial gives its figures, beside which its goals are held by whoever asks. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Fleet, FleetNode, Sighting } from './fleet.ts'

/** A node that is asked for its book waits so long for it to be full; looks at all books are at least so far apart. */
const PATIENCE_MS = 10_000
const LOOK_MS = 100

/** Slots of one account, and the one that a flood uses. */
const SLOTS = 64

/** Longest wait for equal books: a machine that is busy with other things takes long, and only a hang is a failure. */
const EQUAL_MS = 180_000

/** Looks at whether a fleet has settled, how many of them in a row must find it so, and how long is waited for that. */
const SETTLED_LOOK_MS = 1_000
const STILL_LOOKS = 5
const SETTLED_MS = 120_000

/** Longest flood. */
const MAX_FLOOD_SEC = 60

/** Times of messages from their sending to their coming, in ms, and how many were lost by gossip. */
export interface Latencies {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
  readonly heard: number
  readonly expected: number
}

/** Waits until every book holds so many offers and all are the same; gives how long it took. */
export async function untilEqual(nodes: readonly FleetNode[], count: number): Promise<number> {
  const fromMs = performance.now()
  for (;;) {
    // Each node looks for itself: to ask sixty of them ten times a second is work on the machine that is measured.
    const books = await Promise.all(nodes.map(node => node.ask({ do: 'book', from: count, patienceMs: PATIENCE_MS })))
    const tookMs = performance.now() - fromMs
    if (books.every(book => book.count === count && book.digest === books[0]?.digest)) return tookMs
    if (tookMs > EQUAL_MS) {
      const counts = books.map(book => book.count).join(' ')
      throw new Error(`the books are not equal after ${EQUAL_MS} ms: of ${count} offers they hold ${counts}`)
    }
    await delay(LOOK_MS)
  }
}

/** Waits until nobody has found a new neighbour for a while: what joining costs is not what the trials are about. */
export async function untilSettled(nodes: readonly FleetNode[]): Promise<void> {
  const fromMs = performance.now()
  let [known, still] = [-1, 0]
  while (still < STILL_LOOKS && performance.now() - fromMs < SETTLED_MS) {
    await delay(SETTLED_LOOK_MS)
    const peers = await Promise.all(nodes.map(node => node.ask({ do: 'peers' })))
    const count = peers.flat().length
    still = count === known ? still + 1 : 0
    known = count
  }
}

/** Everybody publishes its share at one pace; resolves to what was published, with the times, when the last is out. */
export async function publishAll(
  nodes: readonly FleetNode[],
  options: { readonly each: number; readonly firstSlot: number; readonly perSecond: number; readonly slots?: number }
): Promise<readonly Sighting[]> {
  const everyMs = (1000 * nodes.length) / options.perSecond
  const startMs = Date.now() + 200
  const told = await Promise.all(
    nodes.map((node, i) =>
      node.ask({
        do: 'publish',
        count: options.each,
        slots: options.slots ?? SLOTS,
        firstSlot: options.firstSlot,
        fromMs: startMs + (i * everyMs) / nodes.length,
        everyMs
      })
    )
  )
  return told.flat()
}

/** When the others heard what was published. */
export async function latenciesOf(nodes: readonly FleetNode[], published: readonly Sighting[]): Promise<Latencies> {
  const sent = new Map(published)
  const times: number[] = []
  for (const sightings of await Promise.all(nodes.map(node => node.ask({ do: 'sightings' }))))
    for (const [name, atMs] of sightings) {
      const sentMs = sent.get(name)
      if (sentMs !== undefined) times.push(atMs - sentMs)
    }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  return {
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    worstMs: at(1),
    heard: times.length,
    expected: published.length * (nodes.length - 1)
  }
}

/** Offers until every book has them: how long after the last one, and how gossip carried them. */
export async function tryBooks(fleet: Fleet, offers: number, perSecond: number) {
  const each = Math.ceil(offers / fleet.nodes.length)
  const published = await publishAll(fleet.nodes, { each, firstSlot: 0, perSecond })
  const equalMs = await untilEqual(fleet.nodes, published.length)
  return { count: published.length, equalMs, latencies: await latenciesOf(fleet.nodes, published) }
}

/** One more node: how long after it is up its book is whole. */
export async function tryLateJoiner(fleet: Fleet, count: number): Promise<{ readonly wholeMs: number }> {
  const late = await fleet.add()
  const [first] = fleet.nodes
  return { wholeMs: await untilEqual(first === undefined ? [late] : [first, late], count) }
}

/** Halves that part, publish on both sides, and meet again: how long after it all books are one. */
export async function tryPartition(fleet: Fleet, count: number, partedMs: number) {
  await fleet.cut(true)
  const fromMs = performance.now()
  const published = await publishAll(fleet.nodes, { each: 2, firstSlot: SLOTS - 2, perSecond: 40, slots: 2 })
  await delay(Math.max(0, partedMs - (performance.now() - fromMs)))
  const books = await Promise.all(fleet.nodes.map(node => node.ask({ do: 'book', from: 0, patienceMs: 0 })))
  const wereApart = new Set(books.map(({ digest }) => digest)).size >= 2
  await fleet.cut(false)
  const convergedMs = await untilEqual(fleet.nodes, count + published.length)
  await Promise.all(fleet.nodes.map(node => node.ask({ do: 'sightings' })))
  return { count: count + published.length, wereApart, convergedMs }
}

/**
 * One node floods with well-formed offers, until nobody takes anything from it any more: gossip among the others before and
 * during it, and how long it lasted.
 */
export async function tryFlood(fleet: Fleet, perSecond: number, honestPerSecond: number, seconds: number) {
  const honest = fleet.nodes.slice(0, -1)
  const spammer = fleet.nodes.at(-1)
  if (spammer === undefined) throw new TypeError('a fleet has nodes')
  const each = Math.ceil((honestPerSecond * seconds) / honest.length)
  const pace = { each, firstSlot: 0, perSecond: honestPerSecond, slots: 4 }
  const quiet = await latenciesOf(honest, await publishAll(honest, pace))
  const flood = spammer.ask({ do: 'flood', slot: SLOTS - 1, perSecond, seconds: MAX_FLOOD_SEC })
  const [published, { sent: flooded, lastedMs, listeners }] = await Promise.all([publishAll(honest, pace), flood])
  const loud = await latenciesOf(honest, published)
  return { quiet, loud, flooded, lastedMs, listeners }
}
