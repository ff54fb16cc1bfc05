/**
 * Fetching a file from node to node beside a raw libp2p stream between the same two processes in the same run, and the
 * memory that both sides take. Alone: `node testnet/bench/fetch.ts [--json]`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PeerAnswer, PeerRequest } from './fetch-peer.ts'
import { type BenchRow, formatRows } from './row.ts'

const MIB = 1024 * 1024

/** Share of the raw stream's rate that a fetch has to reach. */
const GOAL_RATIO = 0.6

/** How much more memory eight times the bytes may take. */
const GOAL_GROWTH = 1.5

/** Measures files of 64 MiB and 512 MiB; about half a minute. */
export async function benchFetch(): Promise<BenchRow[]> {
  const dir = await mkdtemp(join(tmpdir(), 'lilynode-bench-'))
  const server = new Peer()
  const client = new Peer()
  try {
    const { addresses = [], peerId = '' } = await server.ask({ ask: 'start', dataDir: join(dir, 'a'), bootstrap: [] })
    await client.ask({ ask: 'start', dataDir: join(dir, 'b'), bootstrap: addresses })
    const small: string[] = []
    for (let i = 0; i < 3; i++) small.push((await server.ask({ ask: 'add', bytes: 64 * MIB, salt: i })).cid ?? '')
    const large = await server.ask({ ask: 'add', bytes: 512 * MIB, salt: 3 })
    await memoryOf(client, server)

    // Raw and fetch take turns, so that a change of the machine's speed meets both alike.
    const rawMs: number[] = []
    const smallMs: number[] = []
    for (const cid of small) {
      rawMs.push(timeOf(await client.ask({ ask: 'raw', peerId, bytes: 256 * MIB })))
      smallMs.push(timeOf(await client.ask({ ask: 'fetch', peerId, cid })))
    }
    const memory64 = await memoryOf(client, server)
    const largeMs = timeOf(await client.ask({ ask: 'fetch', peerId, cid: large.cid ?? '' }))
    const memory512 = await memoryOf(client, server)
    rawMs.push(timeOf(await client.ask({ ask: 'raw', peerId, bytes: 256 * MIB })))

    const raw = rateOf(256 * rawMs.length, sum(rawMs))
    const goal = raw * GOAL_RATIO
    const rate = rateOf(512, largeMs)
    return [
      { name: 'raw libp2p stream, 4 x 256 MiB', value: raw, unit: 'MiB/s', goal: undefined, better: 'higher' },
      { name: 'fetch 3 x 64 MiB', value: rateOf(64 * 3, sum(smallMs)), unit: 'MiB/s', goal, better: 'higher' },
      { name: 'fetch 512 MiB', value: rate, unit: 'MiB/s', goal, better: 'higher' },
      { name: 'fetch 512 MiB, share of raw', value: rate / raw, unit: '', goal: GOAL_RATIO, better: 'higher' },
      ...(['client', 'server'] as const).flatMap(side => memoryRows(side, memory64[side], memory512[side]))
    ]
  } finally {
    await Promise.all([server.stop(), client.stop()])
    await rm(dir, { recursive: true, force: true })
  }
}

function memoryRows(side: string, small: number, large: number): BenchRow[] {
  return [
    { name: `peak memory of the ${side}, 64 MiB`, value: small, unit: 'MiB', goal: undefined, better: 'lower' },
    {
      name: `peak memory of the ${side}, 512 MiB`,
      value: large,
      unit: 'MiB',
      goal: small * GOAL_GROWTH,
      better: 'lower'
    }
  ]
}

async function memoryOf(client: Peer, server: Peer): Promise<{ client: number; server: number }> {
  const [ofClient, ofServer] = await Promise.all([client.ask({ ask: 'memory' }), server.ask({ ask: 'memory' })])
  return { client: ofClient.peakMiB ?? Number.NaN, server: ofServer.peakMiB ?? Number.NaN }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** MiB per second. */
function rateOf(mebibytes: number, ms: number): number {
  return mebibytes / (ms / 1000)
}

function timeOf(answer: PeerAnswer): number {
  return answer.ms ?? Number.NaN
}

/** The other end of a child process. */
class Peer {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'fetch-peer.ts'))

  async ask(request: PeerRequest): Promise<PeerAnswer> {
    const settled = new AbortController()
    const { signal } = settled
    try {
      const exited = once(this.#child, 'exit', { signal }).then((): [PeerAnswer] => [{ error: 'the peer exited' }])
      const answered = once(this.#child, 'message', { signal })
      // Whichever comes second fails when the other has settled.
      for (const event of [exited, answered]) event.catch(() => {})
      this.#child.send(request)
      const [answer] = (await Promise.race([answered, exited])) as [PeerAnswer]
      if (answer.error !== undefined) throw new Error(`${request.ask}: ${answer.error}`)
      return answer
    } finally {
      settled.abort()
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}

if (import.meta.main) {
  const rows = await benchFetch()
  console.log(formatRows(rows))
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
}
