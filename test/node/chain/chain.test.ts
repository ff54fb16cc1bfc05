// The chain adapter over a real anvil: the port's compliance suite, and what start refuses.
import { chainCompliance } from '../../compliance/chain.ts'
import { chainOf, signerOf, startTestChain } from './support.ts'

chainCompliance('anvil', async () => {
  const test = await startTestChain()
  return {
    party: index => ({ chain: chainOf(test, index + 1), signer: signerOf(test.anvil, index + 1) }),
    mine: (blocks, passSec) => test.mine(blocks, passSec),
    stop: () => test.anvil.stop()
  }
})
