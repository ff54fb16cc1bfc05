/**
 * One node of a fleet, a process of its own: the product's network and offers over a chain of clocks, without runners and
 * without a role. It does what the fleet asks over the process's channel, and says when it heard what.
 */

import { randomBytes } from 'node:crypto'
import type { Connection } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { systemClock, systemEntropy } from '../../node/host/clock.ts'
import { createNet } from '../../node/host/net/create.ts'
import { LocalSigner } from '../../node/host/signer.ts'
import type { Components } from '../../node/market/components.ts'
import { Counts } from '../../node/market/counts.ts'
import { Emitter } from '../../node/market/emitter.ts'
import { Facts } from '../../node/market/facts.ts'
import { Offers } from '../../node/market/offer.ts'
import type { Network } from '../../node/market/ports.ts'
import { type Hex, toHex } from '../../protocols/core/bytes.ts'
import { CODEC, cidOfDigest } from '../../protocols/core/cid.ts'
import { sha256 } from '../../protocols/core/hash.ts'
import { utf8 } from '../../protocols/core/utf8.ts'
import { encodeOffer, offerPreimage } from '../../protocols/offer/offer.ts'
import { GOSSIP, topicOf } from '../../protocols/wire.ts'
import { ClockChain } from './clock-chain.ts'
import type { FleetCommand, FleetInit, Sighting } from './fleet.ts'
import { patchSockets, setLink } from './link.ts'

const OFFER_LIFE_BLOCKS = 400

/** Looks at how many offers the book holds are so far apart. */
const LOOK_MS = 100

/** Pause between two bursts of a flood. */
const TICK_MS = 50

/** With nobody to give a message to for so long it has been sent away by all: its own keeper dials every five seconds. */
const DESERTED_MS = 6_000

/** What every job of a fleet wants; nobody will run it. */
const JOB = {
  job: cidOfDigest(CODEC.dagCbor, toHex(sha256(utf8('job')))),
  module: cidOfDigest(CODEC.dagCbor, toHex(sha256(utf8('module')))),
  isPublished: false,
  runtime: 'lily-wasi/1',
  arch: null,
  machine: { cpuMilli: 1000, memoryMiB: 256, diskMiB: 0, gpus: [] },
  maxTick: 300,
  target: null,
  collateralTimes: 2,
  runTimeSec: 60,
  windowSec: 60,
  seats: 3,
  rounds: 2,
  seatFeeWei: 1n
} as const

patchSockets()
process.once('message', (init: FleetInit) => void run(init))

async function run(init: FleetInit): Promise<void> {
  setLink({ delayMs: init.delayMs })
  const privateKey = Uint8Array.from(randomBytes(32))
  const signer = new LocalSigner(privateKey)
  const chain = new ClockChain(signer.account, init.startMs, init.blockMs)
  const logger = defaultLogger()
  const net = await createNet({
    dataDir: init.dataDir,
    privateKey,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    topics: (['resource', 'job'] as const).map(kind => topicOf(kind, chain.deployment)),
    bootstrap: init.bootstrap,
    testNet: true,
    logger
  })
  const sightings: Sighting[] = []
  const parts: Components = {
    chain,
    network: watched(net.network, sightings),
    content: net.content,
    store: net.store,
    signer,
    clock: systemClock,
    entropy: systemEntropy,
    events: new Emitter(logger.forComponent('lily:event')),
    counts: new Counts(),
    runners: new Map(),
    logger: scope => logger.forComponent(scope)
  }
  const facts: Facts = new Facts(chain, id => offers.slotOf(id))
  const offers: Offers = new Offers(parts, facts)
  await chain.start()
  await facts.start()
  await offers.start()

  const publish = async (slot: number, tipTick = 0): Promise<Sighting> => {
    const expiry = chain.head().number + OFFER_LIFE_BLOCKS
    const atMs = Date.now()
    const offer = await offers.jobs.publish({ ...JOB, slot, tipTick, expiry })
    return [nameOf(offers.jobs.encode(offer)), atMs]
  }
  /** Offers that each replace the one before, past the node's own bookkeeping, for as long as anybody is there to hear. */
  const flood = async (slot: number, perSecond: number, seconds: number) => {
    const { number, hash } = chain.head()
    const refHash: Hex = `0x${hash.slice(2, 10)}`
    const head = { v: 1, key: signer.publicKey, refBlock: number, refHash, isCancel: false } as const
    const topic = topicOf('job', chain.deployment)
    const startMs = Date.now()
    let [sent, listeners] = [0, 0]
    let lastHeardMs = startMs
    while (Date.now() < startMs + seconds * 1000 && Date.now() < lastHeardMs + DESERTED_MS) {
      for (const due = Math.ceil((perSecond * (Date.now() - startMs)) / 1000); sent < due; sent++) {
        const offer = { ...JOB, ...head, slot, tipTick: 0, seq: sent + 1, expiry: number + OFFER_LIFE_BLOCKS }
        const signature = await signer.signBytes(offerPreimage('job', chain.deployment, encodeOffer('job', offer)))
        listeners = await net.network.publish(topic, GOSSIP.job.codec.encode({ offer, signature }))
        if (listeners > 0) lastHeardMs = Date.now()
      }
      await systemClock.sleep(TICK_MS)
    }
    return { sent, lastedMs: lastHeardMs - startMs, listeners }
  }
  const peersOf = () => net.helia.libp2p.getConnections()
  let parted: ReadonlySet<string> = new Set()
  const part = (connection: Connection) => {
    if (parted.has(connection.remotePeer.toString())) connection.abort(new Error('cut'))
  }
  // What was being dialled when the cut came is open only after it.
  net.helia.libp2p.addEventListener('connection:open', ({ detail }) => part(detail))
  const act = async (command: FleetCommand): Promise<unknown> => {
    switch (command.do) {
      case 'publish': {
        const told: Sighting[] = []
        for (let i = 0; i < command.count; i++) {
          const waitMs = command.fromMs + i * command.everyMs - Date.now()
          if (waitMs > 0) await systemClock.sleep(waitMs)
          told.push(await publish(command.firstSlot + (i % command.slots)))
        }
        return told
      }
      case 'book': {
        const { book } = offers.jobs
        const untilMs = Date.now() + command.patienceMs
        while (book.size < command.from && Date.now() < untilMs) await systemClock.sleep(LOOK_MS)
        const ids = [...book.live(chain.head().number)].map(({ id }) => id).sort()
        return { count: ids.length, digest: toHex(sha256(utf8(ids.join()))) }
      }
      case 'sightings':
        return sightings.splice(0)
      case 'peers':
        return [...new Set(peersOf().map(({ remotePeer }) => remotePeer.toString()))]
      case 'flood':
        return flood(command.slot, command.perSecond, command.seconds)
      case 'cut':
        setLink({ cut: new Set(command.ports) })
        parted = new Set(command.peers)
        for (const connection of peersOf()) part(connection)
        return null
      case 'cpu': {
        const { user, system } = process.cpuUsage()
        return { cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage().rss / 2 ** 20 }
      }
      case 'stop':
        await offers.stop()
        await net.stop()
        process.exit(0)
    }
  }
  process.on('message', (message: { readonly id: number; readonly command: FleetCommand }) => {
    act(message.command).then(
      value => process.send?.({ id: message.id, value }),
      error => process.send?.({ id: message.id, error: String(error) })
    )
  })
  process.on('disconnect', () => process.exit(0))
  const [address = ''] = net.network.addresses()
  process.send?.({ ready: { peerId: net.network.peerId, address, account: signer.account } })
}

/** A network that notes when each accepted message came. */
function watched(network: Network, sightings: Sighting[]): Network {
  const bound = new Proxy(network, {
    get(target, name: keyof Network) {
      if (name === 'subscribe') {
        return (topic: string, validate: Parameters<Network['subscribe']>[1]) =>
          target.subscribe(topic, async (bytes, from) => {
            const answer = await validate(bytes, from)
            if (answer === 'accept') sightings.push([nameOf(bytes), Date.now()])
            return answer
          })
      }
      const value: unknown = target[name]
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
  return bound
}

function nameOf(bytes: Uint8Array): string {
  return toHex(sha256(bytes)).slice(0, 18)
}
