// What the chain's tests share: a development chain with a deployment, the ports that a chain adapter takes, and deals.
import { setTimeout as delay } from 'node:timers/promises'
import { deploy } from '../../../contracts/deploy.ts'
import type { DeployParams } from '../../../contracts/deploy-params.ts'
import { type ChainInit, createChain } from '../../../node/chain/chain.ts'
import { LocalSigner } from '../../../node/host/signer.ts'
import type { Chain, Clock, Deployment, Logger, Startable, Store } from '../../../node/market/ports.ts'
import { type Address, parseAddress, ZERO_ADDRESS } from '../../../protocols/core/account.ts'
import { type Bytes32, fromHex, toHex, uintBytes } from '../../../protocols/core/bytes.ts'
import type { Deal } from '../../../protocols/deal/deal.ts'
import { type Anvil, type AnvilOptions, startAnvil } from '../../../testnet/anvil.ts'
import { until } from '../../support.ts'

/** Process time. */
export const clock: Clock = {
  nowMs: () => performance.now(),
  sleep: async (ms, options) => {
    await delay(ms, undefined, options)
  }
}

/** A logger that keeps what it is told; LILYNODE_TEST_LOG shows it as well. */
export function testLogger(): Logger & { readonly lines: string[]; readonly errors: string[] } {
  const lines: string[] = []
  const errors: string[] = []
  const write = (to: string[], format: string, args: unknown[]) => {
    to.push([format, ...args].join(' '))
    if (process.env.LILYNODE_TEST_LOG) console.error(format, ...args)
  }
  const log = (format: string, ...args: unknown[]) => write(lines, format, args)
  return Object.assign(log, {
    lines,
    errors,
    error: (format: string, ...args: unknown[]) => write(errors, format, args)
  })
}

/** A store in memory, which outlives what is built on it as a disk would. */
export function memoryStore(): Store {
  const map = new Map<string, Uint8Array>()
  return {
    get: async key => map.get(key),
    put: async (key, value) => {
      map.set(key, value)
    },
    delete: async key => {
      map.delete(key)
    },
    async *entries(prefix) {
      const found = [...map].filter(([key]) => key.startsWith(prefix))
      yield* found.sort(([a], [b]) => (a < b ? -1 : 1))
    }
  }
}

/** Times short enough to wait for. */
const TEST_PARAMS: Partial<DeployParams> = {
  unitWei: 10n ** 16n,
  voteBaseSec: 60,
  voteFactor: 1,
  revealTimeSec: 60,
  appealTimeSec: 0,
  lookaheadBlocks: 1
}

/** A development chain with the contracts on it. */
export interface TestChain {
  readonly anvil: Anvil
  readonly deployment: Deployment
  /** Mines blocks; the last has the time moved on by so many seconds. */
  mine(blocks?: number, passSec?: number): Promise<void>
}

/** Starts a chain, deploys, and leaves block making to {@link TestChain.mine} unless a block time is given. */
export async function startTestChain(
  options: AnvilOptions = {},
  params: Partial<DeployParams> = {}
): Promise<TestChain> {
  const anvil = await startAnvil({ keepStates: 64, ...options })
  try {
    const [deployer] = anvil.accounts
    if (deployer === undefined) throw new Error('anvil gives no accounts')
    const made = await deploy({
      rpcUrl: anvil.rpcUrl,
      privateKey: deployer.privateKey,
      params: { ...TEST_PARAMS, ...params }
    })
    if (options.blockTimeSec === undefined) await anvil.rpc('evm_setAutomine', false)
    return {
      anvil,
      deployment: {
        chainId: BigInt(made.chainId),
        market: parseAddress(made.market),
        court: parseAddress(made.court),
        beacon: parseAddress(made.beacon),
        registry: parseAddress(made.registry),
        jobs: parseAddress(made.jobs),
        fromBlock: made.block
      },
      async mine(blocks = 1, passSec = 0) {
        if (passSec > 0) await anvil.rpc('evm_increaseTime', passSec)
        for (let i = 0; i < blocks; i++) await anvil.rpc('evm_mine')
      }
    }
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

/** The signer of one of anvil's accounts. */
export function signerOf(anvil: Anvil, index: number): LocalSigner {
  const account = anvil.accounts[index]
  if (account === undefined) throw new Error(`anvil has no account ${index}`)
  return new LocalSigner(fromHex(account.privateKey))
}

/** A chain adapter for one of the accounts; not started. */
export function chainOf(test: TestChain, index: number, init: Partial<ChainInit> = {}): Chain & Startable {
  return createChain({
    rpcUrls: [test.anvil.rpcUrl],
    deployment: test.deployment,
    signer: signerOf(test.anvil, index),
    store: memoryStore(),
    clock,
    logger: testLogger(),
    pollMs: 10,
    ...init
  })
}

/** A deal between two accounts with small amounts and short times. */
export function dealOf(creator: Address, provider: Address, terms: Partial<Deal> = {}): Deal {
  return {
    creator,
    provider,
    token: ZERO_ADDRESS,
    price: 1_000_000n,
    unitPrice: 0n,
    collateral: 5_000_000n,
    seatFee: 10_000n,
    jobs: 1,
    runTime: 600,
    window: 600,
    seats: 3,
    rounds: 1,
    auditBps: 0,
    jobOffer: bytes32(1),
    resourceOffer: bytes32(2),
    spec: bytes32(3),
    module: bytes32(0),
    validUntil: 1_000_000,
    nonce: 0n,
    ...terms
  }
}

/** A small number as 32 bytes. */
export function bytes32(value: number | bigint): Bytes32 {
  return toHex(uintBytes(BigInt(value), 32))
}

/** Mines until the work is done; gives what comes of it. */
export async function mineUntil<T>(dev: TestChain, work: Promise<T>): Promise<T> {
  let isDone = false
  const done = () => {
    isDone = true
  }
  work.then(done, done)
  await until(async () => {
    if (!isDone) await dev.mine()
    return isDone
  })
  return await work
}
