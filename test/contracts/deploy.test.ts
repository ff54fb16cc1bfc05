// What a deployment refuses before it costs anything.
import { Contract, Wallet } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deploy } from '../../contracts/deploy.ts'
import { DEFAULT_PARAMS, longestDisputeSec } from '../../contracts/deploy-params.ts'
import { DrandBeaconAbi } from '../../contracts/generated/index.ts'
import { rejects } from '../support.ts'
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

deploying('needs a provider', async () => {
  const failed = await deploy({ signer: new Wallet(Wallet.createRandom().privateKey) }).catch(error => error)
  assert.instance(failed, TypeError)
})

deploying.run()
