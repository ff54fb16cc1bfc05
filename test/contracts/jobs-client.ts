// A contract's job through ethers and the generated bindings: the example client asks, a provider takes, hands in, delivers.
import {
  Contract,
  ContractFactory,
  type EventLog,
  id as keccakText,
  type TransactionReceipt,
  type Wallet
} from 'ethers'
import { CowsayClientAbi, CowsayClientBytecode, OnchainJobsAbi } from '../../contracts/generated/index.ts'
import type { Anvil } from './anvil.ts'
import { blindOf, digestOf, type MarketClient, type Outcome, termsOf } from './market-client.ts'
import { directoryVectors } from './vectors/jobs.ts'

const SALT = keccakText('salt')
const PRICE_WEI = 10n ** 15n
const IF_ACCEPTED = 2n ** 96n - 1n

/** @see the head of this file */
export class JobsClient {
  readonly #anvil: Anvil
  readonly #market: MarketClient
  readonly #provider: Wallet
  readonly #jobs: Contract
  readonly #client: Contract

  private constructor(anvil: Anvil, market: MarketClient, provider: Wallet, client: Contract) {
    this.#anvil = anvil
    this.#market = market
    this.#provider = provider
    this.#jobs = new Contract(market.deployment.jobs, OnchainJobsAbi, provider)
    this.#client = client
  }

  /** Puts the example client on the chain. */
  static async open(anvil: Anvil, market: MarketClient, provider: Wallet): Promise<JobsClient> {
    const factory = new ContractFactory(CowsayClientAbi, CowsayClientBytecode, anvil.deployer)
    const deployed = await factory.deploy(market.deployment.jobs, keccakText('module'))
    await deployed.waitForDeployment()
    return new JobsClient(
      anvil,
      market,
      provider,
      new Contract(await deployed.getAddress(), CowsayClientAbi, anvil.deployer)
    )
  }

  /** A request, which nobody takes yet. */
  async ask(message: string): Promise<TransactionReceipt> {
    return await this.#wait(this.#client, 'say', message, 100, { value: PRICE_WEI })
  }

  /** One job to its end; the receipts of all its transactions. */
  async run(message: string): Promise<readonly TransactionReceipt[]> {
    const asked = await this.ask(message)
    const [event] = await this.#jobs.queryFilter('Requested', asked.blockNumber)
    const { id, order } = (event as EventLog).args
    const { price, runTime, window, seats, rounds, seatFee, spec, collateralTimes } = order
    const deal = termsOf(this.#market.deployment.jobs, this.#provider.address, {
      ...{ price, unitPrice: IF_ACCEPTED, collateral: BigInt(price) * BigInt(collateralTimes) },
      ...{ runTime: Number(runTime), window: Number(window), seats: Number(seats), rounds: Number(rounds) },
      ...{ seatFee, spec, jobOffer: id }
    })
    const signature = await this.#market.sign(this.#provider, 'market', 'Deal', deal)
    const fields = order.toArray()
    const taken = await this.#wait(this.#jobs, 'take', fields, deal, signature)
    const { small, files } = directoryVectors()
    const result: Outcome = { root: small.root, status: 0, used: 12_345_678n }
    const submitted = await this.#market.market(
      this.#provider,
      'submit',
      deal,
      blindOf(result, SALT, this.#provider.address)
    )
    await this.#anvil.passTime(deal.window + 1)
    const ending = {
      digest: digestOf(result),
      toCreator: 0n,
      result,
      salt: SALT,
      directory: small.block,
      file: files.stdout
    }
    const delivered = await this.#wait(this.#jobs, 'deliver', fields, deal, ending)
    if ((await this.#client.getFunction('said')(id)) !== 'hello lilypad\n') throw new Error('the client was not called')
    return [asked, taken, submitted, delivered]
  }

  async #wait(contract: Contract, name: string, ...args: readonly unknown[]): Promise<TransactionReceipt> {
    const receipt: TransactionReceipt | null = await (await contract.getFunction(name).send(...args)).wait()
    if (receipt === null) throw new Error(`no receipt for ${name}`)
    return receipt
  }
}
