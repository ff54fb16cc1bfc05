// RLP beside ethers' own, and what a strict reader refuses.
import { encodeRlp as ethersRlp } from 'ethers'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../../protocols/core/bytes.ts'
import { decodeRlp, encodeRlp, type Rlp, rlpNumber } from '../../../protocols/core/rlp.ts'
import { testSeed, throws } from '../../support.ts'

const rlp = suite('rlp')

const { tree } = fc.letrec<{ tree: Rlp; leaf: Rlp; list: Rlp }>(tie => ({
  tree: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('list')),
  leaf: fc.uint8Array({ maxLength: 80 }),
  list: fc.array(tie('tree'), { maxLength: 6 })
}))

type Nested = string | Nested[]
const asHex = (value: Rlp): Nested => (value instanceof Uint8Array ? toHex(value) : value.map(asHex))

rlp('writes what ethers writes, and reads it back', () => {
  fc.assert(
    fc.property(tree, value => {
      const bytes = encodeRlp(value)
      assert.is(toHex(bytes), ethersRlp(asHex(value)))
      assert.equal(asHex(decodeRlp(bytes)), asHex(value))
    }),
    { seed: testSeed(), numRuns: 300 }
  )
})

rlp('writes numbers without leading zeros', () => {
  assert.equal(
    [0n, 1n, 255n, 256n].map(number => toHex(rlpNumber(number))),
    ['0x', '0x01', '0xff', '0x0100']
  )
})

for (const [what, bytes] of [
  ['no bytes at all', '0x'],
  ['bytes after the end', '0x0101'],
  ['a small byte spelled in two', '0x8101'],
  ['a short length spelled long', '0xb80101'],
  ['a length with a leading zero', `0xb90038${'00'.repeat(56)}`],
  ['bytes that end too early', '0x8301'],
  ['a list that ends too early', '0xc301'],
  ['an item that leaves its list', '0xc28301']
] as const)
  rlp(`refuses ${what}`, () => {
    throws(() => decodeRlp(fromHex(bytes)), 'RLP_MALFORMED')
  })

rlp('refuses a list nested without end', () => {
  const nested = Array.from({ length: 20 }).reduce<Rlp>(inner => [inner], [])
  throws(() => decodeRlp(encodeRlp(nested)), 'RLP_MALFORMED')
})

rlp.run()
