/**
 * The alarm of a node that is kept in the dark: the chain tells every deal, and a deal names its offers. When more than one
 * in twenty names an offer that was never heard here, neighbours withhold offers, or the node is badly connected.
 */
import type { Deal } from '../../protocols/deal/deal.ts'
import type { Components } from './components.ts'
import type { ChainUpdate } from './ports.ts'

/** Deals that are looked back upon, and the fewest that say anything. */
const WINDOW = 100
const FEWEST = 20

/** Share of deals with unheard offers beyond which the alarm is raised. */
const ALARM_SHARE = 0.05

/** Blocks after the start whose deals do not count: their offers may be older than this node's ears. */
const SETTLING_BLOCKS = 64

/** Watches the chain's deals. */
export class EclipseAlarm {
  readonly #parts: Pick<Components, 'chain' | 'events'>
  readonly #isHeard: (deal: Deal) => boolean
  #recent: boolean[] = []
  #isRaised = false

  constructor(parts: Pick<Components, 'chain' | 'events'>, isHeard: (deal: Deal) => boolean) {
    this.#parts = parts
    this.#isHeard = isHeard
  }

  /** Begins to watch. Returns the way out. */
  watch(): () => void {
    const from = this.#parts.chain.head().number + SETTLING_BLOCKS
    return this.#parts.chain.follow(update => this.#look(update, from))
  }

  #look({ kind, block, events }: ChainUpdate, from: number): void {
    if (kind !== 'apply' || block.number <= from) return
    for (const event of events) if (event.type === 'deal:committed') this.#recent.push(this.#isHeard(event.deal))
    this.#recent = this.#recent.slice(-WINDOW)
    const unseen = this.#recent.filter(isHeard => !isHeard).length
    const deals = this.#recent.length
    const isEclipsed = deals >= FEWEST && unseen > deals * ALARM_SHARE
    // Told once, and again only after it had passed.
    if (isEclipsed && !this.#isRaised) this.#parts.events.emit('offer:eclipsed', { unseen, deals, block: block.number })
    this.#isRaised = isEclipsed
  }
}
