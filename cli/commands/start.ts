/** `lilynode start`: a node in the foreground, until it is told to stop. */
import type { Command } from 'commander'
import { ApiServer } from '../../node/host/api/server.ts'
import { loadKey } from '../../node/host/keys.ts'
import { MISBEHAVIOURS, type Misbehaviour } from '../../node/host/misbehave.ts'
import { loadProfile } from '../../node/host/profile.ts'
import { LocalSigner } from '../../node/host/signer.ts'
import { type NodeApi, type NodeStatus, ROLES, type Role } from '../../node/market/api.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { RUNTIMES, type Runtime } from '../../protocols/offer/machine.ts'
import { MAX_SLICES } from '../../protocols/params.ts'
import { type Context, examples, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { describeEvent, labelled } from '../describe.ts'
import { ensureCoins } from '../funds.ts'
import type { Io } from '../io.ts'
import { lightModules, lightPage } from '../light.ts'
import { packageVersion } from '../package.ts'
import { present } from '../present.ts'
import { dataFolder } from '../session.ts'
import { listValue, timesValue, weiValue, wholeValue, wordsValue } from '../values.ts'
import { runtimeLine } from './status.ts'

interface StartFlags extends NetworkFlags {
  readonly role: readonly Role[]
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  readonly bootstrap?: readonly string[]
  readonly relay?: true
  readonly listenBrowser?: true
  readonly serveLight?: number
  readonly lightModules?: readonly string[]
  readonly metrics?: number
  readonly ask?: bigint
  readonly slices?: number
  readonly runtimes?: readonly Runtime[]
  readonly modules?: readonly string[]
  readonly collateral?: number
  readonly deposit?: bigint
  readonly appeal?: true
  readonly slots?: number
  /** False for --no-docker. */
  readonly docker: boolean
  readonly dockerHost?: string
  readonly dockerRuntime?: string
  readonly misbehave?: Misbehaviour
}

/** The command. */
export function startCommand(launch: Launch): Command {
  const command = networkCommand('start', 'run a node until Ctrl-C')
  return command
    .requiredOption('--role <roles>', `what it does, with commas: ${ROLES.join(', ')}`, wordsValue(ROLES))
    .option('--listen <addrs>', 'multiaddrs to listen on (port 0: any free)', listValue)
    .option('--announce <addrs>', 'multiaddrs to tell others', listValue)
    .option('--bootstrap <addrs>', 'multiaddrs of nodes to join through', listValue)
    .option('--relay', 'carry the traffic of nodes that cannot be reached')
    .option('--listen-browser', 'let browsers in by WebRTC-Direct')
    .option('--serve-light <port>', 'serve the light client on 127.0.0.1 (port 0: any free)', wholeValue(0, 65_535))
    .option('--light-modules <list>', 'modules that it begins with: folders or CIDs', listValue)
    .option('--metrics <port>', 'serve metrics for Prometheus on 127.0.0.1 (port 0: any free)', wholeValue(0, 65_535))
    .optionsGroup('Options of providers (role rp):')
    .option('--ask <amount>', 'least price of a job', weiValue)
    .option('--slices <n>', 'jobs at once', wholeValue(1, MAX_SLICES))
    .option('--runtimes <names>', `with commas: ${RUNTIMES.join(', ')}`, wordsValue(RUNTIMES))
    .option('--modules <cids>', 'the only modules that it runs', listValue)
    .option('--collateral <times>', 'most collateral, in prices', timesValue)
    .option('--deposit <amount>', 'coins to have deposited for collateral', weiValue)
    .option('--appeal', 'appeal verdicts against results that a second run confirms')
    .option('--docker-host <url>', 'the Docker engine to use: unix://, tcp:// or ssh://')
    .option('--docker-runtime <name>', "the engine's stricter runtime for jobs, e.g. runsc")
    .option('--no-docker', 'use no Docker engine')
    .optionsGroup('Options of mediators:')
    .option('--slots <n>', 'slots to stake for', wholeValue(1, 1000))
    .addOption(command.createOption('--misbehave <how>').choices(MISBEHAVIOURS).hideHelp())
    .addHelpText(
      'after',
      examples(
        'lilynode start --role rp --ask 0.01',
        'lilynode start --role jc --listen-browser --serve-light 8080',
        'lilynode start --role rp,mediator --data ./node2 --network ./net.json',
        'lilynode start --role jc --listen /ip4/0.0.0.0/tcp/4001 --json'
      )
    )
    .action((flags: StartFlags) => launch(flags, context => start(flags, context)))
}

async function start(flags: StartFlags, context: Context): Promise<void> {
  const { env } = context
  const profile = await loadProfile(flags.network, env)
  const dataDir = dataFolder(flags, context)
  if (flags.misbehave !== undefined && !profile.isLocal) {
    throw new LilyError('CONFIG_NOT_LOCAL', '--misbehave is for local networks')
  }
  const { privateKey } = await loadKey({ dataDir, env, ...present({ passwordFile: flags.passwordFile }) })
  await ensureCoins(profile, new LocalSigner(privateKey).account, context)
  const { createNode } = await import('../../node/index.ts')
  const node = await createNode({ dataDir, profile, privateKey, version: packageVersion(), ...nodeInit(flags) })
  try {
    await node.start()
    await serve(
      node.api,
      { network: profile.name, dataDir, ...present({ light: node.lightUrl(), metrics: node.metricsUrl() }) },
      context
    )
  } finally {
    await node.stop()
  }
}

/** Until the node is told to stop: answers other commands, and tells what happens. */
async function serve(api: NodeApi, place: Omit<Place, 'socket'>, { io, signal }: Context): Promise<void> {
  const { dataDir } = place
  const server = new ApiServer({ api, dataDir })
  try {
    await server.start()
    tellReady(await api.status({ signal }), { ...place, socket: server.path }, io)
    signal.addEventListener('abort', () => io.note('stopping'), { once: true })
    for await (const event of api.events({ signal })) {
      io.answer(`${new Date().toISOString()} ${event.name} ${describeEvent(event)}`, { type: 'event', ...event })
    }
  } catch (error) {
    // To be stopped is how a node ends well.
    if (!signal.aborted) throw error
  } finally {
    await server.stop()
  }
}

interface Place {
  readonly network: string
  readonly dataDir: string
  readonly socket: string
  /** Where the light client is. */
  readonly light?: string
  /** Where its metrics are. */
  readonly metrics?: string
}

function tellReady(status: NodeStatus, place: Place, io: Io): void {
  const text = labelled([
    ['ready', `lilynode ${status.version} on network ${place.network}, chain ${status.chainId}`],
    ['roles', status.roles.join(', ')],
    ['account', status.account],
    ['peer id', status.peerId],
    ['addresses', status.addresses.join('\n')],
    ['runtimes', status.runtimes.map(runtimeLine).join('\n') || undefined],
    ['api', place.socket],
    ['light', place.light],
    ['metrics', place.metrics]
  ])
  io.answer(text, { ...status, type: 'ready', ...place })
}

function nodeInit(flags: StartFlags) {
  const provider = present({
    askWei: flags.ask,
    slices: flags.slices,
    runtimes: flags.runtimes,
    modules: flags.modules,
    collateralTimes: flags.collateral,
    depositWei: flags.deposit,
    appeals: flags.appeal
  })
  const {
    role: roles,
    listen,
    announce,
    bootstrap,
    relay: isRelay,
    listenBrowser: isForBrowsers,
    misbehave,
    metrics: metricsPort
  } = flags
  const docker = flags.docker ? present({ host: flags.dockerHost, containerRuntime: flags.dockerRuntime }) : false
  const mediator = present({ slots: flags.slots })
  const light =
    flags.serveLight === undefined
      ? undefined
      : { port: flags.serveLight, pageDir: lightPage(), modules: flags.lightModules ?? lightModules() }
  return {
    roles,
    provider,
    mediator,
    docker,
    ...present({ listen, announce, bootstrap, isRelay, isForBrowsers, light, misbehave, metricsPort })
  } as const
}
