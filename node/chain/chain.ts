/** The Chain port over JSON-RPC: the contracts, the follower and the queue of one deployment put together. */
import type { Chain, Clock, Deployment, Logger, Signer, Startable, Store } from '../market/ports.ts'
import { ChainAccount } from './account.ts'
import { createProver } from './beacon.ts'
import { actionOf, commitMany } from './calls.ts'
import { Contracts } from './contracts.ts'
import type { DrandSource } from './drand.ts'
import { ChainError } from './errors.ts'
import { chainEvents, logFilter } from './events.ts'
import { ChainFollower } from './follower.ts'
import { TxQueue } from './queue.ts'
import { Registry } from './registry.ts'
import { Rpc, unwrap } from './rpc.ts'
import { Views } from './views.ts'
import { toQuantity } from './wire.ts'

/** What a chain adapter is made of. */
export interface ChainInit {
  /** Endpoints in order of preference. */
  readonly rpcUrls: readonly string[]
  readonly deployment: Deployment
  readonly signer: Signer
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  /** Blocks, itself included, that make a block count. 1 on a local chain, 3 and more on others. @default 1 */
  readonly confirmations?: number
  /** The drand network of the deployment's beacon. @default none: the beacon takes the headers of blocks */
  readonly drand?: DrandSource
  /** Wait between two looks at the chain, in ms. @default a quarter of the block time, 100 to 1000 */
  readonly pollMs?: number
}

/**
 * The chain of a deployment, as the market sees it. `start` checks that the endpoints serve the right chain and that the
 * contracts are there, reads the chain up to now and takes up open transactions.
 *
 * @throws from start: CHAIN_UNREACHABLE, CHAIN_WRONG_ID, CHAIN_NO_CONTRACTS, CHAIN_KEY_IN_USE
 * @example const chain = createChain({ rpcUrls, deployment, signer, store, clock, logger }); await chain.start()
 */
export function createChain(init: ChainInit): Chain & Startable {
  const { deployment, signer, store, clock, logger, confirmations = 1 } = init
  const { account: address } = signer
  const rpc = new Rpc({ urls: init.rpcUrls, clock, chainId: deployment.chainId })
  const contracts = new Contracts(deployment)
  const follower = new ChainFollower({
    rpc,
    clock,
    logger,
    confirmations,
    filter: logFilter(contracts),
    decode: logs => chainEvents(contracts, logs),
    fromBlock: deployment.fromBlock,
    ...(init.pollMs === undefined ? {} : { pollMs: init.pollMs })
  })
  const account = new ChainAccount(address, rpc, contracts)
  const queue = new TxQueue({
    account,
    chainId: deployment.chainId,
    signer,
    store,
    clock,
    follower,
    logger,
    join: commits => commitMany(contracts, commits)
  })
  // With one confirmation the newest state is the applied one, and chains that keep no older state can be read as well.
  const blockTag = () => (confirmations === 1 ? 'latest' : toQuantity(follower.head().number))
  const views = new Views({ rpc, contracts, blockTag })
  const prover = createProver({ rpc, clock, logger, head: () => follower.head(), drand: init.drand })
  return {
    account: address,
    deployment,
    modules: new Registry({ rpc, contracts, blockTag }),
    async start() {
      await checkContracts(rpc, deployment)
      await follower.start()
      try {
        await queue.start()
      } catch (error) {
        await follower.stop()
        throw error
      }
    },
    async stop() {
      await queue.stop()
      await follower.stop()
    },
    head: () => follower.head(),
    follow: listener => follower.follow(listener),
    balance: (of, options) => views.balance(of, options),
    deal: (id, options) => views.deal(id, options),
    dispute: (id, options) => views.dispute(id, options),
    openedResult: (id, options) => views.openedResult(id, options),
    payments: (id, options) => views.payments(id, options),
    outcome: (id, creator, options) => views.outcome(id, creator, options),
    gasPriceWei: async (options = {}) => {
      const { baseFeeWei, tipWei } = await account.feeMarket(options)
      return baseFeeWei + tipWei
    },
    mediatorSlots: (of, options) => views.mediatorSlots(of, options),
    slotStakeWei: options => views.slotStakeWei(options),
    beaconProof: (round, options) => prover.proof(round, options),
    beaconAgeBlocks: round => prover.ageBlocks(round),
    isBeaconReady: (round, options) => views.isBeaconReady(round, options),
    beaconLateAtSec: (round, options) => views.beaconLateAtSec(round, options),
    send: async (call, options) => await queue.send(actionOf(contracts, call), options)
  }
}

async function checkContracts(rpc: Rpc, { market, court, beacon, jobs, chainId }: Deployment): Promise<void> {
  const named = Object.entries({ market, court, beacon, ...(jobs === undefined ? {} : { jobs }) })
  const codes = await rpc.batch(named.map(([, at]) => ({ method: 'eth_getCode', params: [at, 'latest'] })))
  const missing = named.filter((_, i) => unwrap(codes[i]) === '0x').map(([name, at]) => `${name} at ${at}`)
  if (missing.length === 0) return
  throw new ChainError('CHAIN_NO_CONTRACTS', `chain ${chainId} has no contract where expected: ${missing.join(', ')}`, {
    details: { missing }
  })
}
