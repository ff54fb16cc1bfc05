/** Who has said no to a job, and who was not reached: the order in which a creator asks providers follows from it. */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Pair } from '../../protocols/match/match.ts'

interface Heard {
  readonly refused: Set<Address>
  readonly unreached: Set<Address>
  last: string | undefined
}

/** The answers to each open job; forgotten with the process, since they may change. */
export class Refusals {
  readonly #jobs = new Map<Bytes32, Heard>()

  /** A provider will not take the job, now or later. */
  refuse(job: Bytes32, provider: Address, code: string, detail: string): void {
    const heard = this.#of(job)
    heard.refused.add(provider)
    heard.last = `${code} (${detail})`
  }

  /** A provider did not answer: it is asked again, but after all others. */
  miss(job: Bytes32, provider: Address): void {
    this.#of(job).unreached.add(provider)
  }

  /** The rule's candidates as they should be asked. */
  order(job: Bytes32, pairs: readonly Pair[]): readonly Pair[] {
    const heard = this.#jobs.get(job)
    if (heard === undefined) return pairs
    const willing = pairs.filter(pair => !heard.refused.has(pair.resource.account))
    const isMissed = (pair: Pair) => heard.unreached.has(pair.resource.account)
    return [...willing.filter(pair => !isMissed(pair)), ...willing.filter(isMissed)]
  }

  /** Why nobody has taken the job, in words; undefined while nobody was asked in vain. */
  summary(job: Bytes32): string | undefined {
    const heard = this.#jobs.get(job)
    if (heard === undefined) return undefined
    const { refused, unreached, last } = heard
    const refusals = last === undefined ? [] : [`refused by ${refused.size} providers, last: ${last}`]
    const misses = unreached.size === 0 ? [] : [`${unreached.size} providers could not be reached`]
    return [...refusals, ...misses].join('; ')
  }

  /** The job has ended. */
  forget(job: Bytes32): void {
    this.#jobs.delete(job)
  }

  #of(job: Bytes32): Heard {
    const heard = this.#jobs.get(job) ?? { refused: new Set(), unreached: new Set(), last: undefined }
    this.#jobs.set(job, heard)
    return heard
  }
}
