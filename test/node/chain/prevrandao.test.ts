// Header proofs: what the beacon is given must hash to the block's hash, on our chain and on headers of other forks.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeHeader, prevrandaoProof } from '../../../node/chain/prevrandao.ts'
import { Rpc } from '../../../node/chain/rpc.ts'
import { fromHex, toHex } from '../../../protocols/core/bytes.ts'
import { keccak256 } from '../../../protocols/core/hash.ts'
import { type Anvil, startAnvil } from '../../../testnet/anvil.ts'
import { throws } from '../../support.ts'
import { clock } from './support.ts'

/** Ethereum's block 0: the fields of the first fork, and the hash that everybody knows. */
const GENESIS = {
  parentHash: `0x${'00'.repeat(32)}`,
  sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  miner: `0x${'00'.repeat(20)}`,
  stateRoot: '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544',
  transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: '0x400000000',
  number: '0x0',
  gasLimit: '0x1388',
  gasUsed: '0x0',
  timestamp: '0x0',
  extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
  mixHash: `0x${'00'.repeat(32)}`,
  nonce: '0x0000000000000042',
  hash: '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3'
}

const test = suite('prevrandaoProof')
let anvil: Anvil

test.before(async () => {
  anvil = await startAnvil({ isManual: true })
})
test.after(async () => {
  await anvil.stop()
})

test('proves the blocks of a chain of our own fork, with and without transactions', async () => {
  const rpc = new Rpc({ urls: [anvil.rpcUrl], clock })
  const [from, to] = anvil.accounts
  await anvil.rpc('eth_sendTransaction', { from: from?.address, to: to?.address, value: '0x1' })
  await anvil.rpc('anvil_mine', '0x3')
  for (const number of [0, 1, 2, 3]) {
    const block = await anvil.rpc('eth_getBlockByNumber', `0x${number}`, false)
    const proof = await prevrandaoProof(rpc, BigInt(number))
    assert.ok(proof !== undefined && typeof block === 'object' && block !== null && 'hash' in block)
    assert.is(toHex(keccak256(fromHex(proof))), block.hash)
  }
})

test('has no proof of a block that is not there yet', async () => {
  const rpc = new Rpc({ urls: [anvil.rpcUrl], clock })
  assert.is(await prevrandaoProof(rpc, 1_000_000n), undefined)
})

test('has no proof of a block that the chain has forgotten', async () => {
  const at = (latest: number) => ({
    batch: async () => [{ result: `0x${latest.toString(16)}` }, { result: GENESIS }]
  })
  assert.ok(await prevrandaoProof(at(8_191), 0n))
  assert.is(await prevrandaoProof(at(8_192), 0n), undefined)
})

test.run()

// ---

const headers = suite('encodeHeader')

headers('encodes a header of the first fork, which has none of the later fields', () => {
  assert.is(toHex(keccak256(fromHex(encodeHeader(GENESIS)))), GENESIS.hash)
})

headers('refuses a header with a field too many, too few or changed', () => {
  throws(() => encodeHeader({ ...GENESIS, baseFeePerGas: '0x1' }), 'CHAIN_UNKNOWN_HEADER')
  throws(() => encodeHeader({ ...GENESIS, mixHash: undefined }), 'CHAIN_UNKNOWN_HEADER')
  throws(() => encodeHeader({ ...GENESIS, gasLimit: '0x1389' }), 'CHAIN_UNKNOWN_HEADER')
})

headers.run()
