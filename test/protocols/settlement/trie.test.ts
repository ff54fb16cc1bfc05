// The trie of a block's receipts: known roots, every item provable, nothing else.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../../protocols/core/bytes.ts'
import { itemOf, proveItem, trieOf } from '../../../protocols/settlement/trie.ts'
import { testSeed, throws } from '../../support.ts'

const trie = suite('trie')

trie('has the root that Ethereum gives an empty list', () => {
  assert.is(trieOf([]).root, '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')
})

const items = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 300 })

trie('proves every item of a list', () => {
  fc.assert(
    fc.property(items, values => {
      const built = trieOf(values)
      for (const [index, value] of values.entries())
        assert.is(toHex(itemOf(built.root, index, proveItem(built, index))), toHex(value))
    }),
    { seed: testSeed(), numRuns: 40 }
  )
})

trie('proves nothing that is not there', () => {
  const built = trieOf(Array.from({ length: 20 }, (_, i) => new Uint8Array(40).fill(i + 1)))
  throws(() => proveItem(built, 20), 'TRIE_BAD_PROOF')
  throws(() => itemOf(built.root, 4, proveItem(built, 3)), 'TRIE_BAD_PROOF')
})

trie('refuses a proof with a changed or a missing node', () => {
  fc.assert(
    fc.property(items, fc.nat(), fc.nat(), (values, pick, bit) => {
      const built = trieOf(values)
      const index = pick % values.length
      const proof = proveItem(built, index)
      const at = bit % proof.length
      const changed = proof.map((node, i) => (i === at ? node.map((byte, j) => (j === 0 ? byte ^ 1 : byte)) : node))
      throws(() => itemOf(built.root, index, changed), 'TRIE_BAD_PROOF')
      throws(() => itemOf(built.root, index, proof.toSpliced(at, 1)), 'TRIE_BAD_PROOF')
    }),
    { seed: testSeed(), numRuns: 60 }
  )
})

trie.run()
