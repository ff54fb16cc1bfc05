/** What happened to each job, kept in the page's journal so that a timeline survives a reload. */
import { fromUtf8, utf8 } from '../../protocols/core/utf8.ts'
import type { NodeEvent } from '../../protocols/events.ts'
import type { LightNode } from './node.ts'

/** One line of a timeline. */
export interface Moment {
  readonly atMs: number
  readonly name: NodeEvent['name']
  readonly text: string
}

/** Keeps and gives timelines. */
export class History {
  readonly #node: LightNode
  readonly #tell: (event: NodeEvent) => string
  readonly #moments = new Map<string, Moment[]>()
  /** Jobs by their deals: later events name only the deal. */
  readonly #jobs = new Map<string, string>()
  readonly #listeners = new Set<(job: string) => void>()

  constructor(node: LightNode, tell: (event: NodeEvent) => string) {
    this.#node = node
    this.#tell = tell
  }

  /** Reads what was kept and hears what comes, until aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const [key, bytes] of this.#node.parts.store.entries(PREFIX, { signal })) {
      const [job = ''] = key.slice(PREFIX.length).split('/')
      const moment: unknown = JSON.parse(fromUtf8(bytes))
      if (isMoment(moment)) this.#of(job).push(moment)
    }
    for await (const [id, record] of this.#node.creator.jobs())
      if (record.deal !== null) this.#jobs.set(record.deal.id, id)
    for await (const event of this.#node.api.events({ signal })) await this.#keep(event)
  }

  /** The timeline of a job, oldest first. */
  momentsOf(job: string): readonly Moment[] {
    return this.#moments.get(job) ?? []
  }

  /** Calls back when something happened to a job, until aborted. */
  onChange(listener: (job: string) => void, { signal }: { readonly signal: AbortSignal }): void {
    this.#listeners.add(listener)
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
  }

  async #keep(event: NodeEvent): Promise<void> {
    const job = this.#jobOf(event)
    if (job === undefined) return
    const moments = this.#of(job)
    const moment = { atMs: this.#node.parts.clock.nowMs(), name: event.name, text: this.#tell(event) }
    // Said again at every block while it lasts: once is enough to know.
    if (moments.at(-1)?.text === moment.text) return
    moments.push(moment)
    const at = String(moments.length).padStart(6, '0')
    await this.#node.parts.store.put(`${PREFIX}${job}/${at}`, utf8(JSON.stringify(moment)))
    for (const listener of this.#listeners) listener(job)
  }

  #jobOf(event: NodeEvent): string | undefined {
    if ('job' in event) {
      if ('deal' in event) this.#jobs.set(event.deal, event.job)
      return event.job
    }
    if (event.name === 'offer:published') return event.kind === 'job' ? event.id : undefined
    return 'deal' in event ? this.#jobs.get(event.deal) : undefined
  }

  #of(job: string): Moment[] {
    const known = this.#moments.get(job)
    if (known !== undefined) return known
    const fresh: Moment[] = []
    this.#moments.set(job, fresh)
    return fresh
  }
}

const PREFIX = 'page/moment/'

function isMoment(value: unknown): value is Moment {
  return typeof value === 'object' && value !== null && 'atMs' in value && 'name' in value && 'text' in value
}
