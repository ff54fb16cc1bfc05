/** What the contracts say, in the market's words: the logs of a block as events of deals and committees. */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { ChainEvent } from '../market/ports.ts'
import type { Contracts } from './contracts.ts'
import type { Log } from './wire.ts'

/** What to ask the chain for: these contracts, and of their events these. */
export interface LogFilter {
  readonly address: readonly string[]
  readonly topics: readonly [readonly Bytes32[]]
}

/** The filter of everything that {@link chainEvents} understands. */
export function logFilter({ market, court, jobs }: Contracts): LogFilter {
  const closings = ['Settled', 'Slashed', 'Refunded', 'Cancelled', 'Voided'] as const
  const votes = ['Drawn', 'VoteCommitted', 'VoteRevealed'] as const
  const topics = [
    market.topicOf('Committed'),
    market.topicOf('Submitted'),
    ...closings.map(name => market.topicOf(name)),
    ...votes.map(name => court.topicOf(name)),
    ...(jobs === undefined ? [] : [jobs.topicOf('Requested'), jobs.topicOf('Closed')])
  ]
  const address = [market.address, court.address, ...(jobs === undefined ? [] : [jobs.address])]
  return { address, topics: [topics] }
}

/** The events in some logs, in the logs' order. Logs of other contracts and events give none. */
export function chainEvents(contracts: Contracts, logs: readonly Log[]): readonly ChainEvent[] {
  return logs.flatMap(
    log => marketEvent(contracts, log) ?? courtEvent(contracts, log) ?? jobsEvent(contracts, log) ?? []
  )
}

function marketEvent({ market }: Contracts, log: Log): ChainEvent | undefined {
  const event = market.eventOf(log)
  switch (event?.name) {
    case 'Committed': {
      const { id, deal } = event.args
      return { type: 'deal:committed', id, deal: { ...deal, validUntil: Number(deal.validUntil) } }
    }
    case 'Submitted':
      return { type: 'deal:submitted', id: event.args.id }
    case 'Settled':
    case 'Slashed':
    case 'Refunded':
    case 'Cancelled':
    case 'Voided':
      return { type: 'deal:closed', id: event.args.id }
    default:
      return undefined
  }
}

function courtEvent({ court }: Contracts, log: Log): ChainEvent | undefined {
  const event = court.eventOf(log)
  switch (event?.name) {
    case 'Drawn': {
      const { id, round, members } = event.args
      return { type: 'committee:drawn', id, round, members }
    }
    case 'VoteCommitted': {
      const { id, round, seat } = event.args
      return { type: 'committee:committed', id, round, seat }
    }
    case 'VoteRevealed': {
      const { id, round, seat, digest } = event.args
      return { type: 'committee:revealed', id, round, seat, digest }
    }
    default:
      return undefined
  }
}

function jobsEvent({ jobs }: Contracts, log: Log): ChainEvent | undefined {
  if (jobs === undefined || log.address !== jobs.address) return undefined
  try {
    const event = jobs.eventOf(log)
    if (event?.name === 'Closed') return { type: 'request:closed', id: event.args.id }
    if (event?.name !== 'Requested') return undefined
    const { id, order, inputs } = event.args
    return { type: 'request:made', id, request: { id, order, inputs } }
  } catch {
    // Whoever pays for it may write any bytes as text: what is not UTF-8 is a request that no node can read.
    return undefined
  }
}
