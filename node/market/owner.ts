/** What the owner of a node asks of it: the NodeApi over the market's services. Reads and forwards; decides nothing. */
import type { Dispute } from '../../protocols/committee/dispute.ts'
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { CODEC, cidOfDigest } from '../../protocols/core/cid.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { deadlineSec } from '../../protocols/deal/state.ts'
import type { NodeEvent } from '../../protocols/events.ts'
import type { JobOffer, Offer, OfferBody, OfferKind, ResourceOffer } from '../../protocols/offer/offer.ts'
import { priceOfTick } from '../../protocols/offer/price.ts'
import { COMPARABLE_STATUSES } from '../../protocols/result/result.ts'
import type { Answers } from './answers.ts'
import type {
  DealReport,
  JobReport,
  JobRequest,
  JobUpdate,
  ModuleDetails,
  ModuleReport,
  NodeApi,
  NodeStatus,
  OfferReport,
  PeerReport,
  Role
} from './api.ts'
import { appeal, appealDepositWei, loserOf } from './appeal.ts'
import type { Components } from './components.ts'
import { Explainer } from './explain.ts'
import type { Explanation, OfferCheck } from './explanation.ts'
import type { Facts } from './facts.ts'
import { Fare } from './fare.ts'
import type { JobRecord } from './job.ts'
import { type JobLog, JobLogs } from './job-logs.ts'
import type { Modules } from './modules.ts'
import type { Offers } from './offer.ts'
import type { Past } from './past.ts'
import type { AbortOptions } from './ports.ts'
import { Queue } from './queue.ts'
import { rootOf } from './result.ts'
import { type Creator, isOpen } from './roles/creator.ts'
import type { StatusExchange } from './status.ts'

/** What an owner's view is made of. */
export interface OwnerInit {
  readonly parts: Components
  readonly offers: Offers
  readonly facts: Facts
  /** Undefined when the node has not the role `jc`. */
  readonly creator: Creator | undefined
  readonly statuses: StatusExchange
  readonly past: Past
  readonly answers: Answers
  /** Undefined where there is no disk to publish from. */
  readonly modules?: Modules
  readonly roles: readonly Role[]
  readonly version: string
}

/** @see NodeApi */
export class Owner implements NodeApi {
  readonly #init: OwnerInit
  readonly #explainer: Explainer
  readonly #fare: Fare
  #logs: JobLogs | undefined

  constructor(init: OwnerInit) {
    this.#init = init
    this.#explainer = new Explainer(init)
    this.#fare = new Fare(init, this.#explainer)
  }

  async status(options: AbortOptions = {}): Promise<NodeStatus> {
    const { parts, facts, offers, roles, version } = this.#init
    const { chain, network, signer, runners } = parts
    const { number } = chain.head()
    const balance = await chain.balance(signer.account, options)
    const isMine = (deal: { creator: string; provider: string }) =>
      deal.creator === signer.account || deal.provider === signer.account
    return {
      version,
      account: signer.account,
      peerId: network.peerId,
      roles,
      addresses: network.addresses(),
      peers: network.peers().length,
      chainId: chain.deployment.chainId,
      block: number,
      ...balance,
      openDeals: [...facts.openDeals()].filter(([, deal]) => isMine(deal)).length,
      offers: { resource: [...offers.resources.live(number)].length, job: [...offers.jobs.live(number)].length },
      runtimes: await Promise.all(
        [...runners.values()].map(async runner => ({ runtime: runner.runtime, ...(await runner.probe(options)) }))
      )
    }
  }

  async peers(options: AbortOptions = {}): Promise<readonly PeerReport[]> {
    const { parts, statuses } = this.#init
    return Promise.all(
      parts.network.peers().map(async peer => {
        const says = await statuses.ask(peer.peerId, options)
        return says === undefined ? peer : { ...peer, says: { agent: says.agent, roles: says.roles, head: says.head } }
      })
    )
  }

  async offers(): Promise<readonly OfferReport[]> {
    const { offers, facts, parts } = this.#init
    const { number } = parts.chain.head()
    const own = parts.signer.account
    const waiting = [...offers.jobs.live(number)].filter(({ id }) => !facts.isTaken(id))
    return [
      ...[...offers.resources.live(number)].map(offer =>
        reportOffer('resource', offer, own, offer.body.askTick, describeResource(offer))
      ),
      ...waiting.map(offer => reportOffer('job', offer, own, offer.body.maxTick, describeJob(offer)))
    ]
  }

  async explain(id: Bytes32, options: AbortOptions = {}): Promise<Explanation> {
    await this.#init.past.complete(options)
    const found = this.#explainer.job(id) ?? this.#fare.resource(id)
    if (found !== undefined) return found
    throw new LilyError('EXPLAIN_UNKNOWN', `this node has heard of no deal, job offer or resource offer ${id}`)
  }

  async checkOffer(peers: number, options: AbortOptions = {}): Promise<OfferCheck> {
    await this.#init.past.complete(options)
    return this.#fare.check(peers, options)
  }

  async *submit(request: JobRequest, options: AbortOptions = {}): AsyncIterable<JobUpdate> {
    const id = await this.#creator().submit(request, options)
    yield* this.follow(id, options)
  }

  async *follow(id: Bytes32, options: AbortOptions = {}): AsyncIterable<JobUpdate> {
    const creator = this.#creator()
    const queue = new Queue<JobUpdate>()
    let dealId: DealId | undefined
    const exits = [
      this.#init.parts.events.on(event => {
        if ('job' in event ? event.job === id : 'deal' in event && event.deal === dealId)
          queue.push({ type: 'event', event })
      }),
      creator.onChange((changed, record) => {
        if (changed !== id) return
        dealId = record.deal?.id ?? dealId
        if (!isOpen(record)) queue.end()
      })
    ]
    try {
      const record = await creator.job(id)
      dealId = record.deal?.id
      yield { type: 'report', report: await this.#report(id, record, options) }
      if (!isOpen(record)) return
      yield* queue.drain(options)
      yield { type: 'report', report: await this.job(id, options) }
    } finally {
      for (const exit of exits) exit()
    }
  }

  async *logs(id: Bytes32, options: AbortOptions = {}): AsyncIterable<JobLog> {
    const creator = this.#creator()
    this.#logs ??= new JobLogs(this.#init.parts, creator)
    yield* this.#logs.follow(id, options)
  }

  async jobs(options: AbortOptions = {}): Promise<readonly JobReport[]> {
    const reports: JobReport[] = []
    for await (const [id, record] of this.#creator().jobs()) reports.push(await this.#report(id, record, options))
    return reports.sort((a, b) => a.createdAtMs - b.createdAtMs)
  }

  async job(id: Bytes32, options: AbortOptions = {}): Promise<JobReport> {
    return this.#report(id, await this.#creator().job(id), options)
  }

  async cancel(id: Bytes32, options: AbortOptions = {}): Promise<JobReport> {
    return this.#report(id, await this.#creator().cancel(id), options)
  }

  async deal(id: DealId, options: AbortOptions = {}): Promise<DealReport> {
    const { parts, facts } = this.#init
    const deal = this.#deal(id)
    const record = await parts.chain.deal(id, options)
    const dispute = await parts.chain.dispute(id, options)
    const deadline = deadlineSec(record, deal)
    return {
      id,
      status: record.status,
      creator: deal.creator,
      provider: deal.provider,
      priceWei: deal.price,
      collateralWei: deal.collateral,
      spec: cidOfDigest(CODEC.dagCbor, deal.spec).toString(),
      ...(deadline === undefined ? {} : { deadlineSec: deadline }),
      verdict: dispute.verdict,
      ...(dispute.phase === 'appeal' ? { appeal: reportAppeal(deal, dispute) } : {}),
      rounds: facts.roundsOf(id).map((members, round) => ({ round, members })),
      payments: await parts.chain.payments(id, options)
    }
  }

  async appeal(id: DealId, options: AbortOptions = {}): Promise<DealReport> {
    await appeal(this.#init.parts.chain, id, this.#deal(id), options)
    return this.deal(id, options)
  }

  async deposit(amountWei: bigint, options: AbortOptions = {}): Promise<void> {
    await this.#init.parts.chain.send({ name: 'deposit', valueWei: amountWei }, options)
  }

  async withdraw(amountWei: bigint, options: AbortOptions = {}): Promise<void> {
    await this.#init.parts.chain.send({ name: 'withdraw', amountWei }, options)
  }

  async addModule(path: string, options: AbortOptions = {}): Promise<string> {
    return this.#modules().add(path, options)
  }

  async saveContent(cid: string, path: string, options: AbortOptions = {}): Promise<void> {
    return this.#modules().save(cid, path, options)
  }

  async publishModule(module: Omit<ModuleReport, 'author'>, options: AbortOptions = {}): Promise<ModuleReport> {
    return this.#modules().publish(module, options)
  }

  async modules(options: AbortOptions = {}): Promise<readonly ModuleReport[]> {
    return this.#modules().list(options)
  }

  async module(name: string, version: string, options: AbortOptions = {}): Promise<ModuleDetails> {
    return this.#modules().find(name, version, options)
  }

  async attestModule(
    module: string,
    isDeterministic: boolean,
    runs: number,
    options: AbortOptions = {}
  ): Promise<void> {
    return this.#modules().attest(module, isDeterministic, runs, options)
  }

  async *events(options: AbortOptions = {}): AsyncIterable<NodeEvent> {
    const queue = new Queue<NodeEvent>()
    const exit = this.#init.parts.events.on(event => queue.push(event))
    try {
      yield* queue.drain(options)
    } finally {
      exit()
    }
  }

  #deal(id: DealId): Deal {
    const deal = this.#init.facts.dealOf(id)
    if (deal !== undefined) return deal
    throw new LilyError('DEAL_UNKNOWN', `no deal ${id} was committed on this market; check the id`)
  }

  #modules(): Modules {
    const { modules } = this.#init
    if (modules === undefined) throw new LilyError('MODULE_NO_DISK', 'modules are published by a node with a disk')
    return modules
  }

  #creator(): Creator {
    const { creator } = this.#init
    if (creator === undefined)
      throw new LilyError('JOB_NO_ROLE', 'this node is no job creator: start it with --role jc')
    return creator
  }

  async #report(id: Bytes32, record: JobRecord, options: AbortOptions): Promise<JobReport> {
    const { facts, parts } = this.#init
    const { deal, opened, closed, failure, dir, exitCode } = record
    const rounds = deal === null ? [] : facts.roundsOf(deal.id)
    const status = opened === null ? undefined : COMPARABLE_STATUSES[opened.result.status]
    return {
      id,
      state: record.state,
      module: record.module.toString(),
      moduleName: record.moduleName,
      createdAtMs: record.createdAtMs,
      ...(deal === null ? {} : { dealId: deal.id, provider: deal.deal.provider, priceWei: deal.deal.price }),
      ...(opened === null ? {} : { resultCid: rootOf(opened.result).toString() }),
      ...(status === undefined ? {} : { runStatus: status }),
      ...(exitCode === null ? {} : { exitCode }),
      ...(dir === null ? {} : { dir }),
      ...(closed === null || deal === null
        ? {}
        : {
            dealStatus: closed.status,
            pricePaidWei: closed.pricePaid,
            verdict: record.isChallenged
              ? closed.verdict
              : record.acceptedAt !== null
                ? ('accepted' as const)
                : ('unchecked' as const),
            committee: rounds.at(-1) ?? [],
            payments: await parts.chain.payments(deal.id, options)
          }),
      ...(failure === null ? {} : { failure })
    }
  }
}

function reportAppeal(deal: Deal, dispute: Dispute): NonNullable<DealReport['appeal']> {
  const { pending: verdict, appealEndSec: endSec } = dispute
  return { verdict, loser: loserOf(deal, dispute), depositWei: appealDepositWei(deal, dispute), endSec }
}

function reportOffer(
  kind: OfferKind,
  { id, account, body }: Offer<OfferBody>,
  own: string,
  tick: number,
  summary: string
): OfferReport {
  const { slot, seq, expiry } = body
  return {
    kind,
    id,
    account,
    slot,
    seq,
    priceWei: priceOfTick(tick),
    expiryBlock: expiry,
    isOwn: account === own,
    summary
  }
}

function describeResource({ body }: Offer<ResourceOffer>): string {
  const { cpuMilli, memoryMiB, gpus } = body.machine
  const cards = gpus.length === 0 ? '' : `, ${gpus.length} gpu`
  return `${body.slices} x ${cpuMilli / 1000} cpu, ${memoryMiB} MiB${cards}; ${body.runtimes.join(', ')}`
}

function describeJob({ body }: Offer<JobOffer>): string {
  const { cpuMilli, memoryMiB } = body.machine
  const target = body.target === null ? '' : `; only ${body.target}`
  return `${cpuMilli / 1000} cpu, ${memoryMiB} MiB; ${body.runtime}${target}`
}
