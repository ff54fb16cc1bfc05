/** The page's session: profile, key, lock, node; and what of it the views show. No element is touched here. */
import { defaultLogger } from '@libp2p/logger'
import { isLilyError, LilyError } from '../../../protocols/core/errors.ts'
import type { JobReport } from '../../market/api.ts'
import type { Balance, BlockRef, PeerInfo } from '../../market/ports.ts'
import { type LightProfile, parseLightProfile } from '../../peer/light-profile.ts'
import { History } from '../history.ts'
import { loadSessionKey } from '../key.ts'
import { createLightNode, type LightNode } from '../node.ts'
import { Cell } from './cell.ts'
import { explain, tell } from './words.ts'

/** Where the session is. */
export type Phase =
  | { readonly name: 'opening'; readonly what: string }
  | { readonly name: 'ready' }
  /** Up, but no peer or no chain answers now. */
  | { readonly name: 'cut-off'; readonly what: string }
  | { readonly name: 'failed'; readonly title: string; readonly text: string }

/** How often neighbours and money are looked at. */
const LOOK_MS = 1_000

/** A chain whose newest block is older than this is not followed any more. */
const STALE_HEAD_MS = 30_000

/** What a session has once it is open. */
export interface Open {
  readonly node: LightNode
  readonly profile: LightProfile
  readonly privateKey: Uint8Array
  readonly history: History
}

/** @see the head of this file */
export class Session {
  readonly phase = new Cell<Phase>({ name: 'opening', what: 'Asking the node for its network' })
  readonly peers = new Cell<readonly PeerInfo[]>([])
  readonly head = new Cell<BlockRef | undefined>(undefined)
  readonly balance = new Cell<Balance | undefined>(undefined)
  readonly jobs = new Cell<readonly JobReport[]>([])
  /** Why this page's neighbours may be keeping offers from it. */
  readonly alarm = new Cell<string | undefined>(undefined)
  readonly #life = new AbortController()
  #headAtMs = 0
  #open: Open | undefined

  /** Aborts when the page goes. */
  get signal(): AbortSignal {
    return this.#life.signal
  }

  /** What is open. @throws LilyError PAGE_NOT_OPEN before the session is ready */
  get open(): Open {
    if (this.#open === undefined) throw new LilyError('PAGE_NOT_OPEN', 'the page is not connected yet')
    return this.#open
  }

  /** Opens everything; what fails is a phase, not an error. */
  async start(): Promise<void> {
    try {
      await takeLock(this.#life.signal)
      const profile = await fetchProfile()
      this.phase.value = { name: 'opening', what: 'Joining the network' }
      const privateKey = await loadSessionKey()
      const node = await createLightNode({ profile, privateKey, logger: defaultLogger() })
      this.signal.addEventListener('abort', () => void node.stop())
      this.phase.value = { name: 'opening', what: 'Reading the chain' }
      await node.start()
      const history = new History(node, tell)
      this.#open = { node, profile, privateKey, history }
      history.follow(this.signal).catch(error => this.#fail(error))
      this.#watch(node)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Leaves the network. */
  stop(): void {
    this.#life.abort()
  }

  /** Reads the jobs again. */
  async refreshJobs(): Promise<void> {
    this.jobs.value = [...(await this.open.node.api.jobs())].reverse()
  }

  #watch(node: LightNode): void {
    const { chain, network } = node.parts
    chain.follow(({ kind, block }) => {
      if (kind !== 'apply') return
      this.#headAtMs = performance.now()
      this.head.value = block
    })
    node.creator.onChange(() => void this.refreshJobs().catch(() => {}))
    node.parts.events.on(event => {
      if (event.name === 'offer:eclipsed') this.alarm.value = tell(event)
    })
    const look = async () => {
      this.peers.value = network.peers()
      this.#judge()
      this.balance.value = await chain.balance(chain.account, { signal: this.signal })
    }
    const again = () => void look().catch(() => {})
    const timer = setInterval(again, LOOK_MS)
    this.signal.addEventListener('abort', () => clearInterval(timer))
    network.onPeer(again)
    again()
    void this.refreshJobs().catch(() => {})
  }

  #judge(): void {
    if (this.phase.value.name === 'failed') return
    const isStale = performance.now() - this.#headAtMs > STALE_HEAD_MS
    const what =
      this.peers.value.length === 0
        ? 'No peer is connected; trying again'
        : isStale
          ? 'The chain does not answer; trying again'
          : undefined
    const next: Phase = what === undefined ? { name: 'ready' } : { name: 'cut-off', what }
    const isSame = next.name === this.phase.value.name && (next.name === 'ready' || sameWords(next, this.phase.value))
    if (!isSame) this.phase.value = next
  }

  #fail(error: unknown): void {
    if (this.signal.aborted) return
    const code = isLilyError(error) ? error.code : ''
    this.phase.value = { name: 'failed', title: TITLES[code] ?? 'The page could not start', text: explain(error) }
  }
}

const TITLES: Readonly<Record<string, string>> = {
  CHAIN_WRONG_ID: 'The chain is another one',
  CHAIN_NO_CONTRACTS: 'The market is not on this chain',
  CHAIN_UNREACHABLE: 'The chain does not answer',
  PAGE_IN_USE: 'Open in another tab',
  PAGE_INSECURE: 'This page needs a secure address',
  PAGE_NO_NODE: 'The node does not answer'
}

function sameWords(a: Phase, b: Phase): boolean {
  return a.name === 'cut-off' && b.name === 'cut-off' && a.what === b.what
}

/** One tab at a time: two nodes with one key would take each other's transactions for their own. */
async function takeLock(signal: AbortSignal): Promise<void> {
  if (!globalThis.isSecureContext)
    throw new LilyError('PAGE_INSECURE', 'open it on https, or on 127.0.0.1: elsewhere browsers give no cryptography')
  const held = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
  await new Promise<void>((resolve, reject) => {
    navigator.locks
      .request('lilynode', { ifAvailable: true }, async lock => {
        if (lock === null) return reject(new LilyError('PAGE_IN_USE', 'this browser runs the node in another tab'))
        resolve()
        await held
      })
      .catch(reject)
  })
}

async function fetchProfile(): Promise<LightProfile> {
  const kept = 'lilynode-profile'
  try {
    const response = await fetch('profile.json', { cache: 'no-store' })
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    const text = await response.text()
    const profile = parseLightProfile(text)
    localStorage.setItem(kept, text)
    return profile
  } catch (cause) {
    // The page may have come from a cache or a gateway: the network is known from the last time.
    const text = localStorage.getItem(kept)
    if (text !== null && !isLilyError(cause)) return parseLightProfile(text)
    if (isLilyError(cause)) throw cause
    throw new LilyError('PAGE_NO_NODE', 'the node that serves this page did not say which network it is on', { cause })
  }
}
