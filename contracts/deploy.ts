// Puts one deployment of the market on a chain: registry, beacon, pool, lens, court, market. Pool, Court and Market name
// each other, so the Market's address is computed from the deployer's nonce before it exists.
import type { InterfaceAbi, Signer, TransactionReceipt, TransactionResponse } from 'ethers'
import { ContractFactory, dataSlice, getCreateAddress, JsonRpcProvider, Wallet, ZeroAddress } from 'ethers'
import { checkParams, DEFAULT_PARAMS, DeployError, type DeployParams } from './deploy-params.ts'
import * as generated from './generated/index.ts'

/** A deployment, as JSON can carry it. Addresses are checksummed. */
export interface Deployment {
  readonly chainId: number
  readonly market: string
  readonly court: string
  readonly beacon: string
  readonly registry: string
  readonly pool: string
  readonly lens: string
  /** The block of the first contract: logs are read from here. */
  readonly block: number
  readonly params: InText<DeployParams>
}

/** Amounts as decimal text. */
type InText<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] }

/** Who deploys, and what. */
export type DeployOptions = DeployerOptions & {
  /** What differs from {@link DEFAULT_PARAMS}. */
  readonly params?: Partial<DeployParams>
  readonly signal?: AbortSignal
}

type DeployerOptions =
  | { readonly rpcUrl: string; readonly privateKey: string }
  /** Connected to a provider. */
  | { readonly signer: Signer }

/** Nothing of ours needs more, and estimating is impossible while the Court that a Market asks does not exist yet. */
const GAS_LIMIT = 7_000_000n
const TIMEOUT_MS = 120_000
const WORD_BYTES = 32
/** Of a point of G2. */
const KEY_WORDS = 8

/**
 * Deploys everything and waits until it is on the chain.
 *
 * @example await deploy({ rpcUrl: 'http://127.0.0.1:8545', privateKey, params: { appealTimeSec: 0 } })
 * @throws DEPLOY_BAD_PARAMS the constructors would refuse these; DEPLOY_FAILED a transaction failed or did not arrive
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  if ('signer' in options) return await deployBy(options.signer, options)
  const provider = new JsonRpcProvider(options.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 100 })
  try {
    return await deployBy(new Wallet(options.privateKey, provider), options)
  } finally {
    provider.destroy()
  }
}

async function deployBy(signer: Signer, { params: given, signal }: DeployOptions): Promise<Deployment> {
  const params: DeployParams = { ...DEFAULT_PARAMS, ...given }
  checkParams(params)
  const { provider } = signer
  if (provider === null) throw new TypeError('the deployer has no provider')
  signal?.throwIfAborted()
  const [from, { chainId }] = await Promise.all([signer.getAddress(), provider.getNetwork()])
  const { steward = from } = params
  const queue = new DeployQueue(signer, from, await signer.getNonce('pending'))
  const market = queue.addressAhead(params.pool === undefined ? 5 : 4)

  const registry = await queue.add(generated.ModuleRegistryAbi, generated.ModuleRegistryBytecode, [steward])
  const lens = await queue.add(generated.LensAbi, generated.LensBytecode, [])
  const beacon = await addBeacon(queue, params)
  const { VerificationPoolAbi, VerificationPoolBytecode } = generated
  const pool = params.pool ?? (await queue.add(VerificationPoolAbi, VerificationPoolBytecode, [market, beacon]))
  const court = await queue.add(generated.CourtAbi, generated.CourtBytecode, [market, beacon, courtParams(params)])
  await queue.add(generated.MarketAbi, generated.MarketBytecode, [marketParams(params, court, registry, pool)])
  const block = await queue.settle(signal)
  const told = {
    ...params,
    pool,
    steward,
    unitWei: params.unitWei.toString(),
    minSeatFeeWei: params.minSeatFeeWei.toString(),
    minTokenSeatFee: params.minTokenSeatFee.toString()
  }
  return { chainId: Number(chainId), market, court, beacon, registry, pool, lens, block, params: told }
}

async function addBeacon(queue: DeployQueue, params: DeployParams): Promise<string> {
  const { drand, lookaheadBlocks, proofWindowBlocks } = params
  if (drand === undefined) {
    const { PrevrandaoBeaconAbi, PrevrandaoBeaconBytecode } = generated
    return await queue.add(PrevrandaoBeaconAbi, PrevrandaoBeaconBytecode, [lookaheadBlocks, proofWindowBlocks])
  }
  const { genesisSec: genesis, periodSec: period, marginSec: margin, lateAfterSec: lateAfter } = drand
  const key = Array.from({ length: KEY_WORDS }, (_, i) => dataSlice(drand.key, i * WORD_BYTES, (i + 1) * WORD_BYTES))
  return await queue.add(generated.DrandBeaconAbi, generated.DrandBeaconBytecode, [
    { key, genesis, period, margin, lateAfter }
  ])
}

const courtParams = (params: DeployParams) => ({
  unitWei: params.unitWei,
  cooldown: params.cooldownSec,
  voteBase: params.voteBaseSec,
  voteFactor: params.voteFactor,
  revealTime: params.revealTimeSec,
  appealTime: params.appealTimeSec
})

const marketParams = (params: DeployParams, court: string, registry: string, pool: string) => ({
  court,
  registry,
  pool,
  feeBps: params.feeBps,
  maxRunTime: params.maxRunTimeSec,
  maxWindow: params.maxWindowSec,
  minSeatFee: params.minSeatFeeWei,
  token: params.token ?? ZeroAddress,
  minTokenSeatFee: params.minTokenSeatFee
})

/** Sends contract creations one after the other without waiting for their blocks, under nonces of its own. */
class DeployQueue {
  readonly #signer: Signer
  readonly #from: string
  readonly #sent: TransactionResponse[] = []
  #nonce: number

  constructor(signer: Signer, from: string, nonce: number) {
    this.#signer = signer
    this.#from = from
    this.#nonce = nonce
  }

  /** The address that the creation after `count` further ones will have. */
  addressAhead(count: number): string {
    return getCreateAddress({ from: this.#from, nonce: this.#nonce + count })
  }

  /** Sends a creation and tells its address. */
  async add(abi: InterfaceAbi, bytecode: string, args: readonly unknown[]): Promise<string> {
    const address = this.addressAhead(0)
    const { data } = await new ContractFactory(abi, bytecode).getDeployTransaction(...args)
    this.#sent.push(await this.#signer.sendTransaction({ data, nonce: this.#nonce++, gasLimit: GAS_LIMIT }))
    return address
  }

  /** Waits for all of them; the block of the first one. */
  async settle(signal: AbortSignal | undefined): Promise<number> {
    const receipts = await Promise.all(this.#sent.map(transaction => settleOne(transaction, signal)))
    return Math.min(...receipts.map(receipt => receipt.blockNumber))
  }
}

async function settleOne(transaction: TransactionResponse, signal?: AbortSignal): Promise<TransactionReceipt> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  try {
    const receipt = await Promise.race([transaction.wait(1, TIMEOUT_MS), aborted])
    if (receipt === null) throw new TypeError(`no receipt of ${transaction.hash}`)
    return receipt
  } catch (cause) {
    signal?.throwIfAborted()
    throw new DeployError('DEPLOY_FAILED', 'a contract could not be created', {
      cause,
      details: { transaction: transaction.hash, nonce: transaction.nonce }
    })
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
