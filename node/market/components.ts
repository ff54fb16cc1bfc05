/** What the services of the market are made of: the ports, as one bag that the composition root fills. */

import type { Runtime } from '../../protocols/offer/machine.ts'
import type { MarketDomain } from '../../protocols/offer/offer.ts'
import type { Counts } from './counts.ts'
import type { Emitter } from './emitter.ts'
import type { Chain, Clock, Content, Entropy, Logger, Network, Runner, Signer, Store } from './ports.ts'

/** @see ports.ts */
export interface Components {
  readonly chain: Chain
  readonly network: Network
  readonly content: Content
  readonly store: Store
  readonly signer: Signer
  readonly clock: Clock
  readonly entropy: Entropy
  readonly events: Emitter
  readonly counts: Counts
  readonly runners: ReadonlyMap<Runtime, Runner>
  logger(scope: string): Logger
}

/** The market that a node trades on. */
export function domainOf(chain: Chain): MarketDomain {
  return { chainId: chain.deployment.chainId, market: chain.deployment.market }
}
