/**
 * A fleet: many light nodes, each a process of its own on loopback, with a delay on every byte and cuts between them. For
 * what only a real network shows: gossip, sync, peers that come late, halves that part, and peers that flood.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a node is told at its start. */
export interface FleetInit {
  readonly dataDir: string
  readonly bootstrap: readonly string[]
  /** Of each byte that it sends. */
  readonly delayMs: number
  readonly startMs: number
  readonly blockMs: number
}

/** A message, by the beginning of its hash, and when it was sent or heard. */
export type Sighting = readonly [name: string, atMs: number]

/** What a node can be asked. */
export type FleetCommand =
  | {
      readonly do: 'publish'
      readonly count: number
      readonly slots: number
      readonly firstSlot: number
      readonly fromMs: number
      readonly everyMs: number
    }
  /** What the book holds once there are `from` offers, or when patience ends. */
  | { readonly do: 'book'; readonly from: number; readonly patienceMs: number }
  | { readonly do: 'sightings' | 'peers' | 'cpu' | 'stop' }
  | { readonly do: 'flood'; readonly slot: number; readonly perSecond: number; readonly seconds: number }
  | { readonly do: 'cut'; readonly ports: readonly number[]; readonly peers: readonly string[] }

/** What it answers. */
interface Answers {
  readonly publish: readonly Sighting[]
  readonly book: { readonly count: number; readonly digest: string }
  readonly sightings: readonly Sighting[]
  readonly peers: readonly string[]
  readonly cpu: { readonly cpuMs: number; readonly rssMiB: number }
  readonly cut: null
  /** How many it made, for how long anybody took them, and how many took the last. */
  readonly flood: { readonly sent: number; readonly lastedMs: number; readonly listeners: number }
  readonly stop: null
}

/** One node of a fleet. */
export interface FleetNode {
  readonly peerId: string
  readonly address: string
  readonly port: number
  ask<C extends FleetCommand>(command: C): Promise<Answers[C['do']]>
}

/** Neighbours that a node dials: enough that no cut of one makes two nets. */
const DIALS = 4

/** Nodes that start at once: each start fills a core for a second. */
const STARTS_AT_ONCE = 4

const BLOCK_MS = 2_000
const READY_MS = 60_000

/** Threads that help to collect garbage have no core of their own where sixty processes share two. */
const FLAGS = [...process.execArgv, '--single-threaded-gc']

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

/** @see the head of this file */
export class Fleet {
  readonly nodes: FleetNode[] = []
  readonly #home: string
  readonly #delayMs: number
  // The chain is some hundred blocks old.
  readonly #startMs = Date.now() - 200 * BLOCK_MS
  readonly #children = new Set<ChildProcess>()

  private constructor(home: string, delayMs: number) {
    this.#home = home
    this.#delayMs = delayMs
  }

  /** Starts a fleet in which every node has dialled some before it. */
  static async start(count: number, delayMs: number): Promise<Fleet> {
    const fleet = new Fleet(await mkdtemp(join(tmpdir(), 'lily-fleet-')), delayMs)
    try {
      while (fleet.nodes.length < count) {
        const missing = count - fleet.nodes.length
        const batch = fleet.nodes.length === 0 ? 1 : Math.min(STARTS_AT_ONCE, missing)
        await Promise.all(Array.from({ length: batch }, () => fleet.add()))
      }
      return fleet
    } catch (error) {
      await fleet.stop()
      throw error
    }
  }

  /** One more node; resolves when it is in the network. */
  async add(): Promise<FleetNode> {
    const child = fork(WORKER, [], { execArgv: FLAGS, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    const asked = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
    const ready = Promise.withResolvers<{ peerId: string; address: string }>()
    const timer = setTimeout(() => ready.reject(new Error(`a node was not ready in ${READY_MS} ms`)), READY_MS)
    child.on(
      'message',
      (message: { id?: number; value?: unknown; error?: string; ready?: { peerId: string; address: string } }) => {
        if (message.ready !== undefined) ready.resolve(message.ready)
        const waiting = asked.get(message.id ?? -1)
        asked.delete(message.id ?? -1)
        if (message.error !== undefined) waiting?.reject(new Error(message.error))
        else waiting?.resolve(message.value)
      }
    )
    child.once('exit', code => {
      const ended = new Error(`a node of the fleet ended with ${code}`)
      ready.reject(ended)
      for (const waiting of asked.values()) waiting.reject(ended)
    })
    const index = this.nodes.length + this.#children.size
    const step = Math.max(1, Math.floor(this.nodes.length / DIALS))
    const bootstrap = Array.from(
      { length: DIALS },
      (_, i) => this.nodes[(index + i * step) % Math.max(1, this.nodes.length)]
    )
    const init: FleetInit = {
      dataDir: await mkdtemp(join(this.#home, 'node-')),
      bootstrap: [...new Set(bootstrap.flatMap(node => (node === undefined ? [] : [node.address])))],
      delayMs: this.#delayMs,
      startMs: this.#startMs,
      blockMs: BLOCK_MS
    }
    child.send(init)
    const { peerId, address } = await ready.promise.finally(() => clearTimeout(timer))
    let lastId = 0
    const node: FleetNode = {
      peerId,
      address,
      port: Number(/\/tcp\/(\d+)/.exec(address)?.[1]),
      ask: <C extends FleetCommand>(command: C) =>
        new Promise<Answers[C['do']]>((resolve, reject) => {
          const id = ++lastId
          // The worker is of this very source: what it answers to a command has the type that the command names.
          asked.set(id, { resolve: value => resolve(value as Answers[C['do']]), reject })
          child.send({ id, command }, error => {
            if (error !== null) reject(error)
          })
        })
    }
    this.nodes.push(node)
    return node
  }

  /** Parts the fleet in two halves, or heals it. */
  async cut(isCut: boolean): Promise<void> {
    const middle = Math.ceil(this.nodes.length / 2)
    const halves = [this.nodes.slice(0, middle), this.nodes.slice(middle)] as const
    await Promise.all(
      this.nodes.map((node, i) => {
        const others = isCut ? halves[i < middle ? 1 : 0] : []
        return node.ask({ do: 'cut', ports: others.map(({ port }) => port), peers: others.map(({ peerId }) => peerId) })
      })
    )
  }

  /** Ends every process and removes the folders. */
  async stop(): Promise<void> {
    const ended = [...this.#children].map(child => new Promise(resolve => child.once('exit', resolve)))
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(ended)
    await rm(this.#home, { recursive: true, force: true, maxRetries: 3 })
  }
}
