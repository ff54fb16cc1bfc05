// A NodeApi that does what a test says: the CLI is tested against it through the real socket, without a chain.
import { basename } from 'node:path'
import type {
  DealReport,
  JobReport,
  JobRequest,
  JobUpdate,
  ModuleDetails,
  ModuleReport,
  NodeApi,
  NodeStatus,
  OfferReport
} from '../../node/market/api.ts'
import type { Explanation, JobExplanation, OfferCheck } from '../../node/market/explanation.ts'
import type { JobLog } from '../../node/market/job-logs.ts'
import type { AbortOptions, PeerInfo } from '../../node/market/ports.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { NodeEvent } from '../../protocols/events.ts'

export const CREATOR = `0x${'aa'.repeat(20)}` as const
export const PROVIDER = `0x${'bb'.repeat(20)}` as const
export const MEMBERS = [`0x${'c1'.repeat(20)}`, `0x${'c2'.repeat(20)}`, `0x${'c3'.repeat(20)}`] as const
export const JOB_ID: Bytes32 = `0x${'11'.repeat(32)}`
export const DEAL_ID: Bytes32 = `0x${'22'.repeat(32)}`
export const CHAIN_ID = 31_337n

/** A deal whose creator passed somebody over. */
export const EXPLANATION: JobExplanation = {
  kind: 'job',
  id: JOB_ID,
  verdict: 'off-rule',
  words: `${MEMBERS[0]} came before, for 0.01, and had a free unit; unless it was silent or said no, its creator passed it over`,
  block: 41,
  creator: CREATOR,
  deal: { id: DEAL_ID, provider: PROVIDER, resourceOffer: DEAL_ID, priceWei: 2n * 10n ** 16n, committedAt: 43 },
  partner: { provider: MEMBERS[0], resourceOffer: JOB_ID, priceWei: 10n ** 16n },
  ranking: [
    {
      rank: 1,
      provider: MEMBERS[0],
      resourceOffer: JOB_ID,
      priceWei: 10n ** 16n,
      isPartner: true,
      isDeal: false
    },
    {
      rank: 2,
      provider: PROVIDER,
      resourceOffer: DEAL_ID,
      priceWei: 2n * 10n ** 16n,
      isPartner: false,
      isDeal: true
    }
  ],
  unfit: [{ provider: MEMBERS[1], resourceOffer: JOB_ID, code: 'MATCH_ARCH', detail: 'needs arm64, offers amd64' }],
  unseen: []
}

export const CHECK: OfferCheck = {
  id: DEAL_ID,
  block: 42,
  askWei: 10n ** 16n,
  peers: [
    { peerId: '16Uiu2HAmPeerOne', hasIt: true },
    { peerId: '16Uiu2HAmPeerTwo', hasIt: undefined }
  ],
  priceRank: 2,
  rivals: 3,
  cheapestWei: 9n * 10n ** 15n,
  declined: [{ block: 40, job: JOB_ID, creator: CREATOR, code: 'DEAL_NO_ROOM', reason: 'no free unit' }],
  earnings: [
    { askWei: 9n * 10n ** 15n, deals: 3, totalWei: 27n * 10n ** 15n },
    { askWei: 10n ** 16n, deals: 1, totalWei: 10n ** 16n }
  ],
  earningsFromBlock: 7
}

export const STATUS: NodeStatus = {
  version: '0.0.0',
  account: CREATOR,
  peerId: '16Uiu2HAmFake',
  roles: ['jc'],
  addresses: ['/ip4/127.0.0.1/tcp/4001'],
  peers: 1,
  chainId: CHAIN_ID,
  block: 42,
  coinWei: 10n ** 18n,
  freeWei: 5n * 10n ** 18n,
  openDeals: 0,
  offers: { resource: 1, job: 0 },
  runtimes: []
}

export const OFFERED: JobReport = {
  id: JOB_ID,
  state: 'offered',
  module: 'bafymodule',
  moduleName: 'cowsay',
  createdAtMs: 0
}

export const COMMITTED: NodeEvent = {
  name: 'deal:committed',
  deal: DEAL_ID,
  provider: PROVIDER,
  creator: CREATOR,
  block: 43
}

export const DEAL: DealReport = {
  id: DEAL_ID,
  status: 'settled',
  creator: CREATOR,
  provider: PROVIDER,
  priceWei: 10n ** 16n,
  collateralWei: 2n * 10n ** 16n,
  spec: 'bafyjob',
  verdict: 'correct',
  rounds: [{ round: 0, members: MEMBERS }],
  payments: [{ account: PROVIDER, reason: 'provider', amountWei: 10n ** 16n, block: 50 }]
}

/** A job that was verified as correct, with its result in `dir`. */
export function verifiedJob(dir: string, exitCode = 0): JobReport {
  return {
    ...OFFERED,
    state: 'done',
    dealId: DEAL_ID,
    dealStatus: 'settled',
    provider: PROVIDER,
    priceWei: 10n ** 16n,
    pricePaidWei: 10n ** 16n + 1n,
    resultCid: 'bafyresult',
    runStatus: 'exited',
    exitCode,
    verdict: 'correct',
    committee: MEMBERS,
    dir,
    payments: [{ account: PROVIDER, reason: 'provider', amountWei: 10n ** 16n, block: 50 }]
  }
}

/** A node without a market: answers are fields that a test sets, and what it was asked is kept. */
export class FakeNode implements NodeApi {
  nodeStatus: NodeStatus = STATUS
  jobReports: readonly JobReport[] = []
  /** What a job's followers see; after it they wait for ever when `isEndless`. */
  updates: readonly JobUpdate[] = []
  isEndless = false
  /** What a job is said to print. */
  printed: readonly JobLog[] = []
  readonly requests: JobRequest[] = []
  readonly depositsWei: bigint[] = []
  readonly appeals: Bytes32[] = []
  left = 0

  async status(): Promise<NodeStatus> {
    return this.nodeStatus
  }

  async peers(): Promise<readonly PeerInfo[]> {
    return [{ peerId: '16Uiu2HAmPeer', account: PROVIDER, addresses: ['/ip4/127.0.0.1/tcp/1/p2p/x'], isDialled: true }]
  }

  async offers(): Promise<readonly OfferReport[]> {
    const offer = { account: PROVIDER, slot: 0, seq: 1, expiryBlock: 99, isOwn: false, summary: '1 slice' } as const
    return [
      { ...offer, kind: 'job', id: JOB_ID, priceWei: 1n },
      { ...offer, kind: 'resource', id: DEAL_ID, priceWei: 10n ** 16n }
    ]
  }

  async explain(): Promise<Explanation> {
    return EXPLANATION
  }

  async checkOffer(): Promise<OfferCheck> {
    return CHECK
  }

  submit(request: JobRequest, options?: AbortOptions): AsyncIterable<JobUpdate> {
    this.requests.push(request)
    return this.#updates(options)
  }

  async *follow(id: Bytes32, options?: AbortOptions): AsyncIterable<JobUpdate> {
    await this.job(id)
    yield* this.#updates(options)
  }

  async *logs(): AsyncIterable<JobLog> {
    yield* this.printed
  }

  async jobs(): Promise<readonly JobReport[]> {
    return this.jobReports
  }

  async job(id: Bytes32): Promise<JobReport> {
    const found = this.jobReports.find(job => job.id === id)
    if (found === undefined) throw new LilyError('JOB_UNKNOWN', `no job ${id}`, { details: { id, tries: 3n } })
    return found
  }

  async cancel(id: Bytes32): Promise<JobReport> {
    return { ...(await this.job(id)), state: 'cancelled' }
  }

  async deal(id: Bytes32): Promise<DealReport> {
    if (id !== DEAL_ID) throw new LilyError('DEAL_UNKNOWN', `no deal ${id}`)
    return DEAL
  }

  async appeal(id: Bytes32): Promise<DealReport> {
    this.appeals.push(id)
    return this.deal(id)
  }

  async deposit(amountWei: bigint): Promise<void> {
    this.depositsWei.push(amountWei)
  }

  async withdraw(): Promise<void> {
    throw new Error('a fault of the node')
  }

  readonly published: ModuleReport[] = []
  readonly attested: (readonly [string, boolean, number])[] = []

  async addModule(path: string): Promise<string> {
    return `bafymodule-of-${basename(path)}`
  }

  async saveContent(): Promise<void> {
    throw new LilyError('CONTENT_NOT_FOUND', 'is nowhere')
  }

  async publishModule(module: Omit<ModuleReport, 'author'>): Promise<ModuleReport> {
    const report = { ...module, author: CREATOR }
    this.published.push(report)
    return report
  }

  async modules(): Promise<readonly ModuleReport[]> {
    return this.published
  }

  async module(name: string, version: string): Promise<ModuleDetails> {
    const found = this.published.find(module => module.name === name && module.version === version)
    if (found === undefined) throw new LilyError('MODULE_UNPUBLISHED', `nobody has published ${name}:${version}`)
    return { ...found, attestations: [{ attester: PROVIDER, isDeterministic: true, runs: 3 }] }
  }

  async attestModule(module: string, isDeterministic: boolean, runs: number): Promise<void> {
    this.attested.push([module, isDeterministic, runs])
  }

  async *events(options?: AbortOptions): AsyncIterable<NodeEvent> {
    for (;;) {
      options?.signal?.throwIfAborted()
      yield COMMITTED
    }
  }

  async *#updates(options?: AbortOptions): AsyncIterable<JobUpdate> {
    try {
      yield* this.updates
      if (this.isEndless) await aborted(options?.signal)
    } finally {
      this.left++
    }
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
