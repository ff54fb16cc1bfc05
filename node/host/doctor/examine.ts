/** Every check of a node's surroundings, in the order in which a node would stumble; nothing is changed by looking. */
import type { AbortOptions } from '../../market/ports.ts'
import type { NetworkProfile } from '../profile.ts'
import { DockerRunner } from '../run/docker/runner.ts'
import { WasmRunner } from '../run/wasm/runner.ts'
import { checkContracts, checkDrand, checkEndpoints } from './chain.ts'
import type { Finding } from './finding.ts'
import {
  checkBootstrap,
  checkFolder,
  checkKey,
  checkNode,
  checkPorts,
  checkRuntimes,
  type KeyPlace
} from './machine.ts'

/** What is examined. */
export interface ExamineInit extends KeyPlace {
  readonly profile: NetworkProfile
  /** Multiaddrs that a node would listen on. */
  readonly listen: readonly string[]
  /** Where the Docker engine is. @default the environment's */
  readonly dockerHost?: string
}

/** Looks at everything; never fails, since failures are what it tells. */
export async function examine(init: ExamineInit, options: AbortOptions = {}): Promise<readonly Finding[]> {
  const { profile, dataDir, listen, dockerHost } = init
  const runners = [
    new WasmRunner(),
    new DockerRunner({ nodeId: 'doctor', ...(dockerHost === undefined ? {} : { host: dockerHost }) })
  ]
  const endpoints = await checkEndpoints(profile, options)
  const isChainUp = endpoints.some(({ state }) => state !== 'fail')
  const deployment = { chainId: profile.chainId, ...profile.contracts }
  const groups = await Promise.all([
    isChainUp ? checkContracts(profile, deployment, options) : [],
    checkDrand(profile, options),
    checkFolder(dataDir, options),
    checkKey(init, profile, options),
    checkPorts(listen),
    checkBootstrap(profile),
    checkRuntimes(runners, options)
  ])
  return [checkNode(), ...endpoints, ...groups.flat()]
}
