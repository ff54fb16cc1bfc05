/**
 * `lilynode deploy`: puts the contracts on a chain and writes the profile by which nodes find them. The CLI runs this file
 * as a process of its own, since nothing of the product may depend on the deployment of its contracts.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { FetchRequest, JsonRpcProvider, Network, Wallet } from 'ethers'
import { type Context, commonCommand, examples, type Launch, type NetworkFlags } from '../cli/context.ts'
import { labelled } from '../cli/describe.ts'
import { run } from '../cli/main.ts'
import { present } from '../cli/present.ts'
import { accountValue, listValue, weiValue, wholeValue } from '../cli/values.ts'
import { type Deployment, deploy } from '../contracts/deploy.ts'
import { quicknet } from '../node/chain/drand-scheme.ts'
import { loadKey } from '../node/host/keys.ts'
import {
  type Env,
  formatProfile,
  homeFolder,
  loadProfile,
  type NetworkProfile,
  parseProfile,
  saveProfile
} from '../node/host/profile.ts'
import { type Address, parseAddress } from '../protocols/core/account.ts'
import { toHex } from '../protocols/core/bytes.ts'
import { LilyError } from '../protocols/core/errors.ts'
import { formatCoins } from '../protocols/core/units.ts'
import { DEFAULT_WINDOW_SEC } from '../protocols/params.ts'
import * as settings from './settings.ts'

interface DeployFlags extends NetworkFlags {
  readonly network?: string
  readonly rpc?: readonly string[]
  readonly name?: string
  readonly local?: true
  readonly bootstrap?: readonly string[]
  readonly confirmations?: number
  readonly stake?: bigint
  readonly feeBps?: number
  readonly pool?: Address
  readonly appealTime?: number
  readonly beacon: (typeof BEACONS)[number]
  readonly drandUrl?: readonly string[]
  readonly out?: string
}

/** Longest answer time of the chain. */
const REQUEST_TIMEOUT_MS = 20_000

/** Block headers, or drand's public network: what chains take whose blocks have no randomness of their own. */
const BEACONS = ['prevrandao', 'quicknet'] as const

/** How far the time of a block may be behind the world's, and how long a round may be late, in seconds. */
const QUICKNET_TIMES = { marginSec: 60, lateAfterSec: 3600 } as const

/** A day; more would only hold up money. */
const MAX_APPEAL_TIME_SEC = 86_400

/** What the contracts allow as a fee. */
const MAX_FEE_BPS = 1_000

await run(process.argv.slice(2), createDeployProgram)

function createDeployProgram(launch: Launch): Command {
  return commonCommand('lilynode deploy', 'put the contracts on a chain, and write the profile of the new network')
    .option('--network <name>', 'a network whose chain and settings are taken, by name or JSON file')
    .option('--rpc <urls>', 'JSON-RPC endpoints of the chain, best first', listValue)
    .option('--name <network>', 'how the network is to be called')
    .option('--local', 'short times, private addresses: for a chain on this machine')
    .option('--bootstrap <addrs>', 'multiaddrs of nodes to join through', listValue)
    .option('--confirmations <blocks>', 'blocks to wait for', wholeValue(1, 1000))
    .option('--stake <amount>', 'stake of one mediator slot', weiValue)
    .option('--fee-bps <n>', 'protocol fee in basis points', wholeValue(0, MAX_FEE_BPS))
    .option('--pool <account>', 'who gets fees and what is slashed', accountValue)
    .option('--appeal-time <s>', 'seconds to appeal a verdict', wholeValue(0, MAX_APPEAL_TIME_SEC))
    .addOption(new Option('--beacon <kind>', 'where randomness comes from').choices(BEACONS).default(BEACONS[0]))
    .option('--drand-url <urls>', 'endpoints of drand for the nodes of the network', listValue)
    .option('--data <dir>', 'the folder with the key that deploys')
    .option('--password-file <file>', 'a file with the password of the key')
    .option('--out <file>', 'write the profile there, not among your networks')
    .addHelpText('after', '\nThe key comes from LILYNODE_PRIVATE_KEY, else from --data.')
    .addHelpText(
      'after',
      examples(
        'lilynode deploy --rpc http://127.0.0.1:8545 --name dev --local',
        'lilynode start --role rp --network dev',
        'lilynode deploy --network ./l2.json --name l2-new --beacon quicknet'
      )
    )
    .action((flags: DeployFlags) => launch(flags, context => deployTo(flags, context)))
}

async function deployTo(flags: DeployFlags, { io, env, signal }: Context): Promise<void> {
  const plan = await planOf(flags, env)
  const dataDir = flags.data ?? join(homeFolder(env), 'data', plan.name)
  const { rpcUrl, chainId } = await firstAnswer(plan.rpcUrls, signal)
  if (plan.chainId !== undefined && plan.chainId !== chainId)
    throw new LilyError('CHAIN_WRONG_ID', `${rpcUrl} serves chain ${chainId}, the network is of chain ${plan.chainId}`)
  const { privateKey } = await loadKey({ dataDir, env, ...present({ passwordFile: flags.passwordFile }) })
  const provider = new JsonRpcProvider(requestTo(rpcUrl), Network.from(chainId), {
    staticNetwork: true,
    cacheTimeout: -1
  })
  try {
    const signer = new Wallet(toHex(privateKey), provider)
    await checkCoins(signer, provider)
    io.step(`deploying to chain ${chainId} as ${signer.address.toLowerCase()}`)
    const chosen = present({
      unitWei: flags.stake,
      feeBps: flags.feeBps,
      pool: flags.pool,
      appealTimeSec: flags.appealTime
    })
    const params = { ...(plan.isLocal ? settings.DEPLOY_PARAMS : {}), ...chosen, ...present({ drand: plan.drand }) }
    const deployment = await deploy({ signer, params, signal }).catch(cause => {
      signal.throwIfAborted()
      throw cause instanceof LilyError ? cause : interrupted(rpcUrl, cause)
    })
    await tellProfile(flags, profileOf(plan, chainId, deployment), { io, env, signal })
  } finally {
    provider.destroy()
  }
}

function interrupted(rpcUrl: string, cause: unknown): LilyError<'CHAIN_UNREACHABLE'> {
  const message = `the chain at ${rpcUrl} has stopped answering: what is deployed stays, run it again to go on`
  return new LilyError('CHAIN_UNREACHABLE', message, { cause })
}

async function tellProfile(flags: DeployFlags, profile: NetworkProfile, { io, env }: Context): Promise<void> {
  const file = flags.out ?? (await saveProfile(profile, env))
  if (flags.out !== undefined) await writeFile(flags.out, formatProfile(profile))
  const { market, court, beacon, registry, jobs, fromBlock } = profile.contracts
  const text = labelled([
    ['network', `${profile.name}, chain ${profile.chainId}, from block ${fromBlock}`],
    ['market', market],
    ['court', court],
    ['beacon', beacon],
    ['registry', registry],
    ['jobs', jobs ?? 'none'],
    ['profile', file],
    ['use', `lilynode doctor --network ${flags.out ?? profile.name}`]
  ])
  io.answer(text, { type: 'deployed', file, network: profile.name, chainId: profile.chainId, ...profile.contracts })
}

/** What a deployment makes into a network. */
interface Plan
  extends Pick<
    NetworkProfile,
    'name' | 'rpcUrls' | 'bootstrap' | 'confirmations' | 'isLocal' | 'defaults' | 'faucetKey'
  > {
  /** The only chain that it may be; undefined: whichever answers. */
  readonly chainId?: bigint
  readonly drand?: NonNullable<NetworkProfile['drand']>
}

/** From a network that is there, where one is named; what the command line says goes before it. */
async function planOf(flags: DeployFlags, env: Env): Promise<Plan> {
  const like = flags.network === undefined ? undefined : await loadProfile(flags.network, env)
  const { rpc: rpcUrls = like?.rpcUrls, name = like?.name } = flags
  if (rpcUrls === undefined || name === undefined)
    throw new LilyError('USAGE', 'give --rpc and --name, or --network with a network that has them')
  const isLocal = flags.local ?? like?.isLocal ?? false
  const windowSec = isLocal ? settings.DEFAULTS.windowSec : DEFAULT_WINDOW_SEC
  const drand = { ...quicknet(), ...QUICKNET_TIMES, urls: flags.drandUrl ?? like?.drand?.urls ?? [] }
  return {
    name,
    rpcUrls,
    bootstrap: flags.bootstrap ?? like?.bootstrap ?? [],
    confirmations: flags.confirmations ?? like?.confirmations ?? 1,
    isLocal,
    defaults: like?.defaults ?? { ...settings.DEFAULTS, windowSec },
    ...present({ chainId: like?.chainId, faucetKey: isLocal ? like?.faucetKey : undefined }),
    ...(flags.beacon === 'quicknet' ? { drand } : {})
  }
}

/** Read back as any reader will, so that a bad name or address is found here. */
function profileOf(plan: Plan, chainId: bigint, deployment: Deployment): NetworkProfile {
  const { market, court, beacon, registry, jobs, block } = deployment
  const profile: NetworkProfile = {
    ...plan,
    chainId,
    contracts: {
      market: parseAddress(market),
      court: parseAddress(court),
      beacon: parseAddress(beacon),
      registry: parseAddress(registry),
      jobs: parseAddress(jobs),
      fromBlock: block,
      ...(plan.drand === undefined ? {} : { beaconKind: 'drand' })
    }
  }
  return parseProfile(formatProfile(profile), plan.name)
}

async function checkCoins(signer: Wallet, provider: JsonRpcProvider): Promise<void> {
  const coinsWei = await provider.getBalance(signer.address)
  if (coinsWei > 0n) return
  const account = signer.address.toLowerCase()
  throw new LilyError('WALLET_NO_FUNDS', `${account} has ${formatCoins(coinsWei)} coins, deploying costs gas`)
}

/** The first endpoint that answers, and its chain. @throws LilyError CHAIN_UNREACHABLE */
async function firstAnswer(rpcUrls: readonly string[], signal: AbortSignal) {
  const failures: unknown[] = []
  for (const rpcUrl of rpcUrls) {
    try {
      return { rpcUrl, chainId: await chainIdOf(rpcUrl, signal) }
    } catch (error) {
      signal.throwIfAborted()
      failures.push(error)
    }
  }
  throw failures[0]
}

/** Asked for directly: ethers would wait for an absent chain for ever. @throws LilyError CHAIN_UNREACHABLE */
async function chainIdOf(rpcUrl: string, signal: AbortSignal): Promise<bigint> {
  try {
    const request = requestTo(rpcUrl)
    request.body = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }
    const response = await request.send()
    response.assertOk()
    return BigInt(response.bodyJson.result)
  } catch (cause) {
    signal.throwIfAborted()
    throw new LilyError('CHAIN_UNREACHABLE', `the chain at ${rpcUrl} does not answer`, { cause })
  }
}

function requestTo(rpcUrl: string): FetchRequest {
  const request = new FetchRequest(rpcUrl)
  request.timeout = REQUEST_TIMEOUT_MS
  return request
}
