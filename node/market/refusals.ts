/** Who has said no to a job, and who was silent: the order in which a creator asks providers follows from it. */
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { Deal } from '../../protocols/deal/deal.ts'
import type { Pair } from '../../protocols/match/match.ts'

/** Blocks for which a provider that was silent is asked after all others, whatever the job; twice as long each further time. */
export const SILENT_BLOCKS = 16

/** The longest that silence is held against anybody. */
export const MAX_SILENT_BLOCKS = 512

/** Blocks for which a provider that did not find the job's data is not asked again: its creator may just have been away. */
export const NOT_FOUND_BLOCKS = 8

/** What came of a yes that nothing followed. */
export const NOT_COMMITTED = 'DEAL_NOT_COMMITTED'

/** Said by a provider that could not fetch what the job is made of. */
const NOT_FOUND: ReadonlySet<string> = new Set(['CONTENT_NOT_FOUND', 'DEAL_DATA_UNAVAILABLE'])

/** Whether a no is only what a creator makes of having heard nothing. */
export function isSilence(code: string): boolean {
  return code.startsWith('NET_') || code === NOT_COMMITTED
}

/** Whom a creator asked, and over which of its offers. */
type Asked = Pick<Deal, 'provider' | 'resourceOffer'>

/** Who refused, and the last block at which that holds. */
interface Refused {
  readonly provider: Address
  readonly until: number
}

interface Heard {
  /** Offers over which the job was refused. */
  readonly refused: Map<Bytes32, Refused>
  readonly unreached: Set<Address>
  last: string | undefined
}

/** The answers to each open job; forgotten with the process, since they may change. */
export class Refusals {
  readonly #jobs = new Map<Bytes32, Heard>()
  /** Providers that were silent, and until when that is held against them. */
  readonly #silent = new Map<Address, { readonly until: number; readonly blocks: number }>()

  /** A provider will not take the job over this offer: for ever, or for a while where it only lacked the data. */
  refuse(job: Bytes32, { provider, resourceOffer }: Asked, code: string, detail: string, block: number): void {
    const heard = this.#of(job)
    const until = NOT_FOUND.has(code) ? block + NOT_FOUND_BLOCKS : Number.POSITIVE_INFINITY
    heard.refused.set(resourceOffer, { provider, until })
    heard.last = `${code} (${detail})`
  }

  /** A provider did not answer, or did not keep its word: it is asked after all others, for this job and for others. */
  miss(job: Bytes32, provider: Address, block: number): void {
    this.#of(job).unreached.add(provider)
    for (const [silent, { until }] of this.#silent) if (until + MAX_SILENT_BLOCKS < block) this.#silent.delete(silent)
    const known = this.#silent.get(provider)
    // What it was held for already, by another job, is no further time.
    if (known !== undefined && known.until >= block) return
    const blocks = known === undefined ? SILENT_BLOCKS : Math.min(MAX_SILENT_BLOCKS, 2 * known.blocks)
    this.#silent.set(provider, { until: block + blocks, blocks })
  }

  /** A provider has committed a deal: whatever it was, it is over. */
  keptWord(provider: Address): void {
    this.#silent.delete(provider)
  }

  /** The rule's candidates as they should be asked. */
  order(job: Bytes32, pairs: readonly Pair[], block: number): readonly Pair[] {
    const heard = this.#jobs.get(job)
    const willing = pairs.filter(pair => (heard?.refused.get(pair.resource.id)?.until ?? -1) < block)
    const isMissed = ({ resource: { account } }: Pair) =>
      heard?.unreached.has(account) === true || (this.#silent.get(account)?.until ?? -1) >= block
    return [...willing.filter(pair => !isMissed(pair)), ...willing.filter(isMissed)]
  }

  /** Why nobody has taken the job, in words; undefined while nobody was asked in vain. */
  summary(job: Bytes32): string | undefined {
    const heard = this.#jobs.get(job)
    if (heard === undefined) return undefined
    const { refused, unreached, last } = heard
    const refusals =
      last === undefined
        ? []
        : [`refused by ${providers(new Set([...refused.values()].map(({ provider }) => provider)))}, last: ${last}`]
    const misses = unreached.size === 0 ? [] : [`${providers(unreached)} could not be reached`]
    return [...refusals, ...misses].join('; ')
  }

  /** The job has ended. */
  forget(job: Bytes32): void {
    this.#jobs.delete(job)
  }

  #of(job: Bytes32): Heard {
    const heard = this.#jobs.get(job) ?? { refused: new Map(), unreached: new Set(), last: undefined }
    this.#jobs.set(job, heard)
    return heard
  }
}

function providers({ size }: ReadonlySet<Address>): string {
  return size === 1 ? '1 provider' : `${size} providers`
}
