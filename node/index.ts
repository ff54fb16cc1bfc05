/**
 * The composition root: the one place where ports meet their adapters. What a node is made of can be read here from top to
 * bottom; what it does is in node/market/roles.
 */
import { join } from 'node:path'
import type { ComponentLogger } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import type { Address } from '../protocols/core/account.ts'
import { LilyError } from '../protocols/core/errors.ts'
import type { Runtime } from '../protocols/offer/machine.ts'
import { topicOf } from '../protocols/wire.ts'
import { createChain } from './chain/chain.ts'
import { systemClock, systemEntropy } from './host/clock.ts'
import { collateralOf, jobDefaults, type ProviderInit, supplyTerms } from './host/defaults.ts'
import { DiskFiles } from './host/files.ts'
import { type LightInit, lightServer } from './host/light/light.ts'
import type { LightServer } from './host/light/server.ts'
import { distorted, lying, type Misbehaviour, misbehaving, worstFirst } from './host/misbehave.ts'
import { createNet, type Net } from './host/net/create.ts'
import type { NetworkProfile } from './host/profile.ts'
import { DockerRunner } from './host/run/docker/runner.ts'
import { WasmRunner } from './host/run/wasm/runner.ts'
import { LocalSigner } from './host/signer.ts'
import { Answers } from './market/answers.ts'
import type { NodeApi, Role } from './market/api.ts'
import type { Components } from './market/components.ts'
import { Counts } from './market/counts.ts'
import { Emitter } from './market/emitter.ts'
import { ensureEscrow } from './market/escrow.ts'
import { Facts } from './market/facts.ts'
import { tellCommittees } from './market/herald.ts'
import { Matches } from './market/match.ts'
import { Modules } from './market/modules.ts'
import { Offers } from './market/offer.ts'
import { Owner } from './market/owner.ts'
import { Past } from './market/past.ts'
import type { Deployment, Runner, Startable } from './market/ports.ts'
import { Requests } from './market/requests.ts'
import { Creator } from './market/roles/creator.ts'
import { Mediator } from './market/roles/mediator.ts'
import { Provider } from './market/roles/provider.ts'
import { Runs } from './market/run.ts'
import { StatusExchange } from './market/status.ts'
import type { NetMetrics } from './peer/net/settings.ts'

/** Longest that metrics wait for the chain. */
const STATUS_MS = 5_000

/** What a node is made of. */
export interface NodeInit {
  /** Holds the journal, the blocks, the results; locked by one process at a time. */
  readonly dataDir: string
  readonly profile: NetworkProfile
  /** 32 bytes: chain account and peer identity. */
  readonly privateKey: Uint8Array
  readonly roles: readonly Role[]
  readonly version: string
  /** Multiaddrs; port 0 takes a free one. @default TCP and WebSocket on free ports, of 127.0.0.1 on a local network */
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  /** Beside the profile's. */
  readonly bootstrap?: readonly string[]
  /** Whether browsers can reach it by WebRTC-Direct, beside WebSockets. @default false */
  readonly isForBrowsers?: boolean
  /** Serves the light client. @default it does not */
  readonly light?: LightInit
  /** Port of 127.0.0.1 at which Prometheus finds its metrics; 0 takes a free one. @default none are kept */
  readonly metricsPort?: number
  /** Whether it relays for nodes that cannot be dialled. @default false */
  readonly isRelay?: boolean
  readonly provider?: ProviderInit
  readonly mediator?: { readonly slots?: number }
  /** Where the Docker engine is; false: this node runs no containers. @default the environment's */
  readonly docker?: { readonly host?: string; readonly containerRuntime?: string } | false
  /** A fault, on local networks only. */
  readonly misbehave?: Misbehaviour
  readonly logger?: ComponentLogger
}

/** A node. */
export interface LilyNode extends Startable {
  readonly account: Address
  readonly peerId: string
  readonly api: NodeApi
  /** Where the light client is served; once started, if it is. */
  lightUrl(): string | undefined
  /** Where its metrics are served; once started, if they are. */
  metricsUrl(): string | undefined
}

/**
 * Opens a node: its data folder and its place in the network. `start` then follows the chain and takes up its roles; a node
 * that was made must be stopped, started or not.
 *
 * @throws DATA_FOLDER_*, PORT_IN_USE, NET_*; from start: CHAIN_*, WALLET_NO_FUNDS, CONFIG_*
 * @example const node = await createNode({ dataDir, profile, privateKey, roles: ['rp'], version }); await node.start()
 */
export async function createNode(init: NodeInit): Promise<LilyNode> {
  if (init.misbehave !== undefined && !init.profile.isLocal)
    throw new LilyError('CONFIG_NOT_LOCAL', 'a fault may be asked for on a local network only')
  const logger = init.logger ?? defaultLogger()
  const deployment = deploymentOf(init.profile)
  // Loaded where they are wanted: it takes a while, and most nodes keep none.
  const metrics = init.metricsPort === undefined ? undefined : new (await import('./host/metrics/metrics.ts')).Metrics()
  const net = await openNet(init, deployment, logger, metrics?.net)
  const signer = new LocalSigner(init.privateKey)
  const { rpcUrls, confirmations, drand } = init.profile
  const { store, content } = net
  const network = lying(net.network, init.misbehave)
  const clock = systemClock
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
  const runners = runnersOf(init, net)
  const parts: Components = {
    chain,
    network,
    content,
    store,
    signer,
    clock,
    entropy: systemEntropy,
    events: new Emitter(logger.forComponent('lily:event')),
    counts: new Counts(),
    runners,
    logger: scope => logger.forComponent(scope)
  }
  const facts: Facts = new Facts(chain, id => offers.slotOf(id))
  const offers: Offers = new Offers(parts, facts)
  const runs = new Runs(parts)
  const files = new DiskFiles(content, init.dataDir)
  const rule = new Matches(chain, offers, facts)
  const matches = init.misbehave === 'off-rule' ? worstFirst(rule) : rule
  const past = new Past(chain, offers, facts)
  const answers = new Answers(signer.account, parts.events)
  const requests = new Requests(parts, facts)
  const creator = init.roles.includes('jc')
    ? new Creator(parts, offers, facts, matches, files, jobDefaults(init.profile))
    : undefined
  const statuses = new StatusExchange(parts, offers, init.roles, init.version)
  const owner = new Owner({
    parts,
    statuses,
    past,
    answers,
    modules: new Modules(parts, files),
    offers,
    facts,
    creator,
    roles: init.roles,
    version: init.version
  })

  let light: LightServer | undefined

  /** In order of start; stopped in the reverse. */
  async function* services(): AsyncGenerator<Startable> {
    yield chain
    yield facts
    yield past
    yield answers
    for (const runner of runners.values()) yield runner
    facts.onBlock(({ number }, events) => {
      offers.prune(number)
      tellCommittees(parts, facts, number, events)
    })
    yield offers
    yield statuses
    yield requests
    if (creator !== undefined) yield creator
    if (init.roles.includes('rp')) yield await providerOf(init, parts, offers, facts, runs, requests, rule)
    if (init.roles.includes('mediator')) yield new Mediator(parts, facts, offers, runs, init.mediator)
    if (init.light !== undefined) {
      light = await lightServer(init.light, { net, files, profile: init.profile, version: init.version, logger })
      yield light
    }
    if (metrics !== undefined) {
      parts.events.on(({ name }) => parts.counts.add('events', { name }))
      const status = () => owner.status({ signal: AbortSignal.timeout(STATUS_MS) }).catch(() => undefined)
      const watched = { status, counts: parts.counts, network: init.profile.name }
      yield metrics.server(init.metricsPort ?? 0, watched, logger.forComponent('lily:metrics'))
    }
  }
  return {
    account: signer.account,
    peerId: network.peerId,
    api: owner,
    lightUrl: () => light?.url,
    metricsUrl: () => metrics?.url,
    ...lifeOf(services, net)
  }
}

async function providerOf(
  init: NodeInit,
  parts: Components,
  offers: Offers,
  facts: Facts,
  runs: Runs,
  requests: Requests,
  matches: Matches
): Promise<Provider> {
  const ready: Runtime[] = []
  for (const runner of parts.runners.values()) if ((await runner.probe()).isReady) ready.push(runner.runtime)
  const terms = supplyTerms(init.provider ?? {}, init.profile, ready)
  await ensureEscrow(parts.chain, init.provider?.depositWei ?? collateralOf(terms))
  const appeals = init.provider?.appeals ?? false
  return new Provider(parts, offers, facts, runs, terms, { appeals, requests, matches })
}

/** Starts services one by one; a failed start leaves everything stopped. */
function lifeOf(services: () => AsyncGenerator<Startable>, net: Net): Startable {
  const started: Startable[] = []
  let stopping: Promise<void> | undefined
  const stop = async () => {
    for (const service of started.splice(0).reverse()) await service.stop()
    await net.stop()
  }
  return {
    async start() {
      for await (const service of services()) {
        // Noted first: a service whose start fails half way still has something to stop.
        started.push(service)
        await service.start()
      }
    },
    stop() {
      stopping ??= stop()
      return stopping
    }
  }
}

function openNet(
  init: NodeInit,
  deployment: Deployment,
  logger: ComponentLogger,
  metrics: NetMetrics | undefined
): Promise<Net> {
  const { dataDir, privateKey, profile, announce = [], bootstrap = [] } = init
  const host = profile.isLocal ? '127.0.0.1' : '0.0.0.0'
  return createNet({
    dataDir,
    privateKey,
    listen: [
      ...(init.listen ?? [`/ip4/${host}/tcp/0`, `/ip4/${host}/tcp/0/ws`]),
      ...(init.isForBrowsers === true ? [`/ip4/${host}/udp/0/webrtc-direct`] : [])
    ],
    announce,
    bootstrap: [...profile.bootstrap, ...bootstrap],
    topics: (['resource', 'job'] as const).map(kind => topicOf(kind, deployment)),
    relay: init.isRelay === true ? 'serve' : profile.isLocal ? 'off' : 'use',
    testNet: profile.isLocal,
    ...(init.misbehave === 'wrong-bytes' ? { distort: distorted } : {}),
    logger,
    ...(metrics === undefined ? {} : { metrics })
  })
}

function runnersOf(init: NodeInit, net: Net): ReadonlyMap<Runtime, Runner> {
  const isRunning = init.roles.includes('rp') || init.roles.includes('mediator')
  const runners: Runner[] = isRunning ? [new WasmRunner()] : []
  if (isRunning && init.docker !== false) {
    const scratchDir = join(init.dataDir, 'scratch')
    runners.push(new DockerRunner({ ...init.docker, nodeId: net.network.peerId, scratchDir }))
  }
  return new Map(runners.map(runner => [runner.runtime, misbehaving(runner, init.misbehave)]))
}

function deploymentOf({ chainId, contracts }: NetworkProfile): Deployment {
  const { market, court, beacon, registry, jobs, fromBlock } = contracts
  return { chainId, market, court, beacon, registry, fromBlock, ...(jobs === undefined ? {} : { jobs }) }
}
