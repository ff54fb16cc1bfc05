/** Receipts in the page: made of its own jobs, and checked for anybody. Loaded when it is used. */

import { type Bytes32, isHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { lastBlockOf, type ProvenDeal, parseReceipt, verifyReceipt } from '../../protocols/settlement/receipt.ts'
import { gatherReceipt } from '../chain/receipt.ts'
import type { LightNode } from './node.ts'

/** The receipt of a job of this page as the text of a file. @throws JOB_UNKNOWN, JOB_NO_DEAL, RECEIPT_*, CHAIN_* */
export async function receiptOf(node: LightNode, job: Bytes32, signal: AbortSignal): Promise<string> {
  const { deal: bound, opened } = await node.creator.job(job)
  if (bound === null) throw new LilyError('JOB_NO_DEAL', 'this job never came to a deal')
  const { chain, signer } = node.parts
  const source = { rpc: node.rpc, deployment: chain.deployment, signer }
  const receipt = await gatherReceipt(source, { id: bound.id, deal: bound.deal, opened }, { signal })
  return `${JSON.stringify(receipt, undefined, 1)}\n`
}

/**
 * Checks a receipt against the hash that its owner trusts; without one, against the page's own chain.
 *
 * @throws RECEIPT_*, TRIE_BAD_PROOF, CHAIN_*
 */
export async function checkReceipt(node: LightNode, text: string, trusted: string): Promise<ProvenDeal> {
  const receipt = parseReceipt(text)
  const hash = trusted === '' ? await hashOf(node, lastBlockOf(receipt).number) : trusted
  if (!isHex(hash, 32)) throw new LilyError('RECEIPT_UNTRUSTED_BLOCK', 'the trusted block hash is not 32 bytes of hex')
  const { chainId, market, court } = node.parts.chain.deployment
  return verifyReceipt(receipt, { chainId, market, court, blockHash: hash })
}

async function hashOf({ rpc }: LightNode, number: number): Promise<unknown> {
  const block = await rpc.call('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
  return typeof block === 'object' && block !== null && 'hash' in block ? block.hash : undefined
}
