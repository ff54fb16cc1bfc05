/**
 * One side of the fetch benchmark, a process of its own: serves files and a raw stream, or fetches them. Its parent
 * speaks to it by messages.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Stream } from '@libp2p/interface'
import { randomKey } from '../../node/host/keys.ts'
import { createNet, type Net } from '../../node/host/net/create.ts'
import { CID } from '../../protocols/core/cid.ts'

/** Bytes sent as fast as the connection takes them: what fetching is compared with. */
const RAW_PROTOCOL = '/lilynode/bench-raw/1'

const CHUNK_BYTES = 256 * 1024

const MEMORY_SAMPLE_MS = 100

/** What the parent asks. */
export type PeerRequest =
  | { readonly ask: 'start'; readonly dataDir: string; readonly bootstrap: readonly string[] }
  | { readonly ask: 'add'; readonly bytes: number; readonly salt: number }
  | { readonly ask: 'raw'; readonly peerId: string; readonly bytes: number }
  | { readonly ask: 'fetch'; readonly peerId: string; readonly cid: string }
  | { readonly ask: 'memory' }
  | { readonly ask: 'stop' }

/** What the peer answers; fields are there for the requests that have them. */
export interface PeerAnswer {
  readonly error?: string
  readonly peerId?: string
  readonly addresses?: readonly string[]
  readonly cid?: string
  readonly ms?: number
  readonly bytes?: number
  readonly peakMiB?: number
}

let net: Net | undefined
let peakKiB = 0

process.on('message', (request: PeerRequest) => {
  run(request).then(
    answer => process.send?.(answer),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  )
})

async function run(request: PeerRequest): Promise<PeerAnswer> {
  if (request.ask === 'start') return start(request.dataDir, request.bootstrap)
  if (net === undefined) throw new Error('not started')
  switch (request.ask) {
    case 'add':
      return { cid: await addFile(net, request.bytes, request.salt) }
    case 'raw':
      return timed(request.bytes, receiveRaw(net, request.peerId, request.bytes))
    case 'fetch':
      return fetchFile(net, request.peerId, request.cid)
    case 'memory': {
      const peakMiB = peakKiB / 1024
      peakKiB = 0
      return { peakMiB }
    }
    case 'stop':
      await net.stop()
      process.disconnect()
      return {}
  }
}

async function start(dataDir: string, bootstrap: readonly string[]): Promise<PeerAnswer> {
  net = await createNet({ dataDir, privateKey: randomKey(), bootstrap, testNet: true })
  await net.helia.libp2p.handle(RAW_PROTOCOL, sendRaw)
  setInterval(() => void sampleMemory(), MEMORY_SAMPLE_MS).unref()
  return { peerId: net.network.peerId, addresses: net.network.addresses() }
}

async function addFile({ content }: Net, bytes: number, salt: number): Promise<string> {
  const root = await content.addTree([{ path: 'file', content: pseudoRandom(bytes, salt) }])
  for await (const entry of content.list(root)) return entry.cid.toString()
  throw new Error('the tree is empty')
}

/** Bytes without two equal blocks, in one file or two of different salt; the same in each run. */
async function* pseudoRandom(bytes: number, salt: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < bytes; sent += CHUNK_BYTES) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes - sent))
    chunk.set(createHash('sha256').update(`${salt} ${sent}`).digest().subarray(0, chunk.length))
    yield chunk
  }
}

/** Sends as many bytes as the other side asks for and no more, so that none is on its way when the next thing is timed. */
function sendRaw(stream: Stream): void {
  const chunk = new Uint8Array(CHUNK_BYTES)
  let left = 0
  // The event, since the stream's onDrain() never waits again once it has waited.
  const fill = () => {
    while (left > 0 && stream.status === 'open') {
      left -= CHUNK_BYTES
      if (!stream.send(chunk)) return
    }
  }
  stream.addEventListener('drain', fill)
  stream.addEventListener('message', ({ data }) => {
    left = Number(Buffer.from(data.subarray()).readBigUInt64BE())
    fill()
  })
}

async function receiveRaw({ helia }: Net, peerId: string, bytes: number): Promise<number> {
  const [connection] = helia.libp2p.getConnections().filter(({ remotePeer }) => remotePeer.toString() === peerId)
  if (connection === undefined) throw new Error('not connected')
  const stream = await connection.newStream(RAW_PROTOCOL)
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let received = 0
  stream.addEventListener('message', ({ data }) => {
    received += data.byteLength
    if (received >= bytes) resolve(received)
  })
  stream.addEventListener('close', () => reject(new Error('the raw stream ended early')))
  const request = Buffer.alloc(8)
  request.writeBigUInt64BE(BigInt(bytes))
  stream.send(request)
  try {
    return await promise
  } finally {
    stream.abort(new Error('enough'))
  }
}

function fetchFile({ content }: Net, peerId: string, cid: string): Promise<PeerAnswer> {
  const read = async () => {
    let received = 0
    for await (const part of content.cat(CID.parse(cid), { from: [peerId] })) received += part.length
    return received
  }
  return timed(undefined, read())
}

async function timed(expected: number | undefined, work: Promise<number>): Promise<PeerAnswer> {
  const startedMs = performance.now()
  const bytes = await work
  return { ms: performance.now() - startedMs, bytes: expected ?? bytes }
}

/** Anonymous memory where the system tells it: the database maps its files, which the system may take back. */
async function sampleMemory(): Promise<void> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const anonKiB = /^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]
  peakKiB = Math.max(peakKiB, anonKiB === undefined ? process.memoryUsage.rss() / 1024 : Number(anonKiB))
}
