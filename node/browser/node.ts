/**
 * The composition root of the page's node: where ports meet the browser's adapters. It mirrors node/index.ts; what the node
 * does is the same code, in node/market/roles.
 */
import type { ComponentLogger } from '@libp2p/interface'
import type { Address } from '../../protocols/core/account.ts'
import { topicOf } from '../../protocols/wire.ts'
import { createChain } from '../chain/chain.ts'
import { Rpc } from '../chain/rpc.ts'
import { Answers } from '../market/answers.ts'
import type { NodeApi, Role } from '../market/api.ts'
import type { Components } from '../market/components.ts'
import { Counts } from '../market/counts.ts'
import { Emitter } from '../market/emitter.ts'
import { Facts } from '../market/facts.ts'
import { tellCommittees } from '../market/herald.ts'
import type { JobDefaults } from '../market/job.ts'
import { Matches } from '../market/match.ts'
import { Modules } from '../market/modules.ts'
import { Offers } from '../market/offer.ts'
import { Owner } from '../market/owner.ts'
import { Past } from '../market/past.ts'
import type { Deployment, Startable } from '../market/ports.ts'
import { Creator } from '../market/roles/creator.ts'
import { Mediator } from '../market/roles/mediator.ts'
import { Runs } from '../market/run.ts'
import { StatusExchange } from '../market/status.ts'
import type { LightProfile } from '../peer/light-profile.ts'
import { GuestRunner } from '../peer/run/runner.ts'
import { browserClock, browserEntropy } from './clock.ts'
import { PageFiles } from './files.ts'
import { openPageNet } from './net.ts'
import { WorkerGuests } from './run/worker-guests.ts'
import { SessionSigner } from './signer.ts'

/** Bytes of metered modules that a page keeps in memory. */
const METERED_CACHE_BYTES = 32 * 1024 * 1024

/** How often results are checked, and for how long a provider is looked for, unless the job says otherwise. */
const VERIFY_BPS = 500
const WAIT_BLOCKS = 60

/** What a page's node is made of. */
export interface LightInit {
  readonly profile: LightProfile
  /** The session key: chain account and peer identity. */
  readonly privateKey: Uint8Array
  readonly logger: ComponentLogger
}

/** A page's node. */
export interface LightNode extends Startable {
  readonly account: Address
  readonly peerId: string
  readonly api: NodeApi
  /** For what the page shows and checks itself. */
  readonly parts: Components
  readonly offers: Offers
  readonly facts: Facts
  readonly creator: Creator
  /** Re-runs a job, for its owner's own eyes. */
  readonly runs: Runs
  readonly roles: readonly Role[]
  /** For questions that the Chain port does not have: headers, and receipts of transactions. */
  readonly rpc: Rpc
  /** Takes up the mediator's role while the node runs. @throws CHAIN_NO_FUNDS when the stake is not there */
  mediate(): Promise<void>
}

/**
 * Opens a page's node; `start` follows the chain and takes up its jobs. A node that was made must be stopped, started or not.
 *
 * @throws NET_BAD_ADDRESS; from start: CHAIN_*
 */
export async function createLightNode(init: LightInit): Promise<LightNode> {
  const { profile, privateKey, logger } = init
  const { contracts, chainId, rpcUrls, confirmations, drand } = profile
  const deployment: Deployment = { chainId, ...contracts }
  const signer = new SessionSigner(privateKey)
  const net = await openPageNet({
    name: `lilynode/${chainId}/${contracts.market}/${signer.account}`,
    privateKey,
    bootstrap: profile.bootstrap,
    topics: (['resource', 'job'] as const).map(kind => topicOf(kind, deployment)),
    isLocal: profile.isLocal,
    logger
  })
  const { store, network, content } = net
  const clock = browserClock
  const chain = createChain({
    rpcUrls,
    deployment,
    signer,
    store,
    clock,
    confirmations,
    logger: logger.forComponent('lily:chain'),
    ...(drand === undefined ? {} : { drand })
  })
  const runner = new GuestRunner(new WorkerGuests(), METERED_CACHE_BYTES)
  const parts: Components = {
    chain,
    network,
    content,
    store,
    signer,
    clock,
    entropy: browserEntropy,
    events: new Emitter(logger.forComponent('lily:event')),
    counts: new Counts(),
    runners: new Map([[runner.runtime, runner]]),
    logger: scope => logger.forComponent(scope)
  }
  const facts: Facts = new Facts(chain, id => offers.slotOf(id))
  const offers: Offers = new Offers(parts, facts)
  const runs = new Runs(parts)
  const matches = new Matches(chain, offers, facts)
  const past = new Past(chain, offers, facts)
  const answers = new Answers(signer.account, parts.events)
  const files = new PageFiles(content)
  const creator = new Creator(parts, offers, facts, matches, files, jobDefaults(profile))
  const roles: Role[] = ['jc']
  const statuses = new StatusExchange(parts, offers, roles, profile.agent)
  const owner = new Owner({
    parts,
    statuses,
    past,
    answers,
    modules: new Modules(parts, files),
    offers,
    facts,
    creator,
    roles,
    version: profile.agent
  })
  const started: Startable[] = []
  const start = async (service: Startable) => {
    // Noted first: a service whose start fails half way still has something to stop.
    started.push(service)
    await service.start()
  }
  let stopping: Promise<void> | undefined
  const stop = async () => {
    for (const service of started.splice(0).reverse()) await service.stop()
    await net.stop()
  }
  return {
    account: signer.account,
    peerId: network.peerId,
    api: owner,
    parts,
    offers,
    facts,
    creator,
    runs,
    roles,
    rpc: new Rpc({ urls: rpcUrls, clock, chainId }),
    async start() {
      await start(chain)
      for (const service of [facts, past, answers]) await start(service)
      await start(runner)
      facts.onBlock(({ number }, events) => {
        offers.prune(number)
        tellCommittees(parts, facts, number, events)
      })
      for (const service of [offers, statuses, creator]) await start(service)
    },
    async mediate() {
      if (roles.includes('mediator')) return
      await start(new Mediator(parts, facts, offers, runs))
      roles.push('mediator')
    },
    stop() {
      stopping ??= stop()
      return stopping
    }
  }
}

function jobDefaults({ defaults }: LightProfile): JobDefaults {
  const { maxPriceWei, seatFeeWei, collateralTimes, windowSec } = defaults
  return { maxPriceWei, seatFeeWei, collateralTimes, windowSec, verifyBps: VERIFY_BPS, waitBlocks: WAIT_BLOCKS }
}
