/** Gathers a deal's receipt from the chain: the transactions that spoke of it, each proven against its block's header. */
import type { Address } from '../../protocols/core/account.ts'
import { fromHex, type Hex, isHex, toHex } from '../../protocols/core/bytes.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { encodeRlp, type Rlp, rlpNumber } from '../../protocols/core/rlp.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import type { KnownResult } from '../../protocols/result/result.ts'
import {
  MAX_HEADERS,
  RECEIPT_DEAL,
  RECEIPT_RESULT,
  type Receipt,
  receiptDigest
} from '../../protocols/settlement/receipt.ts'
import { proveItem, trieOf } from '../../protocols/settlement/trie.ts'
import type { AbortOptions, Deployment, Signer } from '../market/ports.ts'
import { ChainError } from './errors.ts'
import { readLogs } from './logs.ts'
import { encodeHeader } from './prevrandao.ts'
import { type Rpc, unwrap } from './rpc.ts'
import { parseFields, parseQuantity, toQuantity } from './wire.ts'

/** Headers asked for in one question. */
const BATCH = 64

/** What a receipt is made from. */
export interface ReceiptSource {
  readonly rpc: Rpc
  readonly deployment: Deployment
  /** The holder, who signs. */
  readonly signer: Pick<Signer, 'signDigest'>
}

/** A deal with what its holder knows of the result. */
export interface ReceiptSubject {
  readonly id: DealId
  readonly deal: Deal
  readonly opened: KnownResult | null
}

/**
 * The signed receipt of a deal that has ended.
 *
 * @throws RECEIPT_NOT_ENDED, RECEIPT_TOO_LONG when too many blocks lie between its start and its end, CHAIN_*
 */
export async function gatherReceipt(
  { rpc, deployment, signer }: ReceiptSource,
  { id, deal, opened }: ReceiptSubject,
  options: AbortOptions = {}
): Promise<Receipt> {
  const { chainId, market, court, fromBlock } = deployment
  const query = { address: [market, court] satisfies Address[], topics: [null, id] }
  const logs = await readLogs(rpc, query, fromBlock, 'latest', options)
  const numbers = logs.map(log => log.blockNumber)
  const [first, last] = [numbers[0], numbers.at(-1)]
  if (first === undefined || last === undefined)
    throw new LilyError('RECEIPT_NOT_ENDED', `the chain says nothing of deal ${id}`)
  if (last - first >= MAX_HEADERS)
    throw new LilyError('RECEIPT_TOO_LONG', `deal ${id} took ${last - first} blocks; a receipt spans ${MAX_HEADERS}`)
  const headers = await headersOf(rpc, first, last, options)
  const proofs: Receipt['proofs'] = []
  for (const number of new Set(numbers)) {
    const receipts = await receiptsOf(rpc, number, options)
    const trie = trieOf(receipts.map(encodeReceipt))
    for (const [index, receipt] of receipts.entries())
      if (mentions(receipt, id))
        proofs.push({ header: number - first, index, nodes: proveItem(trie, index).map(toHex) })
  }
  const unsigned: Receipt = {
    kind: 'lilynode receipt',
    version: 1,
    chainId: chainId.toString(),
    market,
    court,
    deal: toHex(RECEIPT_DEAL.encode(deal)),
    result: opened === null ? null : toHex(RECEIPT_RESULT.encode(opened)),
    headers,
    proofs,
    signature: '0x'
  }
  return { ...unsigned, signature: await signer.signDigest(receiptDigest(unsigned)) }
}

async function headersOf(rpc: Rpc, first: number, last: number, options: AbortOptions): Promise<Hex[]> {
  const headers: Hex[] = []
  for (let at = first; at <= last; at += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, last - at + 1) }, (_, i) => at + i)
    const answers = await rpc.batch(
      numbers.map(number => ({ method: 'eth_getBlockByNumber', params: [toQuantity(number), false] })),
      options
    )
    headers.push(...answers.map(answer => encodeHeader(parseFields(unwrap(answer)))))
  }
  return headers
}

type Fields = Readonly<Record<string, unknown>>

async function receiptsOf(rpc: Rpc, number: number, options: AbortOptions): Promise<Fields[]> {
  const answer = await rpc.call('eth_getBlockReceipts', [toQuantity(number)], options)
  if (!Array.isArray(answer)) throw unknownShape('eth_getBlockReceipts gave no list')
  return answer.map(parseFields)
}

/** A receipt as the block's trie holds it (EIP-658, EIP-2718). */
function encodeReceipt(receipt: Fields): Uint8Array {
  const body: Rlp = [
    rlpNumber(BigInt(parseQuantity(receipt.status))),
    rlpNumber(BigInt(parseQuantity(receipt.cumulativeGasUsed))),
    bytesOf(receipt.logsBloom),
    logsIn(receipt).map(log => [bytesOf(log.address), topicsOf(log).map(bytesOf), bytesOf(log.data)])
  ]
  const type = parseQuantity(receipt.type ?? '0x0')
  return type === 0 ? encodeRlp(body) : Uint8Array.of(type, ...encodeRlp(body))
}

function mentions(receipt: Fields, id: DealId): boolean {
  return logsIn(receipt).some(log => topicsOf(log)[1] === id)
}

function logsIn({ logs }: Fields): Fields[] {
  if (!Array.isArray(logs)) throw unknownShape('a receipt has no logs')
  return logs.map(parseFields)
}

function topicsOf({ topics }: Fields): unknown[] {
  if (!Array.isArray(topics)) throw unknownShape('a log has no topics')
  return topics
}

function bytesOf(value: unknown): Uint8Array {
  if (isHex(value)) return fromHex(value)
  throw unknownShape('a receipt has a field that is no hex')
}

function unknownShape(message: string): ChainError {
  return new ChainError('CHAIN_RPC_ERROR', message)
}
