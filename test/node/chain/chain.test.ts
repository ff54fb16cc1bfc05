// The chain adapter over a real anvil: the port's compliance suite, and what start refuses.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isLilyError } from '../../../protocols/core/errors.ts'
import { chainCompliance } from '../../compliance/chain.ts'
import { freePort, rejects } from '../../support.ts'
import { startProxy } from './proxy.ts'
import { bytes32, chainOf, clock, signerOf, startTestChain, type TestChain } from './support.ts'

chainCompliance('anvil', async () => {
  const dev = await startTestChain()
  return {
    party: index => ({ chain: chainOf(dev, index + 1), signer: signerOf(dev.anvil, index + 1) }),
    mine: (blocks, passSec) => dev.mine(blocks, passSec),
    stop: () => dev.anvil.stop()
  }
})

// ---

const test = suite('createChain')
let dev: TestChain

test.before(async () => {
  dev = await startTestChain()
})
test.after(async () => {
  await dev.anvil.stop()
})

test('does not start where its contracts are not', async () => {
  const chain = chainOf(dev, 1, { deployment: { ...dev.deployment, court: `0x${bytes32(5).slice(-40)}` } })
  const error = await rejects(chain.start(), 'CHAIN_NO_CONTRACTS')
  assert.ok(isLilyError(error))
  assert.match(error.message, 'court')
  assert.not.match(error.message, 'market')
  await chain.stop()
})

test('does not start on another chain', async () => {
  const chain = chainOf(dev, 1, { deployment: { ...dev.deployment, chainId: 1n } })
  await rejects(chain.start(), 'CHAIN_WRONG_ID')
  await chain.stop()
})

test('does not start where nobody answers', async () => {
  const leaping = { ...clock, sleep: async () => {} }
  const chain = chainOf(dev, 1, { rpcUrls: [`http://127.0.0.1:${await freePort()}`], clock: leaping })
  await rejects(chain.start(), 'CHAIN_UNREACHABLE')
  await chain.stop()
})

test('starts when the chain is back after a start that failed, and again after a stop', async () => {
  const proxy = await startProxy(dev.anvil.rpcUrl)
  const chain = chainOf(dev, 1, { rpcUrls: [proxy.url], clock: { ...clock, sleep: async () => await clock.sleep(1) } })
  proxy.set('cut')
  await rejects(chain.start(), 'CHAIN_UNREACHABLE')
  proxy.set('pass')
  await chain.start()
  await chain.stop()
  await chain.stop()
  await dev.mine()
  await chain.start()
  assert.is(chain.head().number, Number(await dev.anvil.rpc('eth_blockNumber')))
  await chain.stop()
  await proxy.stop()
})

test.run()
