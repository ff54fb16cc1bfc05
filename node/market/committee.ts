/**
 * A mediator's seat: re-run the job, hide the vote, open it. The vote is kept before it is sent, so a mediator that dies in
 * between opens what it committed to. Step 6 of a job's life.
 */

import type { Dispute } from '../../protocols/committee/dispute.ts'
import { voteHash } from '../../protocols/committee/vote.ts'
import type { Address } from '../../protocols/core/account.ts'
import { type Bytes32, toHex } from '../../protocols/core/bytes.ts'
import { codec, hex, integer, struct } from '../../protocols/core/codec.ts'
import { isLilyError } from '../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { resultDigest, UNVERIFIABLE } from '../../protocols/result/result.ts'
import { isComparable } from '../../protocols/run/status.ts'
import type { Components } from './components.ts'
import { Journal } from './journal.ts'
import type { AbortOptions } from './ports.ts'
import { resultOf } from './result.ts'
import { jobCid, type Runs } from './run.ts'

/** A vote as kept: one per deal and round. */
const KEPT_VOTE = codec('kept vote', struct({ round: integer(0, 2), digest: hex(32), salt: hex(32) }), 128)

/** A vote with what opens it. */
export interface Vote {
  readonly round: number
  readonly digest: Bytes32
  readonly salt: Bytes32
}

/** Milliseconds without a byte after which a mediator gives a block up; the vote is then "unverifiable". */
const STALL_MS = 15_000

/** Codes that say the job itself cannot be judged by anybody, as against this machine's own trouble. */
const UNJUDGEABLE = [
  'CONTENT_NOT_FOUND',
  'CONTENT_TOO_LARGE',
  'CONTENT_NOT_A_FILE',
  'CONTENT_NOT_A_TREE',
  'RUN_REJECTED'
]

/** The peers of a deal's two parties, as far as they are known. */
export type PartiesOf = (deal: Deal) => readonly string[]

/** Sits in committees for this node's account. */
export class Committee {
  readonly #parts: Components
  readonly #runs: Runs
  readonly #partiesOf: PartiesOf
  readonly #votes: Journal<Vote>

  constructor(parts: Components, runs: Runs, partiesOf: PartiesOf) {
    this.#parts = parts
    this.#runs = runs
    this.#partiesOf = partiesOf
    this.#votes = new Journal(parts.store, 'vote', KEPT_VOTE)
  }

  /** The seat of this node's account in the round that sits now; -1 when it has none. */
  seatIn(dispute: Dispute): number {
    return dispute.members.indexOf(this.#parts.signer.account)
  }

  /** Runs the job and commits to a vote. Does nothing when it cannot judge and time remains for others to. */
  async commit(id: DealId, deal: Deal, dispute: Dispute, options: AbortOptions): Promise<void> {
    const { chain, signer } = this.#parts
    const seat = this.seatIn(dispute)
    const vote = (await this.#kept(id, dispute.round)) ?? (await this.#judge(id, deal, dispute.round, options))
    if (vote === undefined) return
    const { chainId, court } = chain.deployment
    const member: Address = signer.account
    const hash = voteHash({ chainId, court, deal: id, round: dispute.round, member }, vote.digest, vote.salt)
    const call = { name: 'commitVote', id, seat, vote: hash } as const
    await chain.send(call, { key: `vote/${id}/${dispute.round}`, ...options })
  }

  /** Opens the vote that was committed to. */
  async reveal(id: DealId, dispute: Dispute, options: AbortOptions): Promise<void> {
    const vote = await this.#kept(id, dispute.round)
    if (vote === undefined) return
    const seat = this.seatIn(dispute)
    const call = { name: 'revealVote', id, seat, digest: vote.digest, salt: vote.salt } as const
    await this.#parts.chain.send(call, { key: `reveal/${id}/${dispute.round}`, ...options })
  }

  /** Forgets a deal that has come to its end. */
  forget(id: DealId): Promise<void> {
    return this.#votes.delete(id)
  }

  async #kept(id: DealId, round: number): Promise<Vote | undefined> {
    const vote = await this.#votes.get(id)
    return vote?.round === round ? vote : undefined
  }

  async #judge(id: DealId, deal: Deal, round: number, options: AbortOptions): Promise<Vote | undefined> {
    const digest = await this.#digestOf(id, deal, round, options)
    if (digest === undefined) return undefined
    const vote = { round, digest, salt: toHex(this.#parts.entropy(32)) }
    await this.#votes.put(id, vote)
    return vote
  }

  /**
   * Makes neighbours of those who have what is to be run: whoever is drawn need not know them, and what we want goes to
   * neighbours. Nobody waits for it: another neighbour may have it, and a party may be gone or wish to be.
   */
  #approach(deal: Deal, options: AbortOptions): void {
    const { network, logger } = this.#parts
    for (const peerId of this.#partiesOf(deal))
      network.connect(peerId, options).catch(error => {
        if (options.signal?.aborted !== true) logger('lily:mediator')('party %s: %e', peerId.slice(-8), error)
      })
  }

  /** Digest of this machine's own result, UNVERIFIABLE, or undefined: this machine abstains. */
  async #digestOf(id: DealId, deal: Deal, round: number, options: AbortOptions): Promise<Bytes32 | undefined> {
    const { events } = this.#parts
    const fetch = { stallMs: STALL_MS, ...options }
    try {
      events.emit('run:fetching', { deal: id, role: 'mediator' })
      this.#approach(deal, options)
      const loaded = await this.#runs.load(jobCid(deal.spec), fetch)
      const onStart = () => events.emit('run:started', { deal: id, role: 'mediator' })
      const outcome = await this.#runs.run(loaded, { ...fetch, onStart })
      events.emit('run:finished', {
        deal: id,
        role: 'mediator',
        status: outcome.status,
        exitCode: outcome.exitCode,
        root: outcome.root.toString(),
        used: outcome.used,
        wallMs: outcome.wallMs
      })
      if (isComparable(outcome.status)) return resultDigest(resultOf(outcome))
      // [ABSTAIN] this machine's own trouble must never make an honest provider lose
      events.emit('committee:abstained', { deal: id, round, code: outcome.status, message: outcome.diagnostics ?? '' })
      return undefined
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      const code = isLilyError(error) ? error.code : 'INTERNAL'
      const message = error instanceof Error ? error.message : String(error)
      if (UNJUDGEABLE.includes(code) || code.startsWith('MODULE_') || code.startsWith('CODEC_')) {
        events.emit('run:failed', { deal: id, role: 'mediator', code, message })
        return UNVERIFIABLE
      }
      events.emit('committee:abstained', { deal: id, round, code, message })
      return undefined
    }
  }
}
