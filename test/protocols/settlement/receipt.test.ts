// A receipt that the light client saved on a local chain (test/vectors/receipt.json): what it proves, and that nothing in it can be
// changed without being found out.
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isLilyError } from '../../../protocols/core/errors.ts'
import { resultDigest } from '../../../protocols/result/result.ts'
import { lastBlockOf, parseReceipt, type Receipt, verifyReceipt } from '../../../protocols/settlement/receipt.ts'
import { throws } from '../../support.ts'

const receipts = suite('receipt')

const text = await readFile(new URL('../../vectors/receipt.json', import.meta.url), 'utf8')
const good = parseReceipt(text)
const trusted = {
  chainId: BigInt(good.chainId),
  market: good.market,
  court: good.court,
  blockHash: lastBlockOf(good).hash
}

receipts('proves deal, verdict, result, votes and payouts', () => {
  const proven = verifyReceipt(good, trusted)
  assert.is(proven.status, 'settled')
  assert.is(proven.verdict, 'correct')
  assert.is(proven.holder, proven.deal.creator)
  assert.is(proven.votes.length, 3)
  assert.ok(proven.votes.every(({ isForResult }) => isForResult))
  assert.match(proven.resultCid ?? '', /^bafybei/)
  assert.equal(
    proven.payments.map(({ payee }) => payee),
    ['mediator', 'mediator', 'mediator', 'challenger', 'provider', 'pool']
  )
  assert.is(
    proven.payments
      .filter(({ payee }) => payee === 'mediator')
      .every(({ amountWei }) => amountWei === proven.deal.seatFee),
    true
  )
  assert.ok(proven.result !== undefined && resultDigest(proven.result).length === 66)
})

receipts('is nothing without a block that is trusted', () => {
  throws(() => verifyReceipt(good, { ...trusted, blockHash: `0x${'11'.repeat(32)}` }), 'RECEIPT_UNTRUSTED_BLOCK')
})

/** Each receipt here is one that a liar would like to show. */
const forgeries: Readonly<Record<string, (receipt: Receipt) => Receipt>> = {
  'another chain': receipt => ({ ...receipt, chainId: '1' }),
  'another market': receipt => ({ ...receipt, market: `0x${'11'.repeat(20)}` }),
  'another court': receipt => ({ ...receipt, court: `0x${'11'.repeat(20)}` }),
  'a header left out': receipt => ({ ...receipt, headers: receipt.headers.toSpliced(1, 1) }),
  'a transaction counted twice': receipt => ({ ...receipt, proofs: [...receipt.proofs, ...receipt.proofs.slice(-1)] }),
  'the commitment left out': receipt => ({ ...receipt, proofs: receipt.proofs.slice(1) }),
  'the end left out': receipt => ({ ...receipt, proofs: receipt.proofs.slice(0, -1) }),
  'a proof without its root': receipt => ({
    ...receipt,
    proofs: receipt.proofs.map((proof, i) => (i === 0 ? { ...proof, nodes: proof.nodes.slice(1) } : proof))
  }),
  'no signature': receipt => ({ ...receipt, signature: '0x' })
}

for (const [what, forge] of Object.entries(forgeries))
  receipts(`refuses ${what}`, () => {
    try {
      verifyReceipt(forge(good), trusted)
    } catch (error) {
      assert.ok(isLilyError(error), String(error))
      return
    }
    assert.unreachable('it was believed')
  })

receipts('that somebody else signs has another holder', () => {
  const changed = verifyReceipt({ ...good, result: null }, trusted)
  assert.is.not(changed.holder, changed.deal.creator)
  assert.is(changed.resultCid, undefined)
})

for (const [what, json] of [
  ['no JSON', 'receipt'],
  ['a field too many', text.replace('{', '{"extra":1,')],
  ['another version', text.replace('"version": 1', '"version": 2')],
  ['no headers', JSON.stringify({ ...good, headers: [] })]
] as const)
  receipts(`is not read from ${what}`, () => {
    throws(() => parseReceipt(json), 'RECEIPT_MALFORMED')
  })

receipts.run()
