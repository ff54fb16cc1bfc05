/**
 * The proof that the DrandBeacon takes for a round: drand's signature, fetched from whichever endpoint has it. An endpoint is
 * believed in nothing: a signature counts only when it is the network's own.
 * @see https://docs.drand.love/dev-guide/API%20Documentation%20v1/ (GET /public/{round})
 */
import * as v from 'valibot'
import { fromHex, type Hex, isHex } from '../../protocols/core/bytes.ts'
import type { AbortOptions, Clock, Logger } from '../market/ports.ts'
import { type DrandScheme, drandProof, ROUND_BYTES, roundTimeSec } from './drand-scheme.ts'

/** A drand network, and where this node asks for its rounds. */
export interface DrandSource extends DrandScheme {
  /** Roots of drand's HTTP API, in order of preference, with the chain's hash where a relay has several chains. */
  readonly urls: readonly string[]
}

/** A proof, or undefined while there is none. */
export type SeedProof = Hex | undefined

/** What a {@link DrandProver} is made of. */
export interface DrandProverInit {
  readonly network: DrandSource
  readonly clock: Clock
  readonly logger: Logger
  readonly head: () => { readonly number: number; readonly timestampSec: number }
}

/** Longest wait for one endpoint, in ms. */
const TIMEOUT_MS = 5_000

/** Endpoints that have nothing are left alone for so long, in ms: a late round is asked for at every block otherwise. */
const PAUSE_MS = 1_000

/** Rounds whose proofs are remembered; a round serves all disputes that wait for it. */
const MAX_KEPT = 64

const ANSWER = v.object({ round: v.number(), signature: v.string() })

interface Kept {
  readonly proof: Hex
  /** The block at which this node had it first. */
  readonly block: number
}

/** Fetches and checks rounds. */
export class DrandProver {
  readonly #init: DrandProverInit
  readonly #kept = new Map<bigint, Kept>()
  readonly #asked = new Map<bigint, { readonly atMs: number; readonly answer: Promise<SeedProof> }>()

  constructor(init: DrandProverInit) {
    this.#init = init
  }

  /** The proof of a round; undefined before its time, and while no endpoint has it. */
  async proof(round: bigint, options: AbortOptions = {}): Promise<SeedProof> {
    const { network, head, clock } = this.#init
    const kept = this.#kept.get(round)
    if (kept !== undefined) return kept.proof
    if (head().timestampSec < roundTimeSec(network, round)) return undefined
    const asked = this.#asked.get(round)
    if (asked !== undefined && clock.nowMs() < asked.atMs + PAUSE_MS) return asked.answer
    const answer = this.#fetch(round, options)
    this.#asked.set(round, { atMs: clock.nowMs(), answer })
    const proof = await answer
    if (proof !== undefined) this.#keep(round, { proof, block: head().number })
    forgetOldest(this.#asked)
    return proof
  }

  /** Blocks for which this node has had the round. */
  ageBlocks(round: bigint): number {
    const kept = this.#kept.get(round)
    return kept === undefined ? 0 : this.#init.head().number - kept.block
  }

  #keep(round: bigint, kept: Kept): void {
    this.#kept.set(round, kept)
    this.#asked.delete(round)
    forgetOldest(this.#kept)
  }

  /** Never fails: an endpoint that is down, and one that lies, are as good as none. */
  async #fetch(round: bigint, options: AbortOptions): Promise<SeedProof> {
    const { network, logger } = this.#init
    for (const url of network.urls) {
      try {
        const proof = drandProof(network.key, round, await fetchRound(url, round, options))
        if (proof !== undefined) return proof
        logger.error("%s gave a signature of round %s that is not the network's", hostOf(url), round)
      } catch (error) {
        logger('round %s not had from %s: %s', round, hostOf(url), String(error))
      }
    }
    return undefined
  }
}

/**
 * A round as an endpoint gives it, compressed: not checked yet.
 * @throws Error when it gives none
 */
export async function fetchRound(url: string, round: bigint, { signal }: AbortOptions): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(`${url.replace(/\/+$/, '')}/public/${round}`, {
    method: 'GET',
    headers: { accept: 'application/json' },
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  })
  if (!response.ok) throw new Error(`HTTP status ${response.status}`)
  const { signature } = v.parse(ANSWER, JSON.parse(await response.text()))
  const hex = `0x${signature.toLowerCase()}`
  if (!isHex(hex, ROUND_BYTES)) throw new Error(`a signature has ${ROUND_BYTES} bytes`)
  return fromHex(hex)
}

/** Keys travel in paths: of an endpoint's address only the host is shown. */
function hostOf(url: string): string {
  return /^\w+:\/\/(?:[^/@]*@)?([^/?#]*)/.exec(url)?.[1] ?? 'an endpoint'
}

function forgetOldest(map: Map<bigint, unknown>): void {
  for (const round of map.keys()) {
    if (map.size <= MAX_KEPT) return
    map.delete(round)
  }
}
