// Puts one deployment of the market on a chain: registry, lens, beacon, pool, court, market, jobs. They name each other, so
// their addresses are known before any of them is there: a factory makes them where deploy-address.ts says, which is the
// same on every chain for the same account and the same parameters. What is there already is left as it is.
import { setTimeout as delay } from 'node:timers/promises'
import type { InterfaceAbi, Signer, TransactionReceipt, TransactionResponse } from 'ethers'
import { Contract, ContractFactory, dataSlice, JsonRpcProvider, Wallet, ZeroAddress } from 'ethers'
import { addressesOf, type ContractName, ensureFactory, FACTORY, saltOf } from './deploy-address.ts'
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
  /** OnchainJobs: takes the requests of contracts. */
  readonly jobs: string
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
const GAS_LIMIT = 8_000_000n
const TIMEOUT_MS = 120_000
const ASK_AGAIN_MS = 200
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
  const { provider } = signer
  if (provider === null) throw new TypeError('the deployer has no provider')
  const from = await signer.getAddress()
  const params = { ...DEFAULT_PARAMS, steward: from, ...given }
  checkParams(params)
  signal?.throwIfAborted()
  const { chainId } = await provider.getNetwork()
  await ensureFactory(signer, sent => settleOne(sent, signal))

  const told = inText(params)
  const ahead = addressesOf(from, told)
  const { market, court, registry, lens, jobs } = ahead
  const beacon = ahead.beacon
  const pool = params.pool ?? ahead.pool
  const queue = new DeployQueue(signer, await signer.getNonce('pending'), told)
  await queue.add('registry', registry, generated.ModuleRegistryAbi, generated.ModuleRegistryBytecode, [params.steward])
  await queue.add('lens', lens, generated.LensAbi, generated.LensBytecode, [])
  await addBeacon(queue, beacon, params)
  const { VerificationPoolAbi, VerificationPoolBytecode } = generated
  if (params.pool === undefined)
    await queue.add('pool', pool, VerificationPoolAbi, VerificationPoolBytecode, [market, beacon])
  await queue.add('court', court, generated.CourtAbi, generated.CourtBytecode, [market, beacon, courtParams(params)])
  const forMarket = marketParams(params, court, registry, pool)
  await queue.add('market', market, generated.MarketAbi, generated.MarketBytecode, [forMarket])
  await queue.add('jobs', jobs, generated.OnchainJobsAbi, generated.OnchainJobsBytecode, [market])
  const block = await queue.settle(from, signal)
  return {
    chainId: Number(chainId),
    market,
    court,
    beacon,
    registry,
    pool,
    lens,
    jobs,
    block,
    params: { ...told, pool }
  }
}

const inText = (params: DeployParams & { readonly steward: string }): Deployment['params'] => ({
  ...params,
  unitWei: params.unitWei.toString(),
  minSeatFeeWei: params.minSeatFeeWei.toString(),
  minTokenSeatFee: params.minTokenSeatFee.toString()
})

async function addBeacon(queue: DeployQueue, at: string, params: DeployParams): Promise<void> {
  const { drand, lookaheadBlocks, proofWindowBlocks } = params
  if (drand === undefined) {
    const { PrevrandaoBeaconAbi, PrevrandaoBeaconBytecode } = generated
    return queue.add('beacon', at, PrevrandaoBeaconAbi, PrevrandaoBeaconBytecode, [lookaheadBlocks, proofWindowBlocks])
  }
  const { genesisSec: genesis, periodSec: period, marginSec: margin, lateAfterSec: lateAfter } = drand
  const key = Array.from({ length: KEY_WORDS }, (_, i) => dataSlice(drand.key, i * WORD_BYTES, (i + 1) * WORD_BYTES))
  const { DrandBeaconAbi, DrandBeaconBytecode } = generated
  await queue.add('beacon', at, DrandBeaconAbi, DrandBeaconBytecode, [{ key, genesis, period, margin, lateAfter }])
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
  readonly #factory: Contract
  readonly #params: Deployment['params']
  readonly #sent: TransactionResponse[] = []
  #nonce: number

  constructor(signer: Signer, nonce: number, params: Deployment['params']) {
    this.#signer = signer
    this.#factory = new Contract(FACTORY, generated.FactoryAbi, signer)
    this.#nonce = nonce
    this.#params = params
  }

  /** Sends a creation, unless the contract is there. */
  async add(
    name: ContractName,
    at: string,
    abi: InterfaceAbi,
    bytecode: string,
    args: readonly unknown[]
  ): Promise<void> {
    if ((await this.#signer.provider?.getCode(at)) !== '0x') return
    const { data: code } = await new ContractFactory(abi, bytecode).getDeployTransaction(...args)
    const overrides = { nonce: this.#nonce++, gasLimit: GAS_LIMIT }
    this.#sent.push(await this.#factory.getFunction('make').send(saltOf(name, this.#params), code, overrides))
  }

  /** Waits for all of them; the block of the first contract, which an earlier call may have made. */
  async settle(from: string, signal: AbortSignal | undefined): Promise<number> {
    const receipts: TransactionReceipt[] = []
    for (const transaction of this.#sent) receipts.push(await settleOne(transaction, signal))
    const made = this.#factory.filters.Made?.(from, saltOf('registry', this.#params))
    const [first] = made === undefined ? [] : await this.#factory.queryFilter(made)
    return Math.min(
      ...receipts.map(receipt => receipt.blockNumber),
      ...(first === undefined ? [] : [first.blockNumber])
    )
  }
}

/**
 * Asks for the receipt until it is there. ethers' own waiting asks once per block without looking at how that ends, so
 * that one request that fails, or is cut off by leaving, ends the process.
 */
async function settleOne(transaction: TransactionResponse, signal?: AbortSignal): Promise<TransactionReceipt> {
  const { hash, nonce, provider } = transaction
  const untilMs = performance.now() + TIMEOUT_MS
  let cause: unknown
  const ask = () =>
    provider.getTransactionReceipt(hash).catch(error => {
      cause = error
      return null
    })
  while (performance.now() < untilMs) {
    const receipt = await orAbort(ask(), signal)
    if (receipt?.status === 1) return receipt
    if (receipt !== null) throw failed('a contract could not be created', { transaction: hash, nonce })
    await orAbort(delay(ASK_AGAIN_MS), signal)
  }
  throw failed('the chain did not take a creation in time', { transaction: hash, nonce }, cause)
}

/** A request of ethers knows no signal. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

const failed = (message: string, details: Readonly<Record<string, unknown>>, cause?: unknown): DeployError =>
  new DeployError('DEPLOY_FAILED', message, { cause, details })
