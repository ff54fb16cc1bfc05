// Jobs that contracts ask for, from the request to the callback, by nodes that have no part in it but their own gain.
// timeout: 900
// serial
//
// | scenario                                | ends     | the contract                      | paid                          |
// | --------------------------------------- | -------- | --------------------------------- | ----------------------------- |
// | a message                               | settled  | has what the cow said             | provider; the rest comes back |
// | a message too long for its gas          | settled  | its function fails                | provider all the same         |
// | a module that nobody has                | untaken  | is told of its refund             | nobody but the keeper         |
// | a provider that goes away with the job  | refunded | is told, and has the compensation | the keeper, after the time    |
import { Contract, ContractFactory, type EventLog, JsonRpcProvider, Wallet } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CowsayClientAbi, CowsayClientBytecode, OnchainJobsAbi, ResultStatus } from '../../contracts/generated/index.ts'
import { digestOfCid, parseCid } from '../../protocols/core/cid.ts'
import { WEI_PER_COIN } from '../../protocols/core/units.ts'
import type { DealId } from '../../protocols/deal/deal.ts'
import { killHard } from '../../testnet/faults.ts'
import { memberApi } from '../../testnet/member-api.ts'
import { until } from '../support.ts'
import { modulePath, type Stage, stageFor } from './stage.ts'

const VALUE_WEI = WEI_PER_COIN / 10n
const REWARD_WEI = VALUE_WEI / 10n
const WAIT_BLOCKS = 600
const PATIENCE_MS = 120_000
const UNKNOWN_MODULE = `0x${'5a'.repeat(32)}`

const onchain = suite<{ client: Contract; stranger: Contract; jobs: Contract; provider: JsonRpcProvider }>('onchain')

const SILENT = 'silent-1'

const onStage = stageFor(onchain, () => ({
  cast: { providers: 1, mediators: 1, cheats: 0, creators: 1 },
  extra: [{ name: SILENT, args: ['--role', 'rp', '--misbehave', 'silent'] }]
}))

onchain.before(async context => {
  const { testnet } = onStage()
  await killHard(testnet, SILENT) // until its scenario
  const creator = testnet.member('creator-1')
  const module = digestOfCid(parseCid(await memberApi(creator).addModule(modulePath('cowsay'))))
  const [rpcUrl] = testnet.profile.rpcUrls
  const { jobs = '' } = testnet.profile.contracts
  context.provider = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 200 })
  const owner = new Wallet(Wallet.createRandom().privateKey, context.provider)
  await testnet.chain.giveCoins(owner.address, 100n * WEI_PER_COIN)
  const make = async (digest: string) => {
    const made = await new ContractFactory(CowsayClientAbi, CowsayClientBytecode, owner).deploy(jobs, digest)
    await made.waitForDeployment()
    return new Contract(await made.getAddress(), CowsayClientAbi, owner)
  }
  context.client = await make(module)
  context.stranger = await make(UNKNOWN_MODULE)
  context.jobs = new Contract(jobs, OnchainJobsAbi, context.provider)
})

onchain.after(context => context.provider?.destroy())

/** Asks through the example contract; the request's id. */
async function ask(client: Contract, jobs: Contract, message: string, waitBlocks = WAIT_BLOCKS): Promise<DealId> {
  const sent = await client.getFunction('say').send(message, waitBlocks, { value: VALUE_WEI })
  const receipt = await sent.wait()
  const [event] = await jobs.queryFilter('Requested', receipt?.blockNumber, receipt?.blockNumber)
  return (event as EventLog).args.id
}

/** The deal that a request became, once it has. */
async function dealOf(stage: Stage, jobs: Contract, request: DealId): Promise<DealId> {
  const creator = (await jobs.getAddress()).toLowerCase()
  const found = async () => {
    const ids = await stage.testnet.chain.dealsOf(creator as `0x${string}`)
    const deals = await Promise.all(ids.map(async id => ({ id, deal: await stage.testnet.chain.deal(id) })))
    return deals.find(({ deal }) => deal.jobOffer === request)?.id
  }
  await until(async () => (await found()) !== undefined, { timeoutMs: PATIENCE_MS, what: 'a deal' })
  const id = await found()
  if (id === undefined) throw new Error('no deal')
  return id
}

/** How a request ended, once it has. */
async function closingOf(jobs: Contract, request: DealId): Promise<EventLog['args']> {
  let closed: EventLog | undefined
  const look = async () => {
    const [event] = await jobs.queryFilter(jobs.filters.Closed?.(request) ?? 'Closed')
    closed = event as EventLog | undefined
    return closed !== undefined
  }
  await until(look, { timeoutMs: PATIENCE_MS, what: 'the end of a request' })
  if (closed === undefined) throw new Error('not closed')
  return closed.args
}

/** Waits until the provider has handed in, and lets the window pass. */
async function passWindow(stage: Stage, id: DealId): Promise<void> {
  const { chain } = stage.testnet
  await until(async () => (await chain.record(id)).status === 'submitted', {
    timeoutMs: PATIENCE_MS,
    what: 'a result'
  })
  const { window } = await chain.deal(id)
  await chain.passTime(window + 1)
}

onchain('a message: the cow says it to the contract', async ({ client, jobs }) => {
  const stage = onStage()
  const request = await ask(client, jobs, 'moo to you')
  const id = await dealOf(stage, jobs, request)
  await passWindow(stage, id)
  const { called, refunded, status } = await closingOf(jobs, request)
  assert.ok(called)
  assert.is(ResultStatus[Number(status)], 'Exited')
  assert.match(await client.getFunction('said')(request), 'moo to you')
  // At the provider's ask, not at the most that the contract would have paid.
  const { price } = await stage.testnet.chain.deal(id)
  assert.is(refunded, VALUE_WEI - REWARD_WEI - price)
  const paid = await stage.testnet.chain.payments(id)
  assert.is(paid.find(({ reason }) => reason === 'provider')?.account, stage.account('provider-1'))
})

onchain('a message too long for its gas: its function fails, and the provider is paid', async ({ client, jobs }) => {
  const stage = onStage()
  const request = await ask(client, jobs, 'moo '.repeat(150))
  const id = await dealOf(stage, jobs, request)
  await passWindow(stage, id)
  const { called } = await closingOf(jobs, request)
  assert.not(called)
  assert.is(await client.getFunction('said')(request), '')
  assert.is((await stage.testnet.chain.record(id)).status, 'settled')
  const paid = await stage.testnet.chain.payments(id)
  assert.ok(paid.some(({ reason }) => reason === 'provider'))
})

onchain('a module that nobody has: a keeper gives the money back', async ({ stranger, jobs }) => {
  const request = await ask(stranger, jobs, 'is anybody there', 5)
  const { ending, called, refunded } = await closingOf(jobs, request)
  assert.is(ending, 0n)
  assert.ok(called)
  assert.is(refunded, VALUE_WEI - REWARD_WEI)
  assert.is(await stranger.getFunction('refunded')(request), refunded)
  const before = await stranger.runner?.provider?.getBalance(stranger)
  await (await stranger.getFunction('collect').send()).wait()
  assert.is(await stranger.runner?.provider?.getBalance(stranger), (before ?? 0n) + refunded)
})

onchain(
  'a provider that goes away with the job: the contract has its money and half of the penalty',
  async ({ client, jobs }) => {
    const stage = onStage()
    const { testnet } = stage
    await stage.restart(SILENT)
    await killHard(testnet, 'provider-1')
    const request = await ask(client, jobs, 'wait for me')
    const id = await dealOf(stage, jobs, request)
    const { price, runTime, provider } = await testnet.chain.deal(id)
    assert.is(provider, stage.account(SILENT))
    // Behind the last of the keepers' turns.
    await testnet.chain.passTime(runTime + 60)
    const { called, refunded } = await closingOf(jobs, request)
    assert.ok(called)
    assert.is((await testnet.chain.record(id)).status, 'refunded')
    // The penalty is a tenth of the price, which is below the collateral.
    assert.is(refunded, VALUE_WEI - REWARD_WEI + price / 20n)
  }
)

onchain.run()
