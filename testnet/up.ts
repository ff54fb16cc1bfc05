/**
 * Brings a testnet up: a chain, the contracts, money, a bootstrap node, then everybody else, each in a process of its own.
 * Every process is in the state file from the moment it exists, so a crash at any line leaves nothing that `down` misses.
 */
import { deploy } from '../contracts/deploy.ts'
import { type BeaconKind, type NetworkProfile, saveProfile } from '../node/host/profile.ts'
import type { AbortOptions } from '../node/market/ports.ts'
import { parseAddress } from '../protocols/core/account.ts'
import { type Anvil, claimPort, type DevAccount, startAnvil } from './anvil.ts'
import { settleBeacon } from './beacon.ts'
import { takeDown } from './down.ts'
import { TestnetError } from './errors.ts'
import { BOOTSTRAP, type Cast, type MemberPlan, planMembers, settleMember } from './members.ts'
import { refOf } from './process.ts'
import { waitForMarket, waitForMember } from './ready.ts'
import * as settings from './settings.ts'
import { healthOf, readState, type TestnetPaths, type TestnetState, testnetPaths } from './state.ts'
import { Testnet } from './testnet.ts'

/** Which of the chain's own accounts deploys (and gets the fees), and which gives coins to newcomers. */
const DEPLOYER = 0
const FAUCET = 1

/** What to bring up. */
export interface UpOptions extends AbortOptions {
  /** The product's home folder; a home has one testnet. */
  readonly home: string
  readonly cast?: Partial<Cast>
  readonly blockTimeSec?: number
  /** Where randomness comes from. @default prevrandao */
  readonly beacon?: BeaconKind
  /** How long a unanimous verdict below the last round may be appealed, in seconds. @default 0, not at all */
  readonly appealTimeSec?: number
  /** Further members, for tests. */
  readonly extra?: readonly MemberPlan[]
  readonly onStep?: (step: UpStep) => void
}

/** What has been done so far, for whoever watches. */
export type UpStep =
  | { readonly step: 'cleaned'; readonly processes: number }
  | { readonly step: 'chain'; readonly rpcUrl: string; readonly chainId: number }
  | { readonly step: 'contracts'; readonly contracts: NetworkProfile['contracts'] }
  | { readonly step: 'bootstrap'; readonly addresses: readonly string[] }
  | { readonly step: 'started'; readonly names: readonly string[] }
  | { readonly step: 'ready'; readonly profileFile: string }

/**
 * Brings a testnet up; when anything fails, all of it is down again.
 *
 * @throws TESTNET_ALREADY_UP, TESTNET_NODE_DIED, TESTNET_NOT_READY
 */
export async function bringUp(options: UpOptions): Promise<Testnet> {
  const paths = testnetPaths(options.home)
  await clearRemains(paths, options)
  const testnet = new Testnet(paths, emptyState())
  testnet.update({})
  try {
    await raise(testnet, options)
    return testnet
  } catch (error) {
    await takeDown(paths, testnet.state)
    throw error
  }
}

/** What an earlier testnet has left is taken away; one that lives is not touched. */
async function clearRemains(paths: TestnetPaths, options: UpOptions): Promise<void> {
  const old = readState(paths)
  if (old === undefined) return
  if (healthOf(old) === 'up')
    throw new TestnetError(
      'TESTNET_ALREADY_UP',
      'a testnet is up already: use it, or take it down first with `lilynode testnet down`',
      { details: { folder: paths.folder } }
    )
  const processes = await takeDown(paths, old, options)
  options.onStep?.({ step: 'cleaned', processes })
}

async function raise(testnet: Testnet, options: UpOptions): Promise<void> {
  const cast: Cast = { ...settings.CAST, ...options.cast }
  const tell = options.onStep ?? (() => {})

  const anvil = await startAnvil({
    chainId: settings.CHAIN_ID,
    blockTimeSec: options.blockTimeSec ?? settings.BLOCK_TIME_SEC,
    detached: true,
    logPath: testnet.paths.chainLog,
    ...signalOf(options)
  })
  testnet.update({ chain: { process: anvil.process, rpcUrl: anvil.rpcUrl } })
  tell({ step: 'chain', rpcUrl: anvil.rpcUrl, chainId: settings.CHAIN_ID })

  // Keys take a core for a moment, the deployment takes blocks: neither waits for the other.
  const plans = planMembers(cast, options.extra)
  const deploying = deployContracts(testnet, anvil, options)
  const settling = settleAll(testnet, plans, options)
  // Whichever fails, the other must not write into a folder that is taken away.
  await Promise.allSettled([deploying, settling])
  const [deployed] = await Promise.all([deploying, settling])
  tell({ step: 'contracts', contracts: deployed.contracts })

  const profile = profileOf(anvil, deployed)
  testnet.useProfile(profile)
  testnet.start(BOOTSTRAP)
  const { addresses } = await waitForMember(testnet, BOOTSTRAP, options)
  tell({ step: 'bootstrap', addresses })

  const joined = { ...profile, bootstrap: addresses }
  testnet.useProfile(joined)
  const others = testnet.members.map(member => member.name).filter(name => name !== BOOTSTRAP)
  for (const name of others) testnet.start(name)
  tell({ step: 'started', names: others })
  await waitForMarket(testnet, { offers: cast.providers + cast.cheats, slots: cast.mediators }, options)

  // Only now can other commands find the network by its name.
  const profileFile = await saveProfile(joined, { LILYNODE_HOME: testnet.paths.home })
  tell({ step: 'ready', profileFile })
}

/** Puts the contracts on the chain, by the first of its accounts. */
async function deployContracts(testnet: Testnet, anvil: Anvil, options: UpOptions): Promise<Deployed> {
  const { privateKey } = accountOf(anvil, DEPLOYER)
  const drand = options.beacon === 'drand' ? await raiseBeacon(testnet, options) : undefined
  const params = {
    ...settings.DEPLOY_PARAMS,
    ...(options.appealTimeSec === undefined ? {} : { appealTimeSec: options.appealTimeSec }),
    ...(drand === undefined ? {} : { drand })
  }
  const done = await deploy({ rpcUrl: anvil.rpcUrl, privateKey, params, ...signalOf(options) })
  const contracts = {
    market: parseAddress(done.market),
    court: parseAddress(done.court),
    beacon: parseAddress(done.beacon),
    registry: parseAddress(done.registry),
    jobs: parseAddress(done.jobs),
    fromBlock: done.block
  }
  return drand === undefined ? { contracts } : { contracts: { ...contracts, beaconKind: 'drand' }, drand }
}

/** Starts a drand network of our own, whose first round is now by the clock of the chain. */
async function raiseBeacon(testnet: Testnet, options: AbortOptions): Promise<NonNullable<NetworkProfile['drand']>> {
  const network = settleBeacon(testnet.paths, await testnet.bareChain.nowSec(options))
  const port = await claimPort(0)
  testnet.startBeacon(port)
  return { ...network, urls: [`http://127.0.0.1:${port}`] }
}

/** What of a profile comes from the deployment. */
type Deployed = Pick<NetworkProfile, 'contracts' | 'drand'>

function profileOf(anvil: Anvil, deployed: Deployed): NetworkProfile {
  return {
    name: settings.NETWORK_NAME,
    chainId: BigInt(settings.CHAIN_ID),
    rpcUrls: [anvil.rpcUrl],
    ...deployed,
    bootstrap: [],
    confirmations: settings.CONFIRMATIONS,
    isLocal: true,
    faucetKey: accountOf(anvil, FAUCET).privateKey,
    defaults: settings.DEFAULTS
  }
}

function accountOf(anvil: Anvil, index: number): DevAccount {
  const account = anvil.accounts[index]
  if (account === undefined) throw new TypeError(`the chain has no account ${index}`)
  return account
}

function signalOf({ signal }: AbortOptions): AbortOptions {
  return signal === undefined ? {} : { signal }
}

/** Members get their keys at the same time, and stay in the order of their plans. */
async function settleAll(testnet: Testnet, plans: readonly MemberPlan[], options: AbortOptions): Promise<void> {
  const members = await Promise.all(plans.map(plan => settleMember(testnet.paths, plan)))
  await Promise.all(
    members.map(({ account }) => testnet.bareChain.giveCoins(account, settings.MEMBER_COINS_WEI, options))
  )
  testnet.update({ members })
}

function emptyState(): TestnetState {
  const supervisor = refOf(process.pid)
  return { version: 1, startedAtMs: Date.now(), ...(supervisor === undefined ? {} : { supervisor }), members: [] }
}
