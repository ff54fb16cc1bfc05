// What each path of the market costs, as receipts on a real chain tell (calldata and the base fee of a transaction
// included): `node test/contracts/gas.bench.ts`. Goals and peers' figures are those of docs/contracts.md.
import { Contract, id as keccakText, type TransactionReceipt, type Wallet } from 'ethers'
import { deploy } from '../../contracts/deploy.ts'
import { DrandBeaconAbi } from '../../contracts/generated/index.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { JobsClient } from './jobs-client.ts'
import { blindOf, digestOf, MarketClient, type Outcome, type Terms, termsOf } from './market-client.ts'
import { drandVectors } from './vectors/drand.ts'

const COIN = 10n ** 18n
const SALT = keccakText('salt')
const RESULT: Outcome = { root: keccakText('result'), status: 0, used: 12_345_678n }
const MEDIATORS = 20 // each has had a fee before, so its balance is no new storage

/** One line of the table. `gas` is per job. */
interface Row {
  readonly path: string
  readonly transactions: number
  readonly gas: bigint
  readonly goal?: number
  readonly peer?: string
}

class GasBench {
  readonly #anvil: Anvil
  readonly #client: MarketClient
  readonly #creator: Wallet
  readonly #provider: Wallet
  readonly #mediators: readonly Wallet[]
  #nonce = 0

  constructor(anvil: Anvil, client: MarketClient, creator: Wallet, provider: Wallet, mediators: readonly Wallet[]) {
    this.#anvil = anvil
    this.#client = client
    this.#creator = creator
    this.#provider = provider
    this.#mediators = mediators
  }

  async run(): Promise<readonly Row[]> {
    await this.#accepted({}) // the first deal of all writes balances that later ones only change
    return [
      { path: 'commit + settleAccepted', ...(await this.#accepted({})), goal: 120_000, peer: 'Lilypad v2 1773k' },
      { path: 'batched by 10, per job', ...(await this.#batched(10)), goal: 60_000 },
      { path: 'one deal of 20 jobs, per job', ...perJob(await this.#accepted({ jobs: 20 }), 20n), goal: 7_000 },
      { path: 'commit, submit, settle', ...(await this.#unchallenged()), peer: 'PoCo 1 worker 1527k' },
      { path: 'commit, timeout', ...(await this.#timedOut()) },
      {
        path: 'verified m=3, fast lane',
        ...(await this.#verifiedFast(3)),
        goal: 450_000,
        peer: 'PoCo 3 workers 2234k'
      },
      { path: 'verified m=5, fast lane', ...(await this.#verifiedFast(5)), goal: 530_000 },
      { path: 'verified m=7, fast lane', ...(await this.#verifiedFast(7)) },
      { path: 'verified m=3, slow lane', ...(await this.#verifiedSlow(3)) },
      {
        path: 'on-chain job, with its callback',
        ...(await this.#onchain()),
        goal: 320_000,
        peer: 'Lilypad v2 1773k + 2 txs'
      },
      { path: 'beacon (prevrandao)', ...(await this.#beacon()), goal: 60_000 },
      { path: 'beacon (drand quicknet)', ...(await this.#drand()), goal: 175_000 },
      { path: 'join, one slot', ...sum([await this.#join()]) }
    ]
  }

  #terms(more: Partial<Terms>): Terms {
    const { address: creator } = this.#creator
    return termsOf(creator, this.#provider.address, {
      nonce: ++this.#nonce,
      collateral: COIN,
      price: COIN / 1000n,
      ...more
    })
  }

  async #commit(deal: Terms): Promise<TransactionReceipt> {
    const signature = await this.#client.sign(this.#creator, 'market', 'Deal', deal)
    return await this.#client.market(this.#provider, 'commit', deal, signature)
  }

  async #accepted(more: Partial<Terms>): Promise<Cost> {
    const deal = this.#terms(more)
    const committed = await this.#commit(deal)
    const signature = await this.#acceptance(deal)
    return sum([committed, await this.#client.market(this.#provider, 'settleAccepted', deal, RESULT, signature)])
  }

  async #acceptance(deal: Terms): Promise<string> {
    const id = await this.#client.readMarket('hashDeal', deal)
    return await this.#client.sign(this.#creator, 'market', 'Accept', { deal: id, result: digestOf(RESULT) })
  }

  async #batched(size: number): Promise<Cost> {
    const deals = Array.from({ length: size }, () => this.#terms({}))
    const signatures = await Promise.all(deals.map(deal => this.#client.sign(this.#creator, 'market', 'Deal', deal)))
    const committed = await this.#client.market(this.#provider, 'commitMany', deals, signatures)
    const acceptances = await Promise.all(deals.map(deal => this.#acceptance(deal)))
    const results = deals.map(() => RESULT)
    const settled = await this.#client.market(this.#provider, 'settleAcceptedMany', deals, results, acceptances)
    return perJob(sum([committed, settled]), BigInt(size))
  }

  async #submit(deal: Terms): Promise<TransactionReceipt> {
    return await this.#client.market(this.#provider, 'submit', deal, blindOf(RESULT, SALT, this.#provider.address))
  }

  async #unchallenged(): Promise<Cost> {
    const deal = this.#terms({})
    const receipts = [await this.#commit(deal), await this.#submit(deal)]
    await this.#anvil.passTime(deal.window + 1)
    return sum([...receipts, await this.#client.market(this.#provider, 'settle', deal)])
  }

  async #timedOut(): Promise<Cost> {
    const deal = this.#terms({})
    const committed = await this.#commit(deal)
    await this.#anvil.passTime(deal.runTime + 1)
    return sum([committed, await this.#client.market(this.#creator, 'timeout', deal)])
  }

  /** Up to the draw; the beacon's own transaction is not counted. */
  async #dispute(deal: Terms): Promise<{ id: string; members: readonly Wallet[]; receipts: TransactionReceipt[] }> {
    const receipts = [await this.#commit(deal), await this.#submit(deal)]
    receipts.push(await this.#client.market(this.#creator, 'challenge', deal))
    const id = await this.#client.readMarket('hashDeal', deal)
    const { seedRound } = await this.#client.readCourt('disputeOf', id)
    await this.#anvil.mine(3)
    await this.#client.fulfil(this.#creator, Number(seedRound))
    receipts.push(await this.#client.court(this.#creator, 'draw', deal))
    const accounts: readonly string[] = await this.#client.readCourt('committeeOf', id, 0)
    const members = accounts.flatMap(account => this.#mediators.filter(({ address }) => address === account))
    return { id, members, receipts }
  }

  async #verifiedFast(seats: number): Promise<Cost> {
    const deal = this.#terms({ seats, rounds: 1 })
    const { id, members, receipts } = await this.#dispute(deal)
    const ballots = members.map(({ address }) => this.#client.ballotOf(id, 0, address, digestOf(RESULT), SALT))
    const signatures = await Promise.all(
      members.map((member, seat) =>
        this.#client.sign(member, 'court', 'Vote', { deal: id, round: 0, commitment: ballots[seat] })
      )
    )
    receipts.push(await this.#client.court(this.#creator, 'commitVotes', id, ballots, signatures))
    const votes = members.map(() => ({ digest: digestOf(RESULT), salt: SALT }))
    receipts.push(await this.#client.court(this.#creator, 'revealVotes', deal, votes, RESULT, SALT))
    return sum(receipts)
  }

  async #verifiedSlow(seats: number): Promise<Cost> {
    const deal = this.#terms({ seats, rounds: 1 })
    const { id, members, receipts } = await this.#dispute(deal)
    for (const [seat, member] of members.entries()) {
      const ballot = this.#client.ballotOf(id, 0, member.address, digestOf(RESULT), SALT)
      receipts.push(await this.#client.court(member, 'commitVote', id, seat, ballot))
    }
    for (const [seat, member] of members.entries()) {
      receipts.push(await this.#client.court(member, 'revealVote', id, seat, digestOf(RESULT), SALT))
    }
    receipts.push(await this.#client.court(this.#provider, 'openResult', deal, RESULT, SALT))
    return sum([...receipts, await this.#client.court(this.#creator, 'finalise', deal)])
  }

  /** A contract's job from the request to the callback; the second one, so that nothing of it is the first of its kind, among others. */
  async #onchain(): Promise<Cost> {
    const jobs = await JobsClient.open(this.#anvil, this.#client, this.#provider)
    await jobs.run('moo')
    await jobs.ask('another, so that the contract has money of somebody at all times')
    return sum(await jobs.run('moo'))
  }

  async #beacon(): Promise<Cost> {
    const block = await this.#anvil.provider.getBlockNumber()
    await this.#anvil.mine(2)
    return sum([await this.#client.fulfil(this.#creator, block)])
  }

  /** A published round of quicknet, on a beacon of its own. */
  async #drand(): Promise<Cost> {
    const { key, genesis, period, rounds } = drandVectors().quicknet
    const drand = { key, genesisSec: genesis, periodSec: period, marginSec: 12, lateAfterSec: 3_600 }
    const { beacon } = await deploy({ signer: this.#anvil.deployer, params: { drand } })
    const [first] = rounds
    const contract = new Contract(beacon, DrandBeaconAbi, this.#creator)
    const transaction = await contract.getFunction('fulfil')(first?.round, first?.signature)
    return sum([await transaction.wait()])
  }

  async #join(): Promise<TransactionReceipt> {
    const mediator = await this.#anvil.newAccount(10n * COIN)
    return await this.#client.court(mediator, 'join', 1, { value: BigInt(this.#client.deployment.params.unitWei) })
  }
}

interface Cost {
  readonly transactions: number
  readonly gas: bigint
}

const sum = (receipts: readonly TransactionReceipt[]): Cost => ({
  transactions: receipts.length,
  gas: receipts.reduce((total, { gasUsed }) => total + gasUsed, 0n)
})

const perJob = ({ transactions, gas }: Cost, jobs: bigint): Cost => ({ transactions, gas: gas / jobs })

function print(rows: readonly Row[]): void {
  console.log(`${'path'.padEnd(32)}${'txs'.padStart(4)}${'gas'.padStart(10)}${'goal'.padStart(10)}  peer`)
  for (const { path, transactions, gas, goal, peer = '' } of rows) {
    const target = goal === undefined ? '' : String(goal)
    const mark = goal !== undefined && gas > BigInt(goal) ? ' over' : ''
    console.log(
      `${path.padEnd(32)}${String(transactions).padStart(4)}${String(gas).padStart(10)}${target.padStart(10)}  ${peer}${mark}`
    )
  }
}

const anvil = await startAnvil()
try {
  const pool = keccakText('pool').slice(0, 42)
  const params = { cooldownSec: 86_400, maxRunTimeSec: 3_600, appealTimeSec: 0, pool }
  const deployment = await deploy({ signer: anvil.deployer, params })
  const client = new MarketClient(anvil, deployment)
  const parties = [await anvil.newAccount(200n * COIN), await anvil.newAccount(200n * COIN)] as const
  const mediators = await Promise.all(Array.from({ length: MEDIATORS }, () => anvil.newAccount(10n * COIN)))
  for (const party of parties) await client.market(party, 'deposit', { value: 100n * COIN })
  for (const mediator of mediators) await client.market(mediator, 'deposit', { value: 1n })
  await client.join(mediators)
  print(await new GasBench(anvil, client, ...parties, mediators).run())
} finally {
  await anvil.stop()
}
