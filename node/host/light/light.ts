/** Makes the light client's server of a node: its modules are added to the node's content, its profile is put together. */
import type { ComponentLogger } from '@libp2p/interface'
import type { Files } from '../../market/ports.ts'
import { LIGHT_PROFILE_VERSION, type LightProfile } from '../../peer/light-profile.ts'
import { anybody, isForBrowsers } from '../../peer/net/where.ts'
import { drawFromFaucet } from '../faucet.ts'
import type { Net } from '../net/create.ts'
import type { NetworkProfile } from '../profile.ts'
import { LightServer } from './server.ts'

/** What an owner decides of the light client that the node serves. */
export interface LightInit {
  /** Port of 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** The built page. */
  readonly pageDir: string
  /** Modules to begin with: folders, or CIDs. */
  readonly modules: readonly string[]
}

/** What a newcomer's session is given on a local network, in wei: some jobs with a committee each. */
const FAUCET_WEI = 2n * 10n ** 18n

/** Of a drand network what a page needs to prove its rounds. */
function lightDrand({ key, genesisSec, periodSec, urls }: NonNullable<NetworkProfile['drand']>) {
  return { key, genesisSec, periodSec, urls }
}

/** The server, not started. */
export async function lightServer(
  init: LightInit,
  node: {
    readonly net: Net
    readonly files: Files
    readonly profile: NetworkProfile
    readonly version: string
    readonly logger: ComponentLogger
  }
): Promise<LightServer> {
  const { net, files, profile, version, logger } = node
  const modules: string[] = []
  for (const module of init.modules) modules.push(module.includes('/') ? String(await files.addModule(module)) : module)
  const hasFaucet = profile.isLocal && profile.faucetKey !== undefined
  const { rpcUrls, chainId, confirmations, isLocal, contracts, drand, defaults, name } = profile
  const { market, court, beacon, registry, fromBlock } = contracts
  const { maxPriceWei, seatFeeWei, collateralTimes, windowSec } = defaults
  const current = async (): Promise<LightProfile> => ({
    version: LIGHT_PROFILE_VERSION,
    agent: `lilynode/${version}`,
    network: name,
    chainId,
    rpcUrls: [...rpcUrls],
    contracts: { market, court, beacon, registry, fromBlock },
    ...(drand === undefined ? {} : { drand: lightDrand(drand) }),
    confirmations,
    isLocal,
    hasFaucet,
    bootstrap: await browserAddresses(net),
    modules,
    defaults: { maxPriceWei, seatFeeWei, collateralTimes, windowSec }
  })
  return new LightServer({
    port: init.port,
    pageDir: init.pageDir,
    profile: current,
    ...(hasFaucet
      ? {
          giveCoins: async account => {
            await drawFromFaucet(profile, account, FAUCET_WEI)
          }
        }
      : {}),
    log: logger.forComponent('lily:light')
  })
}

/** Where a browser can reach the network: this node first, then its neighbours. */
async function browserAddresses({ network, helia }: Net): Promise<string[]> {
  const neighbours = await anybody(helia.libp2p)
  return [...network.addresses().filter(isForBrowsers), ...neighbours.map(String)]
}
