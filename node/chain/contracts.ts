/** The contracts of a deployment: each bound to its address, and the reading of their reverts. */
import {
  CourtAbi,
  MarketAbi,
  ModuleRegistryAbi,
  OnchainJobsAbi,
  PrevrandaoBeaconAbi
} from '../../contracts/generated/index.ts'
import type { Hex } from '../../protocols/core/bytes.ts'
import type { Deployment } from '../market/ports.ts'
import { Contract, type RevertReason } from './abi.ts'

/** Selector of `Error(string)`: a revert with plain text. */
const PLAIN_ERROR = '0x08c379a0'

/** A deployment's contracts. */
export class Contracts {
  readonly deployment: Deployment
  readonly market: Contract<typeof MarketAbi>
  readonly court: Contract<typeof CourtAbi>
  readonly beacon: Contract<typeof PrevrandaoBeaconAbi>
  readonly registry: Contract<typeof ModuleRegistryAbi>
  /** Undefined where the deployment has none. */
  readonly jobs: Contract<typeof OnchainJobsAbi> | undefined

  constructor(deployment: Deployment) {
    this.deployment = deployment
    this.market = new Contract(MarketAbi, deployment.market)
    this.court = new Contract(CourtAbi, deployment.court)
    this.beacon = new Contract(PrevrandaoBeaconAbi, deployment.beacon)
    this.registry = new Contract(ModuleRegistryAbi, deployment.registry)
    this.jobs = deployment.jobs === undefined ? undefined : new Contract(OnchainJobsAbi, deployment.jobs)
  }

  /** What revert data say: the custom error of any of the contracts, since one calls another. */
  reasonOf(data: Hex): RevertReason {
    if (data.startsWith(PLAIN_ERROR)) return { error: 'Error', args: { data } }
    const { market, court, beacon, jobs } = this
    const reason = market.errorOf(data) ?? court.errorOf(data) ?? beacon.errorOf(data) ?? jobs?.errorOf(data)
    return reason ?? { error: data === '0x' ? 'none' : data.slice(0, 10), args: {} }
  }
}
