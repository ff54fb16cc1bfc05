/** Logs of long spans: asked for whole, and in halves where an endpoint finds that too much. */
import type { AbortOptions } from '../market/ports.ts'
import type { ChainError } from './errors.ts'
import { type Rpc, unwrap } from './rpc.ts'
import { type Log, parseLogs, parseQuantity, toQuantity } from './wire.ts'

/** Blocks in one question at most: what public endpoints commonly grant. */
const SPAN_BLOCKS = 10_000

/** Which logs: as `eth_getLogs` takes it, without the blocks. */
export interface LogQuery {
  readonly address: string | readonly string[]
  readonly topics: readonly unknown[]
}

/**
 * The logs of `from`..`to` in chain order; `to` may be a tag such as `latest`.
 *
 * @throws CHAIN_RPC_ERROR when a single block is refused, CHAIN_UNREACHABLE
 */
export async function readLogs(
  rpc: Rpc,
  query: LogQuery,
  from: number,
  to: number | string,
  options: AbortOptions = {}
): Promise<readonly Log[]> {
  const last = await blockNumber(rpc, to, options)
  const logs: Log[] = []
  for (let at = from, span = SPAN_BLOCKS; at <= last; ) {
    const end = Math.min(at + span - 1, last)
    const filter = { ...query, fromBlock: toQuantity(at), toBlock: toQuantity(end) }
    const [answer] = await rpc.batch([{ method: 'eth_getLogs', params: [filter] }], options)
    if (answer !== undefined && 'error' in answer && end > at && isTooMuch(answer.error)) {
      span = Math.ceil((end - at + 1) / 2)
      continue
    }
    logs.push(...parseLogs(unwrap(answer)))
    at = end + 1
  }
  return logs
}

async function blockNumber(rpc: Rpc, block: number | string, options: AbortOptions): Promise<number> {
  if (typeof block === 'number') return block
  if (block.startsWith('0x')) return parseQuantity(block)
  return parseQuantity(await rpc.call('eth_blockNumber', [], options))
}

/** Endpoints say "too many results" in many ways; all but a few errors are worth a smaller question. */
function isTooMuch(error: ChainError): boolean {
  return error.code === 'CHAIN_RPC_ERROR' && error.details.code !== -32601
}
