/** What the contracts have said, read from a transaction's receipt as a header commits to it; only what a receipt of ours needs. */
import { VERDICTS } from '../committee/dispute.ts'
import type { Address } from '../core/account.ts'
import { type Bytes32, bytesUint, toHex } from '../core/bytes.ts'
import { LilyError } from '../core/errors.ts'
import { keccak256 } from '../core/hash.ts'
import { decodeRlp, type Rlp } from '../core/rlp.ts'
import { utf8 } from '../core/utf8.ts'
import { PAYEES } from './payout.ts'

/** One log of a contract. */
export interface ChainLog {
  readonly address: Address
  readonly topics: readonly Bytes32[]
  readonly data: Uint8Array
}

/** A fact about one deal. */
export type DealFact =
  | { readonly kind: 'committed'; readonly provider: Address; readonly creator: Address }
  | { readonly kind: 'settled' | 'slashed'; readonly digest: Bytes32 }
  | { readonly kind: 'refunded' | 'voided' | 'cancelled' }
  | { readonly kind: 'paid'; readonly account: Address; readonly payee: string; readonly amountWei: bigint }
  | {
      readonly kind: 'revealed'
      readonly member: Address
      readonly round: number
      readonly seat: number
      readonly digest: Bytes32
    }
  | { readonly kind: 'ruled'; readonly verdict: string; readonly digest: Bytes32 }

const topic = (signature: string): Bytes32 => toHex(keccak256(utf8(signature)))

const DEAL_TUPLE =
  '(address,address,address,uint96,uint96,uint96,uint96,uint32,uint32,uint32,uint8,uint8,uint16,bytes32,bytes32,bytes32,bytes32,uint64,uint256)'

/** Signatures of the events that count, by what they mean; a test holds them equal to the contracts' own. */
export const FACT_EVENTS = {
  committed: `Committed(bytes32,address,address,${DEAL_TUPLE})`,
  settled: 'Settled(bytes32,bytes32,uint256,uint256,uint256,uint256)',
  slashed: 'Slashed(bytes32,bytes32,uint256,uint256)',
  refunded: 'Refunded(bytes32,uint256)',
  cancelled: 'Cancelled(bytes32)',
  voided: 'Voided(bytes32)',
  paid: 'Paid(bytes32,address,uint8,uint256)',
  revealed: 'VoteRevealed(bytes32,uint8,uint8,address,bytes32)',
  ruled: 'Finalised(bytes32,uint8,bytes32)'
} as const satisfies Readonly<Record<DealFact['kind'], string>>

const TOPICS = new Map(Object.entries(FACT_EVENTS).map(([kind, signature]) => [topic(signature), kind]))

/** What a log says of a deal, or undefined. Market and Court say different things; neither is believed about the other's. */
export function factOf(
  log: ChainLog,
  deal: Bytes32,
  { market, court }: { market: Address; court: Address }
): DealFact | undefined {
  const kind = TOPICS.get(log.topics[0] ?? '0x')
  if (kind === undefined || log.topics[1] !== deal) return undefined
  const isOfCourt = kind === 'revealed' || kind === 'ruled'
  if (log.address !== (isOfCourt ? court : market)) return undefined
  switch (kind as DealFact['kind']) {
    case 'committed':
      return { kind: 'committed', provider: accountAt(log, 2), creator: accountAt(log, 3) }
    case 'settled':
      return { kind: 'settled', digest: wordAt(log, 0) }
    case 'slashed':
      return { kind: 'slashed', digest: wordAt(log, 0) }
    case 'refunded':
      return { kind: 'refunded' }
    case 'cancelled':
      return { kind: 'cancelled' }
    case 'voided':
      return { kind: 'voided' }
    case 'paid':
      return {
        kind: 'paid',
        account: accountAt(log, 2),
        payee: nameOf(PAYEES, numberAt(log, 0)),
        amountWei: BigInt(wordAt(log, 1))
      }
    case 'revealed':
      return {
        kind: 'revealed',
        member: accountAt(log, 2),
        round: numberAt(log, 0),
        seat: numberAt(log, 1),
        digest: wordAt(log, 2)
      }
    case 'ruled':
      return { kind: 'ruled', verdict: nameOf(VERDICTS, numberAt(log, 0)), digest: wordAt(log, 1) }
  }
}

/** The logs of a transaction's receipt in its consensus form (EIP-2718). @throws RECEIPT_BAD_CHAIN_DATA */
export function logsOf(receipt: Uint8Array): ChainLog[] {
  // A type byte stands before the list of all but the oldest kind.
  const list = decodeRlp((receipt[0] ?? 0) < 0xc0 ? receipt.subarray(1) : receipt)
  const logs = list instanceof Uint8Array ? undefined : list[3]
  if (logs === undefined || logs instanceof Uint8Array) throw badData()
  return logs.map(logOf)
}

function logOf(log: Rlp): ChainLog {
  const [address, topics, data] = log instanceof Uint8Array ? [] : log
  if (!(address instanceof Uint8Array) || address.length !== 20) throw badData()
  if (topics === undefined || topics instanceof Uint8Array || !(data instanceof Uint8Array)) throw badData()
  return { address: toHex(address), topics: topics.map(hexOf), data }
}

function hexOf(value: Rlp): Bytes32 {
  if (value instanceof Uint8Array && value.length === 32) return toHex(value)
  throw badData()
}

function wordAt({ data }: ChainLog, index: number): Bytes32 {
  const word = data.subarray(32 * index, 32 * index + 32)
  if (word.length !== 32) throw badData()
  return toHex(word)
}

function numberAt(log: ChainLog, index: number): number {
  return Number(BigInt(wordAt(log, index)) & 0xffn)
}

function accountAt({ topics }: ChainLog, index: number): Address {
  const word = topics[index]
  if (word === undefined) throw badData()
  return `0x${word.slice(26)}`
}

function nameOf(names: readonly string[], index: number): string {
  return names[index] ?? `number ${index}`
}

/** A field of a header, by its place in the RLP. @throws RECEIPT_BAD_CHAIN_DATA */
export function headerFields(header: Uint8Array): {
  parentHash: Bytes32
  receiptsRoot: Bytes32
  number: number
  timestampSec: number
} {
  const fields = decodeRlp(header)
  if (fields instanceof Uint8Array) throw badData()
  const [parent, , , , , receipts, , , number, , , timestamp] = fields
  if (parent === undefined || receipts === undefined) throw badData()
  if (!(number instanceof Uint8Array) || !(timestamp instanceof Uint8Array)) throw badData()
  if (number.length > 6 || timestamp.length > 6) throw badData()
  return {
    parentHash: hexOf(parent),
    receiptsRoot: hexOf(receipts),
    number: Number(bytesUint(number)),
    timestampSec: Number(bytesUint(timestamp))
  }
}

function badData(): LilyError<'RECEIPT_BAD_CHAIN_DATA'> {
  return new LilyError('RECEIPT_BAD_CHAIN_DATA', 'the receipt holds chain data that is malformed')
}
