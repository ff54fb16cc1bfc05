/** The contracts of a deployment: each bound to its address, and the reading of their reverts. */
import { CourtAbi, MarketAbi, ModuleRegistryAbi, PrevrandaoBeaconAbi } from '../../contracts/generated/index.ts'
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

  constructor(deployment: Deployment) {
    this.deployment = deployment
    this.market = new Contract(MarketAbi, deployment.market)
    this.court = new Contract(CourtAbi, deployment.court)
    this.beacon = new Contract(PrevrandaoBeaconAbi, deployment.beacon)
    this.registry = new Contract(ModuleRegistryAbi, deployment.registry)
  }

  /** What revert data say: the custom error of any of the contracts, since one calls another. */
  reasonOf(data: Hex): RevertReason {
    if (data.startsWith(PLAIN_ERROR)) return { error: 'Error', args: { data } }
    const reason = this.market.errorOf(data) ?? this.court.errorOf(data) ?? this.beacon.errorOf(data)
    return reason ?? { error: data === '0x' ? 'none' : data.slice(0, 10), args: {} }
  }
}
