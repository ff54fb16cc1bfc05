/**
 * What a node does for its owner: the CLI and the page speak only this. A running node serves it on a local socket; a
 * command that finds no running node makes a node for itself and calls the same interface.
 */

import type { Verdict } from '../../protocols/committee/dispute.ts'
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import type { DealStatus } from '../../protocols/deal/state.ts'
import type { NodeEvent } from '../../protocols/events.ts'
import type { Explanation, OfferCheck } from './explanation.ts'
import type { JobLog } from './job-logs.ts'
import type { AbortOptions, PeerInfo } from './ports.ts'

/** Roles that a node may have. */
export const ROLES = ['rp', 'jc', 'mediator'] as const

/** @see ROLES */
export type Role = (typeof ROLES)[number]

/** How often a creator has a result checked by a committee, in basis points: 10000 is always, 0 never. */
export type VerifyBps = number

/** A job as its owner asks for it. Everything but the module has a default. */
export interface JobRequest {
  /** The module's CID, already in this node's content; `modulePath` is for the machine that the node runs on. */
  readonly module?: string
  /** A folder with a module.json, or the path of a module.json. */
  readonly modulePath?: string
  /** Values of the module's inputs. */
  readonly values?: Readonly<Record<string, string>>
  /** Input files: name to a path on the node's machine, or a CID. */
  readonly files?: Readonly<Record<string, string>>
  /** Of the job: two requests that say the same, this too, are one job and give one result. @default a fresh one */
  readonly salt?: string
  /** Most that the job may cost, in wei. @default the network profile's */
  readonly maxPriceWei?: bigint
  readonly tipTicks?: number
  readonly target?: Address
  readonly verifyBps?: VerifyBps
  readonly collateralTimes?: number
  readonly seats?: number
  readonly rounds?: number
  readonly seatFeeWei?: bigint
  readonly windowSec?: number
  /** Blocks for which a provider is looked for before the job fails with JOB_NO_PROVIDER. */
  readonly waitBlocks?: number
}

/** Where a job is, in the order of its life. */
export const JOB_STATES = [
  'offered',
  'proposed',
  'committed',
  'submitted',
  'fetched',
  'disputed',
  'done',
  'failed',
  'cancelled'
] as const

/** @see JOB_STATES */
export type JobState = (typeof JOB_STATES)[number]

/** A job as its owner sees it. CIDs and ids are text; absent is not known yet. */
export interface JobReport {
  /** The job offer's id, by which it is shown, cancelled and taken up again. */
  readonly id: Bytes32
  readonly state: JobState
  readonly module: string
  readonly moduleName: string
  readonly createdAtMs: number
  readonly dealId?: DealId
  readonly dealStatus?: DealStatus
  readonly provider?: Address
  readonly priceWei?: bigint
  /** What the creator paid in the end: price, fees and what it did not get back. */
  readonly pricePaidWei?: bigint
  readonly resultCid?: string
  readonly exitCode?: number
  readonly runStatus?: string
  readonly verdict?: Verdict | 'accepted' | 'unchecked'
  readonly committee?: readonly Address[]
  /** The folder with stdout, stderr, exitCode and outputs/. */
  readonly dir?: string
  /** Who was paid what, by the wei. */
  readonly payments?: readonly {
    readonly account: Address
    readonly reason: string
    readonly amountWei: bigint
    readonly block: number
  }[]
  readonly failure?: { readonly code: string; readonly message: string }
}

/** An offer of the book, for people. */
export interface OfferReport {
  readonly kind: 'resource' | 'job'
  readonly id: Bytes32
  readonly account: Address
  readonly slot: number
  readonly seq: number
  readonly priceWei: bigint
  readonly expiryBlock: number
  readonly isOwn: boolean
  readonly summary: string
}

/** A deal as the chain has it. */
export interface DealReport {
  readonly id: DealId
  readonly status: DealStatus
  readonly creator: Address
  readonly provider: Address
  readonly priceWei: bigint
  readonly collateralWei: bigint
  readonly spec: string
  readonly deadlineSec?: number
  readonly verdict: Verdict
  /** A verdict that waits for the appeal of whoever loses by it; `endSec` is the last second for it, in chain time. */
  readonly appeal?: {
    readonly verdict: Verdict
    readonly loser: Address
    readonly depositWei: bigint
    readonly endSec: number
  }
  readonly rounds: readonly { readonly round: number; readonly members: readonly Address[] }[]
  readonly payments: JobReport['payments']
}

/** A version of a module that is published. */
export interface ModuleReport {
  readonly name: string
  readonly version: string
  /** CID of its folder. */
  readonly module: string
  readonly author: Address
  readonly feeBps: number
}

/** A published module with what people say of it. */
export interface ModuleDetails extends ModuleReport {
  readonly attestations: readonly {
    readonly attester: Address
    readonly isDeterministic: boolean
    readonly runs: number
  }[]
}

/** A neighbour, with what it says of itself where it answers; that is not to be believed. */
export interface PeerReport extends PeerInfo {
  readonly says?: { readonly agent: string; readonly roles: readonly string[]; readonly head: number }
}

/** A node in short. */
export interface NodeStatus {
  readonly version: string
  readonly account: Address
  readonly peerId: string
  readonly roles: readonly Role[]
  readonly addresses: readonly string[]
  readonly peers: number
  readonly chainId: bigint
  readonly block: number
  readonly coinWei: bigint
  readonly freeWei: bigint
  readonly openDeals: number
  readonly offers: { readonly resource: number; readonly job: number }
  readonly runtimes: readonly { readonly runtime: string; readonly isReady: boolean; readonly reason?: string }[]
}

/** What becomes of a job: its events, and its report at the beginning and the end. */
export type JobUpdate =
  | { readonly type: 'event'; readonly event: NodeEvent }
  | { readonly type: 'report'; readonly report: JobReport }

/** @see the head of this file */
export interface NodeApi {
  status(options?: AbortOptions): Promise<NodeStatus>
  peers(options?: AbortOptions): Promise<readonly PeerReport[]>
  offers(options?: AbortOptions): Promise<readonly OfferReport[]>
  /**
   * Why a job went where it went, by its own id or its deal's, or how an offer of a machine fares, by its id.
   * @throws EXPLAIN_UNKNOWN, EXPLAIN_TOO_OLD
   */
  explain(id: Bytes32, options?: AbortOptions): Promise<Explanation>
  /** How this node's own offer fares; asks so many neighbours. @throws OFFER_NONE */
  checkOffer(peers: number, options?: AbortOptions): Promise<OfferCheck>
  /** Offers a job and follows it to its end. The first update is a report with its id; leaving early leaves the job. */
  submit(request: JobRequest, options?: AbortOptions): AsyncIterable<JobUpdate>
  /** Follows a job of this node to its end. @throws JOB_UNKNOWN */
  follow(id: Bytes32, options?: AbortOptions): AsyncIterable<JobUpdate>
  /**
   * What the provider says that a job of this node prints while it runs; ends with the run. Unchecked, and it may not come
   * at all: what was printed is in the result.
   * @throws JOB_UNKNOWN
   */
  logs(id: Bytes32, options?: AbortOptions): AsyncIterable<JobLog>
  jobs(options?: AbortOptions): Promise<readonly JobReport[]>
  job(id: Bytes32, options?: AbortOptions): Promise<JobReport>
  /** Withdraws the offer; a job that has a deal cannot be cancelled. @throws JOB_UNKNOWN, JOB_HAS_DEAL */
  cancel(id: Bytes32, options?: AbortOptions): Promise<JobReport>
  /** @throws DEAL_UNKNOWN */
  deal(id: DealId, options?: AbortOptions): Promise<DealReport>
  /**
   * Asks for the next committee against a verdict that this node loses by.
   * @throws DEAL_UNKNOWN, DEAL_NOT_APPEALABLE, DEAL_NOT_LOSER, WALLET_NO_FUNDS
   */
  appeal(id: DealId, options?: AbortOptions): Promise<DealReport>
  deposit(amountWei: bigint, options?: AbortOptions): Promise<void>
  withdraw(amountWei: bigint, options?: AbortOptions): Promise<void>
  /** Adds a module's folder on the node's machine; gives its CID. @throws MODULE_* */
  addModule(path: string, options?: AbortOptions): Promise<string>
  /** Writes what a CID names to a path on the node's machine where nothing is yet. @throws CONTENT_*, OUTPUT_EXISTS */
  saveContent(cid: string, path: string, options?: AbortOptions): Promise<void>
  /** Registers `name:version` for a module of this node, for ever. @throws MODULE_*, CHAIN_REVERTED */
  publishModule(module: Omit<ModuleReport, 'author'>, options?: AbortOptions): Promise<ModuleReport>
  /** Everything that was published. */
  modules(options?: AbortOptions): Promise<readonly ModuleReport[]>
  /** @throws MODULE_UNPUBLISHED */
  module(name: string, version: string, options?: AbortOptions): Promise<ModuleDetails>
  /** Says on chain what so many runs of a module have shown. */
  attestModule(module: string, isDeterministic: boolean, runs: number, options?: AbortOptions): Promise<void>
  /** Every event of the node from now on. */
  events(options?: AbortOptions): AsyncIterable<NodeEvent>
}
