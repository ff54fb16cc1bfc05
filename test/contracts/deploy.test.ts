// What a deployment refuses before it costs anything.
import { setTimeout as delay } from 'node:timers/promises'
import { Contract, getCreateAddress, Wallet } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Deployment, deploy } from '../../contracts/deploy.ts'
import { addressesOf, spawnerOf } from '../../contracts/deploy-address.ts'
import { DEFAULT_PARAMS, longestDisputeSec } from '../../contracts/deploy-params.ts'
import { DrandBeaconAbi, FactoryBytecode, SpawnerAbi } from '../../contracts/generated/index.ts'
import { startProxy } from '../node/chain/proxy.ts'
import { rejects, until } from '../support.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { drandVectors } from './vectors/drand.ts'

const deploying = suite<{ anvil: Anvil }>('deploy')

deploying.before(async context => {
  context.anvil = await startAnvil()
})

deploying.after(async ({ anvil }) => await anvil?.stop())

deploying('has defaults that its own check accepts', async ({ anvil }) => {
  const { params, market } = await deploy({ signer: anvil.deployer })
  assert.is(BigInt(params.unitWei), DEFAULT_PARAMS.unitWei)
  assert.is.not(await anvil.provider.getCode(market), '0x')
})

deploying('takes an RPC address and a key', async ({ anvil }) => {
  const { rpcUrl, deployer } = anvil
  const deployment = await deploy({ rpcUrl, privateKey: deployer.privateKey, params: { feeBps: 0 } })
  assert.is(deployment.params.steward, deployer.address)
  assert.is(deployment.params.feeBps, 0)
})

deploying('makes a pool of its own, or takes one', async ({ anvil }) => {
  const own = await deploy({ signer: anvil.deployer })
  assert.is.not(await anvil.provider.getCode(own.pool), '0x')
  const { address } = anvil.deployer
  assert.is((await deploy({ signer: anvil.deployer, params: { pool: address } })).pool, address)
})

deploying('takes a drand network for its beacon', async ({ anvil }) => {
  const { quicknet } = drandVectors()
  const times = { genesisSec: quicknet.genesis, periodSec: quicknet.period, marginSec: 12, lateAfterSec: 3_600 }
  const drand = { key: quicknet.key, ...times }
  const { beacon } = await deploy({ signer: anvil.deployer, params: { drand } })
  const contract = new Contract(beacon, DrandBeaconAbi, anvil.deployer)
  for (const { round, signature, randomness } of quicknet.rounds) {
    await (await contract.getFunction('fulfil')(round, signature)).wait()
    assert.is(await contract.getFunction('seedOf')(round), randomness)
  }
})

deploying('gives the same addresses on every chain', async ({ anvil }) => {
  const other = await startAnvil()
  try {
    const params = { feeBps: 7 }
    // One account, on a chain where it has done much and on one where it has done nothing.
    const key = anvil.deployer.privateKey
    await other.provider.send('anvil_setBalance', [anvil.deployer.address, '0x21e19e0c9bab2400000'])
    const [here, there] = [
      await deploy({ rpcUrl: anvil.rpcUrl, privateKey: key, params }),
      await deploy({ rpcUrl: other.rpcUrl, privateKey: key, params })
    ]
    assert.equal({ ...there, block: 0 }, { ...here, block: 0 })
    assert.is(here.jobs, addressesOf(anvil.deployer.address, withoutPool(here.params)).jobs)
    const different = await deploy({ signer: anvil.deployer, params: { feeBps: 8 } })
    assert.is.not(different.market, here.market)
    const byAnother = await deploy({
      signer: await anvil.newAccount(10n ** 19n),
      params: { ...params, steward: here.params.steward ?? '' }
    })
    assert.is.not(byAnother.market, here.market)
  } finally {
    await other.stop()
  }
})

deploying('leaves alone what is there, and tells the block in which it came', async ({ anvil }) => {
  const params = { feeBps: 9 }
  const first = await deploy({ signer: anvil.deployer, params })
  const before = await anvil.provider.getTransactionCount(anvil.deployer.address)
  assert.equal(await deploy({ signer: anvil.deployer, params }), first)
  assert.is(await anvil.provider.getTransactionCount(anvil.deployer.address), before)
})

deploying('has nothing to fear of what others make through its makers', async ({ anvil }) => {
  const { market, params } = await deploy({ signer: anvil.deployer, params: { feeBps: 10 } })
  const code = await anvil.provider.getCode(market)
  const maker = new Contract(
    spawnerOf('market', anvil.deployer.address, withoutPool(params)),
    SpawnerAbi,
    anvil.deployer
  )
  // It tells nothing of a creation that fails, so an estimate would be too low.
  await (await maker.getFunction('spawn').send(FactoryBytecode, { gasLimit: 1_000_000n })).wait()
  assert.is(await anvil.provider.getCode(market), code)
  assert.is.not(await anvil.provider.getCode(getCreateAddress({ from: await maker.getAddress(), nonce: 2 })), '0x')
})

deploying('brings the deterministic deployer where there is none', async () => {
  const bare = await startAnvil()
  try {
    await bare.provider.send('anvil_setCode', ['0x4e59b44847b379578588920cA78FbF26c0B4956C', '0x'])
    const { market } = await deploy({ signer: bare.deployer })
    assert.is.not(await bare.provider.getCode(market), '0x')
  } finally {
    await bare.stop()
  }
})

deploying('refuses a cool-down that a dispute can outlast', async ({ anvil }) => {
  const cooldownSec = longestDisputeSec(DEFAULT_PARAMS)
  await rejects(deploy({ signer: anvil.deployer, params: { cooldownSec } }), 'DEPLOY_BAD_PARAMS')
})

deploying('refuses a stake that cannot be struck in quarters', async ({ anvil }) => {
  await rejects(deploy({ signer: anvil.deployer, params: { unitWei: 10n } }), 'DEPLOY_BAD_PARAMS')
})

deploying('refuses a fee over a tenth', async ({ anvil }) => {
  await rejects(deploy({ signer: anvil.deployer, params: { feeBps: 1_001 } }), 'DEPLOY_BAD_PARAMS')
})

deploying('tells which creation failed', async ({ anvil }) => {
  // Only the Market's constructor looks at this one.
  const params = { maxWindowSec: 1, pool: '0x0000000000000000000000000000000000000000' }
  await rejects(deploy({ signer: anvil.deployer, params }), 'DEPLOY_FAILED')
})

deploying('stops when told to', async ({ anvil }) => {
  const reason = new Error('enough')
  const stopped = await deploy({ signer: anvil.deployer, signal: AbortSignal.abort(reason) }).catch(error => error)
  assert.is(stopped, reason)
})

deploying('outlasts an endpoint that fails while it waits', async ({ anvil }) => {
  const proxy = await startProxy(anvil.rpcUrl)
  const asksForReceipt = () => proxy.asked.filter(method => method === 'eth_getTransactionReceipt').length
  try {
    proxy.set('cut', 'eth_getTransactionReceipt')
    const params = { feeBps: 11 }
    const going = deploy({ rpcUrl: proxy.url, privateKey: anvil.deployer.privateKey, params })
    await until(() => asksForReceipt() >= 2)
    proxy.set('pass')
    assert.is.not(await anvil.provider.getCode((await going).market), '0x')
  } finally {
    await proxy.stop()
  }
})

deploying('can be stopped while a request is under way, and nothing of it comes later', async ({ anvil }) => {
  const proxy = await startProxy(anvil.rpcUrl)
  try {
    proxy.set('hang', 'eth_getTransactionReceipt')
    const stopping = new AbortController()
    const { privateKey } = anvil.deployer
    const going = deploy({ rpcUrl: proxy.url, privateKey, params: { feeBps: 12 }, signal: stopping.signal })
    await until(() => proxy.asked.includes('eth_getTransactionReceipt'))
    stopping.abort(new Error('enough'))
    await proxy.stop()
    const stopped = await going.catch(error => error)
    assert.is(stopped.message, 'enough')
    // A rejection that nobody looks at would end this process.
    await delay(100)
  } finally {
    await proxy.stop()
  }
})

deploying('needs a provider', async () => {
  const failed = await deploy({ signer: new Wallet(Wallet.createRandom().privateKey) }).catch(error => error)
  assert.instance(failed, TypeError)
})

/** The parameters as they were given: the pool of a deployment of its own is a result of them. */
function withoutPool({ pool, ...params }: Deployment['params']): Deployment['params'] {
  return params
}

deploying.run()
