/**
 * A receipt: one self-contained JSON object from which anybody can recompute, offline and from one trusted block hash, that a deal
 * was made, how it ended, what result was found, who voted for it and who was paid what. Its holder's signature says who shows it.
 */
import * as v from 'valibot'
import { type Address, isAddress, recoverAccount } from '../core/account.ts'
import { type Bytes32, fromHex, type Hex, isHex, toHex } from '../core/bytes.ts'
import { CODEC, cidOfDigest } from '../core/cid.ts'
import { codec } from '../core/codec.ts'
import { LilyError } from '../core/errors.ts'
import { keccak256 } from '../core/hash.ts'
import { utf8 } from '../core/utf8.ts'
import { DEAL, type Deal, type DealId } from '../deal/deal.ts'
import { dealId } from '../deal/typed-data.ts'
import { KNOWN_RESULT, type Result, resultDigest } from '../result/result.ts'
import { type DealFact, factOf, headerFields, logsOf } from './logs.ts'
import { itemOf } from './trie.ts'

/** Blocks from the deal's commitment to its end that a receipt can span. */
export const MAX_HEADERS = 8_192

/** Longest receipt that is read, in characters. */
export const MAX_RECEIPT_CHARS = 32 * 1024 * 1024

/** A deal and an opened result as a receipt holds them: canonical dag-cbor, in hex. */
export const RECEIPT_DEAL = codec('deal', DEAL, 2048)
export const RECEIPT_RESULT = codec('opened result', KNOWN_RESULT, 1024)

const hexText = v.custom<Hex>(value => isHex(value), 'hex')
const account = v.custom<Address>(isAddress, 'an account')
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const RECEIPT = v.strictObject({
  kind: v.literal('lilynode receipt'),
  version: v.literal(1),
  chainId: v.pipe(v.string(), v.regex(/^[1-9]\d{0,19}$/)),
  market: account,
  court: account,
  deal: hexText,
  /** Empty where the result was never opened to the holder. */
  result: v.nullable(hexText),
  /** Consecutive headers in RLP, from the deal's commitment to its end. */
  headers: v.pipe(v.array(hexText), v.minLength(1), v.maxLength(MAX_HEADERS)),
  /** Transactions' receipts: by place in `headers`, by place in the block, with the way through the block's trie. */
  proofs: v.pipe(
    v.array(v.strictObject({ header: count, index: count, nodes: v.pipe(v.array(hexText), v.maxLength(64)) })),
    v.maxLength(256)
  ),
  signature: hexText
})

/** @see the head of this file */
export type Receipt = v.InferOutput<typeof RECEIPT>

/** What a receipt proves, given that its last block is the chain's. */
export interface ProvenDeal {
  readonly id: DealId
  readonly deal: Deal
  /** Who signed the receipt. */
  readonly holder: Address
  readonly block: { readonly number: number; readonly hash: Bytes32; readonly timestampSec: number }
  readonly status: 'settled' | 'slashed' | 'refunded' | 'cancelled' | 'void'
  /** The Court's, where there was a dispute. */
  readonly verdict: string | undefined
  /** The result whose digest the chain names; undefined where it names none, or the receipt does not hold it. */
  readonly resultCid: string | undefined
  readonly result: Result | undefined
  readonly votes: readonly { readonly member: Address; readonly round: number; readonly isForResult: boolean }[]
  readonly payments: readonly { readonly account: Address; readonly payee: string; readonly amountWei: bigint }[]
}

/** What a verifier must know from elsewhere: anybody can deploy contracts that say what a liar wants said. */
export interface Trusted {
  readonly chainId: bigint
  readonly market: Address
  readonly court: Address
  /** Hash of the receipt's last block. */
  readonly blockHash: Bytes32
}

/** Codes of receipts. */
export type ReceiptErrorCode =
  | 'RECEIPT_MALFORMED'
  | 'RECEIPT_UNTRUSTED_BLOCK'
  | 'RECEIPT_UNTRUSTED_MARKET'
  | 'RECEIPT_NOT_PROVEN'

/** A receipt from its JSON. @throws RECEIPT_MALFORMED */
export function parseReceipt(text: string): Receipt {
  if (text.length > MAX_RECEIPT_CHARS) throw malformed('it is too long')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw malformed('it is not JSON', cause)
  }
  const parsed = v.safeParse(RECEIPT, json)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw malformed(`"${v.getDotPath(issue) ?? '(all of it)'}": ${issue.message}`)
}

/** What the holder signs: Keccak-256 of the receipt's JSON without its signature, fields in their order. */
export function receiptDigest({ signature: _, ...body }: Receipt): Bytes32 {
  const { kind, version, chainId, market, court, deal, result, headers, proofs } = body
  const ways = proofs.map(({ header, index, nodes }) => ({ header, index, nodes }))
  const ordered = { kind, version, chainId, market, court, deal, result, headers, proofs: ways }
  return toHex(keccak256(utf8(JSON.stringify(ordered))))
}

/** The hash of the block in which the deal ended: the one thing that a verifier has to know from elsewhere. */
export function lastBlockOf(receipt: Receipt): ProvenDeal['block'] {
  const header = fromHex(receipt.headers.at(-1) ?? '0x')
  const { number, timestampSec } = headerFields(header)
  return { number, timestampSec, hash: toHex(keccak256(header)) }
}

/**
 * Recomputes everything.
 *
 * @throws RECEIPT_UNTRUSTED_BLOCK, RECEIPT_UNTRUSTED_MARKET when it is of another block or deployment, RECEIPT_NOT_PROVEN, RECEIPT_BAD_CHAIN_DATA, TRIE_BAD_PROOF,
 *   RLP_MALFORMED, CODEC_*
 */
export function verifyReceipt(receipt: Receipt, trusted: Trusted): ProvenDeal {
  const block = lastBlockOf(receipt)
  if (block.hash !== trusted.blockHash) {
    const message = `the receipt ends with block ${block.number}, ${block.hash}; trusted is ${trusted.blockHash}`
    throw new LilyError<ReceiptErrorCode>('RECEIPT_UNTRUSTED_BLOCK', message)
  }
  const { chainId, market, court } = trusted
  if (BigInt(receipt.chainId) !== chainId || receipt.market !== market || receipt.court !== court) {
    const message = `the receipt is of market ${receipt.market} on chain ${receipt.chainId}, not of ${market} on ${chainId}`
    throw new LilyError<ReceiptErrorCode>('RECEIPT_UNTRUSTED_MARKET', message)
  }
  const headers = linkedHeaders(receipt)
  const deal = RECEIPT_DEAL.decode(fromHex(receipt.deal))
  const id = dealId({ chainId, market }, deal)
  const facts = provenFacts(receipt, headers, id)
  const committed = facts.find(fact => fact.kind === 'committed')
  if (committed === undefined) throw notProven('that the deal was committed')
  if (committed.provider !== deal.provider || committed.creator !== deal.creator) throw notProven('who the parties are')
  const holder = recoverAccount(receiptDigest(receipt), fromHex(receipt.signature))
  if (holder === undefined) throw notProven('who signed it')
  const end = facts.find(fact => fact.kind in STATUS)
  if (end === undefined) throw notProven('that the deal has ended')
  const found = 'digest' in end ? end.digest : undefined
  const opened = receipt.result === null ? undefined : RECEIPT_RESULT.decode(fromHex(receipt.result))
  const isNamed = opened !== undefined && end.kind === 'settled' && resultDigest(opened.result) === found
  return {
    id,
    deal,
    holder,
    block,
    status: STATUS[end.kind as keyof typeof STATUS],
    verdict: facts.find(fact => fact.kind === 'ruled')?.verdict,
    resultCid: isNamed ? cidOfDigest(CODEC.dagPb, opened.result.root).toString() : undefined,
    result: isNamed ? opened.result : undefined,
    votes: facts
      .filter(fact => fact.kind === 'revealed')
      .map(({ member, round, digest }) => ({ member, round, isForResult: digest === found })),
    payments: facts
      .filter(fact => fact.kind === 'paid')
      .map(({ account: paid, payee, amountWei }) => ({ account: paid, payee, amountWei }))
  }
}

const STATUS = {
  settled: 'settled',
  slashed: 'slashed',
  refunded: 'refunded',
  cancelled: 'cancelled',
  voided: 'void'
} as const

/** The headers, each the parent of the next. */
function linkedHeaders({ headers }: Receipt) {
  const fields = headers.map(header => ({ ...headerFields(fromHex(header)), hash: toHex(keccak256(fromHex(header))) }))
  fields.forEach(({ parentHash }, i) => {
    if (i > 0 && fields[i - 1]?.hash !== parentHash) throw notProven('that its blocks follow each other')
  })
  return fields
}

function provenFacts(
  { proofs, market, court }: Receipt,
  headers: ReturnType<typeof linkedHeaders>,
  id: DealId
): DealFact[] {
  const seen = new Set<string>()
  return proofs.flatMap(({ header, index, nodes }) => {
    const fields = headers[header]
    if (fields === undefined) throw notProven(`anything of block ${header}`)
    // A transaction that is shown twice would pay twice.
    if (seen.has(`${header}/${index}`)) throw notProven('that each transaction counts once')
    seen.add(`${header}/${index}`)
    const logs = logsOf(itemOf(fields.receiptsRoot, index, nodes.map(fromHex)))
    return logs.map(log => factOf(log, id, { market, court })).filter(fact => fact !== undefined)
  })
}

function malformed(reason: string, cause?: unknown): LilyError<ReceiptErrorCode> {
  return new LilyError('RECEIPT_MALFORMED', `this is no receipt: ${reason}`, { cause })
}

function notProven(what: string): LilyError<ReceiptErrorCode> {
  return new LilyError('RECEIPT_NOT_PROVEN', `the receipt does not prove ${what}`)
}
