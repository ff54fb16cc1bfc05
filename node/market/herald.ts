/** Tells the node's owner what committees do in the deals that concern this node: as creator, provider or member. */
import type { Components } from './components.ts'
import type { Facts } from './facts.ts'
import type { ChainEvent } from './ports.ts'

/** Emits the committee events of one block. */
export function tellCommittees(parts: Components, facts: Facts, block: number, events: readonly ChainEvent[]): void {
  const own = parts.signer.account
  for (const event of events) {
    if (!isOfCommittee(event)) continue
    const { id: deal, round } = event
    const parties = facts.dealOf(deal)
    const members = facts.roundsOf(deal)[round] ?? []
    if (parties?.creator !== own && parties?.provider !== own && !members.includes(own)) continue
    if (event.type === 'committee:drawn') parts.events.emit('committee:drawn', { deal, round, members, block })
    else if (event.type === 'committee:committed')
      parts.events.emit('committee:committed', { deal, round, seat: event.seat, block })
    else parts.events.emit('committee:revealed', { deal, round, seat: event.seat, digest: event.digest, block })
  }
}

function isOfCommittee(event: ChainEvent): event is Extract<ChainEvent, { readonly type: `committee:${string}` }> {
  return event.type.startsWith('committee:')
}
