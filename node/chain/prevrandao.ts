/**
 * The proof that the PrevrandaoBeacon takes for a round: the RLP of the header of the block with the round's number. It
 * is checked against the block's hash here, because a chain may add fields to its headers that this page does not know.
 */
import { encodeRlp } from 'ethers/utils'
import { fromHex, type Hex, isHex, toHex } from '../../protocols/core/bytes.ts'
import { keccak256 } from '../../protocols/core/hash.ts'
import type { AbortOptions } from '../market/ports.ts'
import { ChainError } from './errors.ts'
import { type Rpc, unwrap } from './rpc.ts'
import { parseFields, parseQuantity, toQuantity } from './wire.ts'

/** Blocks whose hashes the chain still knows (EIP-2935). */
const PROVABLE_BLOCKS = 8_191

/** Header fields in the order of their RLP; those that stand for numbers are written without leading zeros. */
const FIELDS = [
  ['parentHash', 'bytes'],
  ['sha3Uncles', 'bytes'],
  ['miner', 'bytes'],
  ['stateRoot', 'bytes'],
  ['transactionsRoot', 'bytes'],
  ['receiptsRoot', 'bytes'],
  ['logsBloom', 'bytes'],
  ['difficulty', 'number'],
  ['number', 'number'],
  ['gasLimit', 'number'],
  ['gasUsed', 'number'],
  ['timestamp', 'number'],
  ['extraData', 'bytes'],
  ['mixHash', 'bytes'],
  ['nonce', 'bytes'],
  // London, Shanghai, Cancun, Prague and what is planned after: a header ends where its fork did.
  ['baseFeePerGas', 'number'],
  ['withdrawalsRoot', 'bytes'],
  ['blobGasUsed', 'number'],
  ['excessBlobGas', 'number'],
  ['parentBeaconBlockRoot', 'bytes'],
  ['requestsHash', 'bytes'],
  ['blockAccessListHash', 'bytes'],
  ['slotNumber', 'number']
] as const

/**
 * The proof for a round, or undefined while its block does not exist, and when it is too old to be proved.
 *
 * @throws CHAIN_UNKNOWN_HEADER when the header does not hash to the block's hash, CHAIN_UNREACHABLE
 */
export async function prevrandaoProof(
  rpc: Pick<Rpc, 'batch'>,
  round: bigint,
  options: AbortOptions = {}
): Promise<Hex | undefined> {
  const [number, block] = await rpc.batch(
    [
      { method: 'eth_blockNumber', params: [] },
      { method: 'eth_getBlockByNumber', params: [toQuantity(round), false] }
    ],
    options
  )
  const header = unwrap(block)
  if (header === null || parseQuantity(unwrap(number)) - Number(round) > PROVABLE_BLOCKS) return undefined
  return encodeHeader(parseFields(header))
}

/**
 * The RLP of a header as JSON-RPC gives it.
 *
 * @throws CHAIN_UNKNOWN_HEADER when it does not hash to the block's hash
 */
export function encodeHeader(header: Readonly<Record<string, unknown>>): Hex {
  const present = FIELDS.filter(([name]) => header[name] !== undefined && header[name] !== null)
  const encoded = encodeRlp(
    present.map(([name, kind]) => (kind === 'number' ? minimal(header[name]) : String(header[name])))
  )
  if (!isHex(encoded) || toHex(keccak256(fromHex(encoded))) !== header.hash)
    throw new ChainError(
      'CHAIN_UNKNOWN_HEADER',
      'the header of this chain has fields that this version does not know',
      {
        details: { fields: Object.keys(header) }
      }
    )
  return encoded
}

/** RLP writes numbers without leading zeros, and zero as nothing. */
function minimal(quantity: unknown): string {
  const digits = BigInt(String(quantity)).toString(16)
  if (digits === '0') return '0x'
  return `0x${digits.length % 2 === 1 ? '0' : ''}${digits}`
}
