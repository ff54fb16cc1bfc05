// Whether a deployment is this build's: every contract, with its immutable values where the chain tells them.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deploy } from '../../../contracts/deploy.ts'
import { checkCode, isSameBeside } from '../../../node/chain/bytecode.ts'
import { quicknet } from '../../../node/chain/drand-scheme.ts'
import { Rpc } from '../../../node/chain/rpc.ts'
import type { Deployment } from '../../../node/market/ports.ts'
import { type Address, parseAddress } from '../../../protocols/core/account.ts'
import { fromHex } from '../../../protocols/core/bytes.ts'
import { clock, startTestChain, type TestChain } from './support.ts'

const EMPTY: Address = `0x${'ee'.repeat(20)}`
const DRAND = { ...quicknet(), marginSec: 12, lateAfterSec: 3_600, urls: [] }

const code = suite('checkCode')
let chain: TestChain

code.before(async () => {
  chain = await startTestChain()
})
code.after(() => chain.anvil.stop())

/** States by contract name. */
async function states(deployment: Deployment, drand?: typeof DRAND) {
  const rpc = new Rpc({ urls: [chain.anvil.rpcUrl], clock })
  const found = await checkCode({ rpc, deployment, drand })
  return Object.fromEntries(found.map(({ name, state }) => [name, state]))
}

code('knows its own build, with the values that the constructors were given', async () => {
  assert.equal(await states(chain.deployment), {
    Market: 'same',
    Court: 'same',
    PrevrandaoBeacon: 'same-but-values',
    ModuleRegistry: 'same',
    VerificationPool: 'same',
    OnchainJobs: 'same'
  })
})

code('finds one byte that is another, be it an immutable value', async () => {
  const { anvil, deployment } = chain
  const whole = String(await anvil.rpc('eth_getCode', deployment.court, 'latest'))
  // The Court's cool-down stands in its code as a value: make it shorter.
  const cooldown = (60 * 24 * 3600).toString(16).padStart(64, '0')
  assert.ok(whole.includes(cooldown))
  await anvil.rpc('anvil_setCode', deployment.court, whole.replace(cooldown, '1'.padStart(64, '0')))
  assert.is((await states(deployment)).Court, 'other')
  await anvil.rpc('anvil_setCode', deployment.court, whole)
  assert.is((await states(deployment)).Court, 'same')
})

code('says what is not there', async () => {
  assert.equal(await states({ ...chain.deployment, beacon: EMPTY }), { beacon: 'none' })
})

code('tells a registry that is something else', async () => {
  assert.is((await states({ ...chain.deployment, registry: chain.deployment.beacon })).ModuleRegistry, 'other')
})

code('knows a drand beacon by what it was made with', async () => {
  const { anvil } = chain
  await anvil.rpc('evm_setAutomine', true)
  const [account] = anvil.accounts
  const { urls: _, ...drand } = DRAND
  const params = { voteFactor: 1, drand }
  const made = await deploy({ rpcUrl: anvil.rpcUrl, privateKey: account?.privateKey ?? '', params })
  const deployment: Deployment = {
    chainId: BigInt(made.chainId),
    market: parseAddress(made.market),
    court: parseAddress(made.court),
    beacon: parseAddress(made.beacon),
    registry: parseAddress(made.registry),
    fromBlock: made.block
  }
  assert.is((await states(deployment, DRAND)).DrandBeacon, 'same')
  assert.is((await states(deployment, { ...DRAND, lateAfterSec: 1 })).DrandBeacon, 'other')
})

// ---

const masks = suite('isSameBeside')

const PUSHED = `7f${'00'.repeat(32)}`

masks('allows values where the build has none, and nothing else', () => {
  const built = fromHex(`0xaabb6001${PUSHED}6002`)
  const value = `7f${'12'.repeat(32)}`
  assert.is(isSameBeside(built, fromHex(`0x6001${value}6002`)), true)
  assert.is(isSameBeside(built, fromHex(`0x6001${value}6003`)), false)
  assert.is(isSameBeside(built, fromHex(`0x${'00'.repeat(100)}`)), false)
})

for (const each of [code, masks]) each.run()
