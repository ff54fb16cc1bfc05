/**
 * The ports: what the market needs of the world. The market is written against these; node/host and node/browser adapt
 * libp2p, Helia, level, ethers and the runners to them, and test/compliance holds every adapter to the same suite.
 */

import type { Dispute } from '../../protocols/committee/dispute.ts'
import type { Address } from '../../protocols/core/account.ts'
import type { Bytes32, Hex } from '../../protocols/core/bytes.ts'
import type { CID } from '../../protocols/core/cid.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import type { DealRecord } from '../../protocols/deal/state.ts'
import type { Runtime } from '../../protocols/offer/machine.ts'
import type { ChainRequest, Order, RequestEnding } from '../../protocols/request/request.ts'
import type { Result } from '../../protocols/result/result.ts'
import type { RunStatus } from '../../protocols/run/status.ts'
import type { ModuleDirectory } from './directory.ts'

/** Last parameter of every asynchronous function. */
export interface AbortOptions {
  readonly signal?: AbortSignal
}

/** Something with a life: nothing opens before start; stop is safe twice. */
export interface Startable {
  start(): Promise<void>
  stop(): Promise<void>
}

/** Process time. Deadlines of deals are chain time and come from the Chain port. */
export interface Clock {
  nowMs(): number
  /** Resolves after `ms`, or rejects when aborted. */
  sleep(ms: number, options?: AbortOptions): Promise<void>
}

/** Bytes that may be guessed by nobody: salts and the creator's secret coin. */
export type Entropy = (length: number) => Uint8Array

/** Structured log of one scope, as libp2p's ComponentLogger gives it. */
export interface Logger {
  (format: string, ...args: unknown[]): void
  error(format: string, ...args: unknown[]): void
}

/** The journal: durable once `put` has resolved. Keys are text, ordered by their UTF-8 bytes. */
export interface Store {
  get(key: string, options?: AbortOptions): Promise<Uint8Array | undefined>
  put(key: string, value: Uint8Array, options?: AbortOptions): Promise<void>
  delete(key: string, options?: AbortOptions): Promise<void>
  /** Every entry whose key begins with `prefix`, in order. */
  entries(prefix: string, options?: AbortOptions): AsyncIterable<readonly [string, Uint8Array]>
}

/** Options of everything that may fetch from other peers. */
export interface FetchOptions extends AbortOptions {
  /** Peer ids that are known to have the data; others are found by asking neighbours and the DHT. */
  readonly from?: readonly string[]
  /** Longest answer; more is CONTENT_TOO_LARGE. */
  readonly maxBytes?: number
  /** Without progress for so long the fetch fails with CONTENT_NOT_FOUND. @default 30000 */
  readonly stallMs?: number
  readonly onProgress?: (bytes: number) => void
}

/** One entry of a tree to be added: a file with content, or an empty directory. */
export type TreeEntry =
  | { readonly path: string; readonly content: Uint8Array | AsyncIterable<Uint8Array> }
  | { readonly path: string; readonly isDirectory: true }

/** One entry of a tree that was read. */
export interface ListedEntry {
  readonly path: string
  readonly type: 'file' | 'directory'
  readonly sizeBytes: number
  readonly cid: CID
}

/** Content by CID: every byte is checked against its CID before it is seen. */
export interface Content {
  /** A file's bytes in order, with back-pressure. @throws CONTENT_NOT_FOUND, CONTENT_TOO_LARGE, CONTENT_NOT_A_FILE */
  cat(cid: CID, options?: FetchOptions): AsyncIterable<Uint8Array>
  /** One block. @throws CONTENT_NOT_FOUND, CONTENT_TOO_LARGE */
  getBlock(cid: CID, options?: FetchOptions): Promise<Uint8Array>
  /** Keeps one block under its CID. */
  putBlock(codec: 'dag-cbor' | 'raw', bytes: Uint8Array, options?: AbortOptions): Promise<CID>
  /** Adds a directory in canonical form (runners.md D): the same entries give the same CID on every node. */
  addTree(entries: Iterable<TreeEntry> | AsyncIterable<TreeEntry>, options?: AbortOptions): Promise<CID>
  /** Adds one file in canonical form. */
  addFile(content: Uint8Array | AsyncIterable<Uint8Array>, options?: AbortOptions): Promise<CID>
  /** A directory's entries, parents first, sorted. @throws CONTENT_NOT_FOUND, CONTENT_NOT_A_TREE, CONTENT_TOO_LARGE */
  list(cid: CID, options?: FetchOptions & { readonly maxEntries?: number }): AsyncIterable<ListedEntry>
  /** Tells the DHT that this node has the data. */
  provide(cid: CID, options?: AbortOptions): Promise<void>
}

/** Answer of a gossip validator. */
export type GossipAnswer = 'accept' | 'ignore' | 'reject'

/** Limits of a stream's handler. */
export interface StreamLimits {
  readonly maxRequestBytes: number
  readonly maxResponseBytes: number
  readonly perSecond: number
  readonly timeoutMs: number
}

/** A neighbour. */
export interface PeerInfo {
  readonly peerId: string
  /** Undefined when the peer's key is not a secp256k1 key. */
  readonly account: Address | undefined
  readonly addresses: readonly string[]
  readonly isDialled: boolean
}

/** Other nodes: gossip and streams. */
export interface Network {
  readonly peerId: string
  peers(): readonly PeerInfo[]
  addresses(): readonly string[]
  /** Resolves to how many neighbours it was given to. */
  publish(topic: string, bytes: Uint8Array, options?: AbortOptions): Promise<number>
  /** Subscribes; only what the validator accepts is passed on to others. Returns the way out. */
  subscribe(topic: string, validate: (bytes: Uint8Array, from: string) => Promise<GossipAnswer>): () => void
  /** Holds against a peer what it sent beyond its rates, in seconds of its quota; who goes on is sent away. */
  blame(peerId: string, seconds: number): void
  /** Asks one peer; yields its answers. @throws NET_UNREACHABLE, NET_TIMEOUT, NET_REFUSED, NET_TOO_LARGE */
  request(
    peerId: string,
    protocol: string,
    message: Uint8Array,
    options: AbortOptions & { readonly timeoutMs: number; readonly maxResponseBytes: number }
  ): AsyncIterable<Uint8Array>
  /** Answers a protocol. Returns the way out. */
  handle(
    protocol: string,
    limits: StreamLimits,
    answer: (message: Uint8Array, from: string, options: AbortOptions) => AsyncIterable<Uint8Array>
  ): () => void
  connect(address: string, options?: AbortOptions): Promise<void>
  /** Calls back whenever a peer has connected and identified itself. */
  onPeer(listener: (peerId: string) => void): () => void
}

/** The node's key: one account, one peer id. */
export interface Signer {
  readonly account: Address
  readonly publicKey: Uint8Array
  /** Signs SHA-256 of the bytes: 64 bytes, r and s, low s. */
  signBytes(bytes: Uint8Array): Promise<Uint8Array>
  /** Signs a 32-byte digest for the chain: 65 bytes, r, s, v. */
  signDigest(digest: Bytes32): Promise<Hex>
  /** Whether `signature` of SHA-256(bytes) is by `publicKey`. */
  verifyBytes(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** A block as the follower has applied it. */
export interface BlockRef {
  readonly number: number
  readonly hash: Bytes32
  readonly timestampSec: number
}

/** The deployment that this node follows. */
export interface Deployment {
  readonly chainId: bigint
  readonly market: Address
  readonly court: Address
  readonly beacon: Address
  readonly registry: Address
  /** OnchainJobs, where the deployment has it: contracts ask for jobs there. */
  readonly jobs?: Address
  /** The block in which the contracts came to be: logs are read from here. */
  readonly fromBlock: number
}

/** What the contracts have said, decoded; in chain order. */
export type ChainEvent =
  | { readonly type: 'deal:committed'; readonly id: DealId; readonly deal: Deal }
  | { readonly type: 'deal:submitted'; readonly id: DealId }
  | { readonly type: 'deal:closed'; readonly id: DealId }
  | {
      readonly type: 'committee:drawn'
      readonly id: DealId
      readonly round: number
      readonly members: readonly Address[]
    }
  | { readonly type: 'committee:committed'; readonly id: DealId; readonly round: number; readonly seat: number }
  | {
      readonly type: 'committee:revealed'
      readonly id: DealId
      readonly round: number
      readonly seat: number
      readonly digest: Bytes32
    }
  /** A contract asks for a job. */
  | { readonly type: 'request:made'; readonly id: Bytes32; readonly request: ChainRequest }
  /** A contract's request is over. */
  | { readonly type: 'request:closed'; readonly id: Bytes32 }

/** A block applied or taken back; its events with it. */
export interface ChainUpdate {
  readonly kind: 'apply' | 'revert'
  readonly block: BlockRef
  readonly events: readonly ChainEvent[]
}

/** Everything that a node may ask the contracts to do; each is one transaction of its account. */
export type ChainCall =
  | { readonly name: 'deposit'; readonly valueWei: bigint; readonly account?: Address }
  | { readonly name: 'withdraw'; readonly amountWei: bigint }
  /** From then on withdrawals go there and nowhere else; only that account can change it. */
  | { readonly name: 'setPayout'; readonly account: Address; readonly payout: Address }
  | { readonly name: 'commit'; readonly deal: Deal; readonly signature: Hex }
  /** Commits a deal for its provider, which has signed it as well. */
  | { readonly name: 'commitSigned'; readonly deal: Deal; readonly signature: Hex; readonly providerSignature: Hex }
  | { readonly name: 'submit'; readonly deal: Deal; readonly commitment: Bytes32 }
  | { readonly name: 'settleAccepted'; readonly deal: Deal; readonly result: Result; readonly signature: Hex }
  | { readonly name: 'settle'; readonly deal: Deal }
  | { readonly name: 'timeout'; readonly deal: Deal }
  | { readonly name: 'challenge'; readonly deal: Deal }
  | { readonly name: 'fulfilBeacon'; readonly round: bigint; readonly proof: Hex }
  | { readonly name: 'rerequest'; readonly id: DealId }
  | { readonly name: 'draw'; readonly deal: Deal }
  | { readonly name: 'commitVote'; readonly id: DealId; readonly seat: number; readonly vote: Bytes32 }
  | {
      readonly name: 'revealVote'
      readonly id: DealId
      readonly seat: number
      readonly digest: Bytes32
      readonly salt: Bytes32
    }
  | { readonly name: 'openResult'; readonly deal: Deal; readonly result: Result; readonly salt: Bytes32 }
  | { readonly name: 'appeal'; readonly deal: Deal }
  | { readonly name: 'finalise'; readonly deal: Deal }
  | { readonly name: 'join'; readonly slots: number; readonly valueWei: bigint }
  | {
      readonly name: 'publish'
      readonly title: string
      readonly version: string
      readonly module: Bytes32
      readonly feeBps: number
    }
  /** Commits the deal of a contract's request; the signature is the provider's. */
  | { readonly name: 'takeRequest'; readonly order: Order; readonly deal: Deal; readonly signature: Hex }
  | { readonly name: 'checkRequest'; readonly order: Order; readonly deal: Deal }
  | { readonly name: 'deliverRequest'; readonly order: Order; readonly deal: Deal; readonly ending: RequestEnding }
  | { readonly name: 'refundRequest'; readonly order: Order }
  | { readonly name: 'attest'; readonly module: Bytes32; readonly isDeterministic: boolean; readonly runs: number }

/** A transaction that was mined and did not revert. */
export interface Mined {
  readonly hash: Bytes32
  readonly block: number
  readonly gasUsed: bigint
}

/** Money of an account, in wei. */
export interface Balance {
  /** In the account itself: pays for gas. */
  readonly coinWei: bigint
  /** In the Market, not locked by any deal. */
  readonly freeWei: bigint
}

/** A payment that a transition made, as the Market's `Paid` event names it. */
export interface Payment {
  readonly account: Address
  readonly reason: string
  readonly amountWei: bigint
  readonly block: number
}

/** The chain as the market sees it. Reads are as of the followed head unless said otherwise. */
export interface Chain {
  readonly account: Address
  readonly deployment: Deployment
  readonly modules: ModuleDirectory
  /** The newest block applied. */
  head(): BlockRef
  /** Blocks from the deployment's first on, or from what `since` says; reverts are told too. Returns the way out. */
  follow(listener: (update: ChainUpdate) => void): () => void
  balance(account: Address, options?: AbortOptions): Promise<Balance>
  deal(id: DealId, options?: AbortOptions): Promise<DealRecord>
  dispute(id: DealId, options?: AbortOptions): Promise<Dispute>
  /** The result that a dispute has opened to all: what the provider had committed to. */
  openedResult(id: DealId, options?: AbortOptions): Promise<Result | undefined>
  payments(id: DealId, options?: AbortOptions): Promise<readonly Payment[]>
  /** How a deal ended, for contracts that were not there: the digest of its result, and what its creator was credited. */
  outcome(
    id: DealId,
    creator: Address,
    options?: AbortOptions
  ): Promise<{ readonly digest: Bytes32; readonly toCreatorWei: bigint }>
  /** What a unit of gas costs now, in wei. */
  gasPriceWei(options?: AbortOptions): Promise<bigint>
  /** Seats that the account's active slots may be drawn for. */
  mediatorSlots(account: Address, options?: AbortOptions): Promise<number>
  /** Stake of one mediator slot, in wei. */
  slotStakeWei(options?: AbortOptions): Promise<bigint>
  /** The proof that the beacon takes for a round, or undefined while there is none. */
  beaconProof(round: bigint, options?: AbortOptions): Promise<Hex | undefined>
  /** Blocks for which that proof could be had, as far as this node knows: whose turn it is to send it. */
  beaconAgeBlocks(round: bigint): number
  isBeaconReady(round: bigint, options?: AbortOptions): Promise<boolean>
  /** When a round without a seed may be given up, in chain seconds; Infinity while there is no reason to. */
  beaconLateAtSec(round: bigint, options?: AbortOptions): Promise<number>
  /**
   * Sends one call and waits until it is mined. Simulated first, so a call that would revert costs nothing. The same call
   * under the same `key` is sent once, also across restarts.
   *
   * @throws CHAIN_REVERTED with the contract's error name, CHAIN_NO_FUNDS, CHAIN_UNREACHABLE
   */
  send(call: ChainCall, options?: AbortOptions & { readonly key?: string }): Promise<Mined>
}

/** What is run: a module's plan with its limits; the same on every machine. */
export interface RunSpec {
  readonly runtime: Runtime
  /** WASM bytes, or a Docker image archive. */
  readonly entrypoint: CID
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Files under /inputs, by name. */
  readonly inputs: readonly { readonly name: string; readonly cid: CID }[]
  /** 32 bytes that the guest's randomness is made of. */
  readonly seed: Uint8Array
  /** What the guest's clock starts from. */
  readonly epochNs: bigint
  readonly limits: RunLimits
}

/** Hard limits of a run; reaching one ends it with a status of its own. */
export interface RunLimits {
  readonly gas: bigint
  readonly stackSlots: number
  readonly memoryBytes: number
  readonly outputBytes: number
  readonly outputFiles: number
  readonly logBytes: number
  readonly wallMs: number
  readonly cpus: number
  readonly pids: number
  readonly tmpBytes: number
  /** Graphics cards of a container. @default 0 */
  readonly gpus?: number
}

/** What a run came to. Where the status is comparable, root and used are the same on every honest machine. */
export interface RunOutcome {
  readonly status: RunStatus
  /** -1 unless the status is `exited`. */
  readonly exitCode: number
  /** The result directory: stdout, stderr, exitCode, outputs/. */
  readonly root: CID
  readonly used: bigint
  readonly wallMs: number
  /** For this machine's owner; never part of a result. */
  readonly diagnostics?: string
}

/** What a runtime can do on this machine. */
export interface RunnerHealth {
  readonly isReady: boolean
  /** Why not, and what to do. */
  readonly reason?: string
}

/** Something that runs jobs of one runtime. */
export interface Runner extends Startable {
  readonly runtime: Runtime
  probe(options?: AbortOptions): Promise<RunnerHealth>
  /** Refuses what {@link run} would, before work is promised. Absent: the run tells. @throws RUN_REJECTED, RUN_NOT_READY */
  admit?(spec: RunSpec, content: Content, options?: FetchOptions): Promise<void>
  /**
   * Fetches, runs, and adds the result to `content`.
   *
   * @throws RUN_REJECTED when the module breaks a rule of the runtime (the same on every machine), RUN_NOT_READY
   */
  run(
    spec: RunSpec,
    content: Content,
    options?: FetchOptions & {
      readonly onLog?: (stream: 1 | 2, bytes: Uint8Array) => void
      readonly onStart?: () => void
    }
  ): Promise<RunOutcome>
}

/** The owner's own files: modules and inputs to add, results to keep. A page has pickers and downloads instead of a disk. */
export interface Files {
  /** Adds a module's folder, given by itself or by its module.json. @throws MODULE_NOT_FOUND, MODULE_* */
  addModule(path: string, options?: AbortOptions): Promise<CID>
  /** Adds one file. @throws INPUT_NOT_FOUND */
  addFile(path: string, options?: AbortOptions): Promise<CID>
  /** Keeps a result where its owner finds it; resolves to the folder. A repeated call gives the same folder. */
  saveResult(deal: DealId, root: CID, options?: FetchOptions): Promise<string>
}
