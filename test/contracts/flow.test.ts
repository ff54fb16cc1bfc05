// Deals and disputes on a real chain, through ethers and the generated bindings.
// | scenario | end |
// | accepted by signature | Settled |
// | challenged, committee agrees | Settled, Correct |
// | challenged, committee disagrees with the provider | Slashed, Wrong |
// | no result | Refunded |
import { id as keccakText, type Wallet } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Deployment, deploy } from '../../contracts/deploy.ts'
import { DealStatus, Verdict } from '../../contracts/generated/index.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { blindOf, digestOf, MarketClient, type Outcome, type Terms, termsOf } from './market-client.ts'

const COIN = 10n ** 18n
const SALT = keccakText('salt')
const RESULT: Outcome = { root: keccakText('result'), status: 0, used: 12n }
const OTHER: Outcome = { ...RESULT, root: keccakText('another result') }

interface Context {
  anvil: Anvil
  client: MarketClient
  deployment: Deployment
  creator: Wallet
  provider: Wallet
  mediators: Wallet[]
}

const flow = suite<Context>('a deal on a real chain')

flow.before(async context => {
  const anvil = await startAnvil()
  const params = { cooldownSec: 86_400, maxRunTimeSec: 3_600, appealTimeSec: 0 }
  const deployment = await deploy({
    signer: anvil.deployer,
    params: { ...params, pool: keccakText('pool').slice(0, 42) }
  })
  const client = new MarketClient(anvil, deployment)
  const [creator, provider] = [await anvil.newAccount(200n * COIN), await anvil.newAccount(200n * COIN)]
  const mediators = await Promise.all(Array.from({ length: 5 }, () => anvil.newAccount(10n * COIN)))
  for (const party of [creator, provider]) await client.market(party, 'deposit', { value: 100n * COIN })
  await client.join(mediators)
  Object.assign(context, { anvil, client, deployment, creator, provider, mediators })
})

flow.after(async ({ anvil }) => await anvil?.stop())

/** None -> Disputed with a drawn committee that all vote for `vote`; then finalised. */
async function judge({ client, creator, provider, mediators }: Context, deal: Terms, vote: Outcome): Promise<string> {
  const id = await client.commit(creator, provider, deal)
  await client.market(provider, 'submit', deal, blindOf(RESULT, SALT, provider.address))
  await client.market(creator, 'challenge', deal)
  const members = await client.draw(creator, id, deal)
  for (const [seat, member] of members.entries()) {
    const signer = mediators.find(mediator => mediator.address === member)
    if (signer === undefined) throw new Error(`a stranger sits: ${member}`)
    await client.court(signer, 'commitVote', id, seat, client.ballotOf(id, 0, member, digestOf(vote), SALT))
  }
  for (const seat of members.keys()) await client.court(creator, 'revealVote', id, seat, digestOf(vote), SALT)
  await client.court(provider, 'openResult', deal, RESULT, SALT)
  await client.court(creator, 'finalise', deal)
  return id
}

/** What the free balances changed by while `work` ran. */
async function changes({ client, creator, provider, deployment }: Context, work: () => Promise<unknown>) {
  const accounts = [creator.address, provider.address, deployment.pool]
  const before = await Promise.all(accounts.map(account => client.free(account)))
  await work()
  const after = await Promise.all(accounts.map(account => client.free(account)))
  const [ofCreator = 0n, ofProvider = 0n, ofPool = 0n] = after.map((amount, i) => amount - (before[i] ?? 0n))
  return { ofCreator, ofProvider, ofPool }
}

async function statusOf({ client }: Context, id: string): Promise<string | undefined> {
  const { status } = await client.readMarket('stateOf', id)
  return DealStatus[Number(status)]
}

flow('tells what it deployed in JSON', async ({ deployment, client }) => {
  assert.equal(JSON.parse(JSON.stringify(deployment)), deployment)
  const params = await client.readMarket('params')
  assert.is(params.court, deployment.court)
  assert.is(params.registry, deployment.registry)
  assert.is(
    await client
      .readCourt('domainSeparator')
      .then(String)
      .then(text => text.length),
    66
  )
})

flow('pays an accepted deal in two transactions', async context => {
  const { client, creator, provider } = context
  const deal = termsOf(creator.address, provider.address, { nonce: 1 })
  const changed = await changes(context, async () => {
    const id = await client.commit(creator, provider, deal)
    const signature = await client.sign(creator, 'market', 'Accept', { deal: id, result: digestOf(RESULT) })
    await client.market(provider, 'settleAccepted', deal, RESULT, signature)
    assert.is(await statusOf(context, id), 'Settled')
  })
  assert.equal(changed, { ofCreator: -COIN, ofProvider: (COIN * 99n) / 100n, ofPool: COIN / 100n })
})

flow('pays a provider whose result the committee finds correct', async context => {
  const deal = termsOf(context.creator.address, context.provider.address, { nonce: 2 })
  const changed = await changes(context, async () => {
    const id = await judge(context, deal, RESULT)
    assert.is(await statusOf(context, id), 'Settled')
    assert.is(Verdict[Number(await context.client.readCourt('verdictOf', id))], 'Correct')
  })
  assert.equal(changed, { ofCreator: -COIN - 3n * deal.seatFee, ofProvider: (COIN * 99n) / 100n, ofPool: COIN / 100n })
})

flow('slashes a provider whose result the committee finds wrong', async context => {
  const deal = termsOf(context.creator.address, context.provider.address, { nonce: 3 })
  const rest = deal.collateral - 3n * deal.seatFee
  const changed = await changes(context, async () => {
    const id = await judge(context, deal, OTHER)
    assert.is(await statusOf(context, id), 'Slashed')
    assert.is(Verdict[Number(await context.client.readCourt('verdictOf', id))], 'Wrong')
  })
  assert.equal(changed, { ofCreator: rest / 10n, ofProvider: -deal.collateral, ofPool: rest - rest / 10n })
})

flow('refunds a deal without a result', async context => {
  const { client, creator, provider, anvil } = context
  const deal = termsOf(creator.address, provider.address, { nonce: 4 })
  const changed = await changes(context, async () => {
    const id = await client.commit(creator, provider, deal)
    await anvil.passTime(deal.runTime + 1)
    await client.market(creator, 'timeout', deal)
    assert.is(await statusOf(context, id), 'Refunded')
  })
  assert.equal(changed, { ofCreator: COIN / 20n, ofProvider: -COIN / 10n, ofPool: COIN / 20n })
})

flow('takes all free money out again', async context => {
  const { client, creator, anvil } = context
  const amount = await client.free(creator.address)
  const before = await anvil.provider.getBalance(creator.address)
  const receipt = await client.market(creator, 'withdraw', '0x0000000000000000000000000000000000000000', amount)
  assert.is(await client.free(creator.address), 0n)
  assert.is(await anvil.provider.getBalance(creator.address), before + amount - receipt.fee)
})

flow.run()
