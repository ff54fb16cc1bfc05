/** A job's life told in lines: what each process said of it, in the order in which it happened. */
import type { Address } from '../protocols/core/account.ts'
import { formatCoins } from '../protocols/core/units.ts'
import type { DealId } from '../protocols/deal/deal.ts'
import type { NodeEvent } from '../protocols/events.ts'

/** An event, and the name of the member whose node told it. */
export interface ToldEvent {
  readonly member: string
  readonly event: NodeEvent
}

/** A line of the story; the block is absent where nothing was written to the chain. */
export interface StoryLine {
  readonly block?: number
  readonly step: string
  readonly text: string
}

/** Characters of an id that people compare. */
const SHORT = 10

/** Turns what several processes tell of the same things into one story. */
export class Story {
  readonly #nameOf: (account: Address) => string
  readonly #told = new Set<string>()
  /** Members of each committee by seat. */
  readonly #committees = new Map<string, readonly Address[]>()

  /** @param nameOf a member's name for its account */
  constructor(nameOf: (account: Address) => string) {
    this.#nameOf = nameOf
  }

  /** The line of an event; undefined for what another line, or another process, has told already. */
  tell(told: ToldEvent): StoryLine | undefined {
    const { event } = told
    if (event.name === 'committee:drawn') this.#committees.set(`${event.deal} ${event.round}`, event.members)
    const key = keyOf(told)
    if (this.#told.has(key)) return undefined
    this.#told.add(key)
    return this.#lineOf(told)
  }

  #lineOf({ member, event }: ToldEvent): StoryLine | undefined {
    const nameOf = this.#nameOf
    switch (event.name) {
      case 'offer:published':
        if (event.kind === 'resource') return undefined
        return {
          block: event.block,
          step: 'offered',
          text: `job offer ${short(event.id)}, gossiped to ${event.recipients} neighbours`
        }
      case 'match:found':
        return {
          block: event.block,
          step: 'matched',
          text: `${nameOf(event.provider)} for ${formatCoins(event.priceWei)}, by the rule that every node computes`
        }
      case 'deal:refused':
        return { step: 'refused', text: `${nameOf(event.provider)}: ${event.code} ${event.reason}` }
      case 'deal:committed':
        return { block: event.block, step: 'committed', text: `deal ${short(event.deal)}, price and collateral locked` }
      case 'run:finished':
        return {
          step: event.role === 'provider' ? 'ran' : 're-ran',
          text: `${member}: ${event.status} ${event.exitCode}, ${event.used} gas in ${event.wallMs} ms, result ${event.root}`
        }
      case 'run:failed':
        return { step: 'failed', text: `${member}: ${event.code} ${event.message}` }
      case 'result:submitted':
        return { block: event.block, step: 'submitted', text: 'the blinded result' }
      case 'result:fetched':
        return { step: 'fetched', text: `${event.root} over IPFS, every block checked against its CID` }
      case 'deal:challenged':
        return { block: event.block, step: 'challenged', text: 'a committee is paid for' }
      case 'committee:drawn':
        return {
          block: event.block,
          step: 'drawn',
          text: `${event.members.map(nameOf).join(', ')} by the chain's randomness`
        }
      case 'committee:committed':
        return { block: event.block, step: 'voted', text: `${this.#seatName(event)}, sealed` }
      case 'committee:revealed':
        return { block: event.block, step: 'revealed', text: `${this.#seatName(event)}: ${short(event.digest)}` }
      case 'committee:abstained':
        return { step: 'abstained', text: `${member}: ${event.code} ${event.message}` }
      case 'deal:closed':
        return { block: event.block, step: event.status, text: `verdict ${event.verdict}` }
      case 'offer:eclipsed':
      case 'deal:declined':
      case 'job:waiting':
      case 'run:fetching':
      case 'deal:proposed':
      case 'run:started':
        return undefined
      default:
        return event satisfies never
    }
  }

  #seatName({ deal, round, seat }: { readonly deal: DealId; readonly round: number; readonly seat: number }): string {
    const owner = this.#committees.get(`${deal} ${round}`)?.[seat]
    return owner === undefined ? `seat ${seat}` : this.#nameOf(owner)
  }
}

/** What makes two tellings the same: of a run everybody tells its own, of all else anybody tells the one that there is. */
function keyOf({ member, event }: ToldEvent): string {
  const isOwn = event.name.startsWith('run:') || event.name === 'committee:abstained'
  const subject = 'deal' in event ? event.deal : 'job' in event ? event.job : 'id' in event ? event.id : ''
  const part = 'seat' in event ? [event.round, event.seat] : 'round' in event ? [event.round] : []
  return [event.name, subject, ...part, isOwn ? member : ''].join(' ')
}

function short(id: string): string {
  return `${id.slice(0, SHORT)}…`
}
