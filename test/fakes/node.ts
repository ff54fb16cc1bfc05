// One market node over fakes: real services, real keys, no sockets.
import { randomBytes } from 'node:crypto'
import { LocalSigner } from '../../node/host/signer.ts'
import type { Components } from '../../node/market/components.ts'
import { Counts } from '../../node/market/counts.ts'
import { Emitter } from '../../node/market/emitter.ts'
import { Facts } from '../../node/market/facts.ts'
import { Offers } from '../../node/market/offer.ts'
import { peerIdOfPublicKey } from '../../node/market/peer-id.ts'
import type { Clock, Logger } from '../../node/market/ports.ts'
import { toHex } from '../../protocols/core/bytes.ts'
import { CODEC, cidOfDigest } from '../../protocols/core/cid.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import type { NodeEvent } from '../../protocols/events.ts'
import type { ResourceOffer } from '../../protocols/offer/offer.ts'
import { MemoryContent } from '../fixtures/memory-content.ts'
import { FakeChain } from './chain.ts'
import type { Bus, BusNetwork } from './network.ts'
import { MemoryStore } from './store.ts'

/** Says nothing. */
export const quiet: Logger = Object.assign(() => {}, { error: () => {} })

/** A clock whose sleeps end when aborted, and never by themselves. */
export const stillClock: Clock = {
  nowMs: () => 0,
  sleep: (_, { signal } = {}) =>
    new Promise((_resolve, fail) => {
      signal?.addEventListener('abort', () => fail(signal.reason), { once: true })
    })
}

/** A node's parts, and what a test looks at. */
export interface FakeNode {
  readonly parts: Components
  readonly chain: FakeChain
  readonly network: BusNetwork
  readonly facts: Facts
  readonly offers: Offers
  readonly heard: NodeEvent[]
}

/** A clock on which a short sleep is over at once, and time goes by only so; what sleeps for longer is kept out of the way. */
export function nappingClock(): Clock {
  let nowMs = 0
  return {
    nowMs: () => nowMs,
    sleep: async (ms, options) => {
      if (ms > 500) return stillClock.sleep(ms, options)
      nowMs += ms
    }
  }
}

/** A clock on which an hour goes by at each look: whoever goes by it has no patience to learn. */
export function hastyClock(): Clock {
  let nowMs = 0
  return { nowMs: () => (nowMs += 3_600_000), sleep: stillClock.sleep }
}

/** A node on a bus whose key follows from its name. */
export function fakeNode(bus: Bus, name: string, clock: Clock = stillClock): FakeNode {
  const signer = new LocalSigner(sha256(utf8(name)))
  const network = bus.join(peerIdOfPublicKey(signer.publicKey))
  const chain = new FakeChain(signer.account)
  const events = new Emitter(quiet)
  const heard: NodeEvent[] = []
  events.on(event => heard.push(event))
  const parts: Components = {
    chain,
    network,
    content: new MemoryContent(),
    store: new MemoryStore(),
    signer,
    clock,
    entropy: length => Uint8Array.from(randomBytes(length)),
    events,
    counts: new Counts(),
    runners: new Map(),
    logger: () => quiet
  }
  const facts: Facts = new Facts(chain, id => offers.slotOf(id))
  const offers: Offers = new Offers(parts, facts)
  return { parts, chain, network, facts, offers, heard }
}

/** What a usual provider sells. */
export const TERMS = {
  machine: { cpuMilli: 2000, memoryMiB: 1024, diskMiB: 1024, gpus: [] },
  arch: 'amd64',
  slices: 1,
  runtimes: ['lily-wasi/1'],
  modules: null,
  askTick: 200,
  moduleAsks: [],
  collateralTimes: 10,
  maxRunTimeSec: 3600,
  maxWindowSec: 3600
} as const satisfies Omit<ResourceOffer, 'v' | 'key' | 'seq' | 'refBlock' | 'refHash' | 'isCancel' | 'expiry' | 'slot'>

/** A creator's terms: a job that fits {@link TERMS}. */
export const JOB_TERMS = {
  job: cidOfDigest(CODEC.dagCbor, toHex(sha256(utf8('job')))),
  module: cidOfDigest(CODEC.dagCbor, toHex(sha256(utf8('module')))),
  isPublished: false,
  runtime: 'lily-wasi/1',
  arch: null,
  machine: { cpuMilli: 1000, memoryMiB: 512, diskMiB: 512, gpus: [] },
  maxTick: 300,
  tipTick: 0,
  target: null,
  collateralTimes: 2,
  runTimeSec: 60,
  windowSec: 60,
  seats: 3,
  rounds: 2,
  seatFeeWei: 1n
} as const
