// The canonical form as vectors: a change of any of these CIDs would set every node at odds with every other.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonicalFile, canonicalTree, NullStore } from '../../../../node/peer/content/canonical.ts'
import { utf8 } from '../../../../protocols/core/utf8.ts'
import { pattern } from '../../../compliance/content.ts'
import { rejects } from '../../../support.ts'

const MIB = 1024 * 1024
const sink = new NullStore()
const test = suite('canonical form')

test('has the known CID for few and for many files', async () => {
  const known = new Map([
    [0, 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354'],
    [3, 'bafybeiew7s3tfrzlicbgzhtmochwrlu45eqsingqgxneg5o5rurkgedhie'],
    [6_000, 'bafybeif4afpzhgw5t6s62jv2ellkhcqwgehyouv7uxhhhwea4hm7qdyqci'],
    [8_000, 'bafybeid6hebgjikshhzct7uxw3vjppcvc7xigrdnud5bvtoqsvbju3subu']
  ])
  for (const [count, cid] of known) {
    const entries = Array.from({ length: count }, (_, i) => ({ path: `f${i}`, content: utf8(String(i)) }))
    assert.is((await canonicalTree(entries, sink)).toString(), cid, `${count} files`)
    assert.is((await canonicalTree(entries.toReversed(), sink)).toString(), cid, `${count} files backwards`)
  }
})

test('cuts files at each mebibyte, however their bytes arrive', async () => {
  const bytes = pattern(3 * MIB + 5)
  async function* pieces(size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const whole = await canonicalFile(bytes, sink)
  assert.is(whole.toString(), 'bafybeib7wr7keuhzvigzcawqihms5g5ijyfyrv75pbkgkrjkmib4fasjee')
  for (const size of [65_537, MIB, 2 * MIB]) assert.ok(whole.equals(await canonicalFile(pieces(size), sink)))
})

test('is a raw leaf where a file fits one', async () => {
  assert.is((await canonicalFile(utf8('a'), sink)).code, 0x55)
  assert.is((await canonicalFile(new Uint8Array(MIB), sink)).code, 0x55)
  assert.is((await canonicalFile(new Uint8Array(MIB + 1), sink)).code, 0x70)
})

test('is stopped by its signal in the middle of a file', async () => {
  const abort = new AbortController()
  async function* endless() {
    for (;;) {
      yield new Uint8Array(MIB)
      abort.abort(Object.assign(new Error('enough'), { code: 'ENOUGH' }))
    }
  }
  await rejects(canonicalTree([{ path: 'f', content: endless() }], sink, { signal: abort.signal }), 'ENOUGH')
})

test.run()
