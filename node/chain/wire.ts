/**
 * JSON-RPC answers as types: what an endpoint sends is `unknown` until it has passed here. Only the fields that the
 * adapter reads are asked for, since chains differ in the rest.
 */
import * as v from 'valibot'
import { type Bytes32, type Hex, isHex } from '../../protocols/core/bytes.ts'
import type { BlockRef } from '../market/ports.ts'
import { ChainError } from './errors.ts'

const hex = (length?: number) => v.custom<Hex>(value => isHex(value, length), 'expected lower-case hex')
const bigQuantity = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]+$/i),
  v.transform(text => BigInt(text))
)
const quantity = v.pipe(
  bigQuantity,
  v.check(value => value <= BigInt(Number.MAX_SAFE_INTEGER), 'expected a safe integer'),
  v.transform(value => Number(value))
)

const BLOCK = v.object({
  number: quantity,
  hash: hex(32),
  parentHash: hex(32),
  timestamp: quantity
})
const FEE_HISTORY = v.object({ oldestBlock: quantity, baseFeePerGas: v.array(bigQuantity) })
const LOG = v.object({
  address: v.pipe(
    v.string(),
    v.toLowerCase(),
    v.custom<Hex>(value => isHex(value, 20))
  ),
  topics: v.array(hex(32)),
  data: hex(),
  blockNumber: quantity,
  blockHash: hex(32)
})
const RECEIPT = v.object({
  transactionHash: hex(32),
  blockNumber: quantity,
  blockHash: hex(32),
  status: quantity,
  gasUsed: bigQuantity
})
const REPLY = v.object({
  id: v.number(),
  result: v.optional(v.unknown()),
  error: v.optional(v.object({ code: v.number(), message: v.string(), data: v.optional(v.unknown()) }))
})

/** A block's header, of which `parentHash` ties it to the one before. */
export interface Header extends BlockRef {
  readonly parentHash: Bytes32
}

/** One log of a contract. */
export type Log = v.InferOutput<typeof LOG>

/** What became of a transaction. */
export type Receipt = v.InferOutput<typeof RECEIPT>

/** One reply of an endpoint, matched to its request by `id`. */
export type Reply = v.InferOutput<typeof REPLY>

/** @throws CHAIN_RPC_ERROR when the value is not of the schema */
function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const reason = v.summarize(parsed.issues)
  throw new ChainError('CHAIN_RPC_ERROR', `the endpoint sent something else than was asked: ${reason}`, {
    details: { reason }
  })
}

/** A number. @throws CHAIN_RPC_ERROR when it is not one */
export const parseQuantity = (value: unknown): number => parse(quantity, value)

/** A number beyond 53 bits: wei. @throws CHAIN_RPC_ERROR when it is not one */
export const parseBigQuantity = (value: unknown): bigint => parse(bigQuantity, value)

/** Bytes. @throws CHAIN_RPC_ERROR when they are not */
export const parseHex = (value: unknown): Hex => parse(hex(), value)

/** A header, or undefined where there is no such block. @throws CHAIN_RPC_ERROR when it is neither */
export function parseHeader(value: unknown): Header | undefined {
  if (value === null || value === undefined) return undefined
  const { timestamp, ...block } = parse(BLOCK, value)
  return { ...block, timestampSec: timestamp }
}

/**
 * Of the fee history of one block: its number, and the base fee that follows from it for the next, in wei; 0 on a chain
 * without one.
 *
 * @throws CHAIN_RPC_ERROR when it is no fee history
 */
export function parseFeeHistory(value: unknown): { readonly block: number; readonly baseFeeWei: bigint } {
  const { oldestBlock, baseFeePerGas } = parse(FEE_HISTORY, value)
  return { block: oldestBlock, baseFeeWei: baseFeePerGas.at(-1) ?? 0n }
}

/** Logs. @throws CHAIN_RPC_ERROR when they are not */
export const parseLogs = (value: unknown): readonly Log[] => parse(v.array(LOG), value)

/** A receipt, or undefined while there is none. @throws CHAIN_RPC_ERROR when it is neither */
export const parseReceipt = (value: unknown): Receipt | undefined => parse(v.nullish(RECEIPT), value) ?? undefined

/** The replies of one request, single or batched. @throws CHAIN_RPC_ERROR when they are none */
export const parseReplies = (value: unknown): readonly Reply[] =>
  parse(v.array(REPLY), Array.isArray(value) ? value : [value])

/** A header with every field as text, for the beacon. @throws CHAIN_RPC_ERROR when it is not one */
export const parseFields = (value: unknown): Readonly<Record<string, unknown>> =>
  parse(v.record(v.string(), v.unknown()), value)

/** A number as JSON-RPC writes it. */
export function toQuantity(value: number | bigint): Hex {
  return `0x${value.toString(16)}`
}
