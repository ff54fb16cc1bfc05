/** Every event of a node, in the order of the flow: what the CLI prints and the page shows. */

import type { Verdict } from './committee/dispute.ts'
import type { Address } from './core/account.ts'
import type { Bytes32 } from './core/bytes.ts'
import type { DealId } from './deal/deal.ts'
import type { FinalStatus } from './deal/state.ts'
import type { RunStatus } from './run/status.ts'

/** Event name to payload. Blocks are numbers, money is wei, CIDs are text. */
export interface NodeEvents {
  'offer:published': {
    readonly kind: 'resource' | 'job'
    readonly id: Bytes32
    readonly block: number
    readonly recipients: number
  }
  /** Too many deals of the chain name offers that this node never heard: its neighbours may be keeping things from it. */
  'offer:eclipsed': { readonly unseen: number; readonly deals: number; readonly block: number }
  'job:waiting': { readonly job: string; readonly block: number; readonly reason: string }
  'match:found': { readonly job: string; readonly provider: Address; readonly priceWei: bigint; readonly block: number }
  'deal:proposed': { readonly job: string; readonly deal: DealId; readonly provider: Address; readonly block: number }
  /** The provider said no to this node's proposal. */
  'deal:refused': {
    readonly job: Bytes32
    readonly deal: DealId
    readonly provider: Address
    readonly code: string
    readonly reason: string
    readonly block: number
  }
  /** This node said no to a creator's proposal. */
  'deal:declined': {
    readonly job: Bytes32
    readonly deal: DealId
    readonly creator: Address
    readonly code: string
    readonly reason: string
    readonly block: number
  }
  'deal:committed': {
    readonly deal: DealId
    readonly provider: Address
    readonly creator: Address
    readonly block: number
  }
  'run:fetching': { readonly deal: DealId; readonly role: 'provider' | 'mediator' }
  'run:started': { readonly deal: DealId; readonly role: 'provider' | 'mediator' }
  'run:finished': {
    readonly deal: DealId
    readonly role: 'provider' | 'mediator'
    readonly status: RunStatus
    readonly exitCode: number
    readonly root: string
    readonly used: bigint
    readonly wallMs: number
  }
  'run:failed': {
    readonly deal: DealId
    readonly role: 'provider' | 'mediator'
    readonly code: string
    readonly message: string
  }
  'result:submitted': { readonly deal: DealId; readonly block: number }
  'result:fetched': { readonly deal: DealId; readonly root: string; readonly dir: string }
  'deal:challenged': { readonly deal: DealId; readonly block: number }
  'committee:drawn': {
    readonly deal: DealId
    readonly round: number
    readonly members: readonly Address[]
    readonly block: number
  }
  'committee:committed': {
    readonly deal: DealId
    readonly round: number
    readonly seat: number
    readonly block: number
  }
  'committee:revealed': {
    readonly deal: DealId
    readonly round: number
    readonly seat: number
    readonly digest: Bytes32
    readonly block: number
  }
  'committee:abstained': {
    readonly deal: DealId
    readonly round: number
    readonly code: string
    readonly message: string
  }
  'deal:closed': {
    readonly deal: DealId
    readonly status: FinalStatus
    readonly verdict: Verdict
    readonly block: number
  }
}

/** Names of events. */
export type NodeEventName = keyof NodeEvents

/** One event with its name, as a subscriber gets it. */
export type NodeEvent = { [Name in NodeEventName]: { readonly name: Name } & NodeEvents[Name] }[NodeEventName]
