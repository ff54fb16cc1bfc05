/**
 * Deliveries to contracts: how a request's deal ended, told so that OnchainJobs can prove it. With a result, that is how it
 * opens and the file that the request wants; without one, what the deal gave back.
 */
import { type Bytes32, toHex, ZERO_BYTES32 } from '../../protocols/core/bytes.ts'
import type { Deal, DealId } from '../../protocols/deal/deal.ts'
import { type DealRecord, isFinal } from '../../protocols/deal/state.ts'
import { totalPriceWei } from '../../protocols/deal/totals.ts'
import { type ChainRequest, RESULT_KINDS, type RequestEnding } from '../../protocols/request/request.ts'
import { type OpenedResult, type Result, resultDigest, UNVERIFIABLE } from '../../protocols/result/result.ts'
import { payouts } from '../../protocols/settlement/payout.ts'
import type { AbortOptions, Chain, Content } from './ports.ts'
import { rootOf } from './result.ts'
import { readSmall } from './run.ts'

const NO_RESULT: Result = { root: ZERO_BYTES32, status: 0, used: 0n }

/** Most that a contract can be given. */
const MAX_FILE_BYTES = 4096

const without = (digest: Bytes32, toCreator: bigint): RequestEnding => ({
  ...{ digest, toCreator, result: NO_RESULT, salt: ZERO_BYTES32, directory: '0x', file: '0x' }
})

/**
 * The ending of a deal for whoever has not its result: a deadline that passed, or an end that is on the chain. Undefined
 * while there is none, or when only the result's holder can tell it.
 */
export async function endWithoutResult(
  chain: Chain,
  id: DealId,
  deal: Deal,
  record: DealRecord,
  options: AbortOptions
): Promise<RequestEnding | undefined> {
  if (record.status === 'committed') return without(ZERO_BYTES32, timedOutWei(deal))
  if (record.status === 'submitted') return without(ZERO_BYTES32, totalPriceWei(deal))
  if (!isFinal(record.status)) return undefined
  const { digest, toCreatorWei } = await chain.outcome(id, deal.creator, options)
  const isResult = record.status === 'settled' && digest !== ZERO_BYTES32 && digest !== UNVERIFIABLE
  return isResult ? undefined : without(digest, toCreatorWei)
}

/** The ending of a deal for its provider, whose result was not challenged or was upheld. @throws CONTENT_* */
export async function endWithResult(
  { chain, content }: { readonly chain: Chain; readonly content: Content },
  request: ChainRequest,
  id: DealId,
  deal: Deal,
  record: DealRecord,
  { result, salt }: OpenedResult,
  options: AbortOptions
): Promise<RequestEnding | undefined> {
  const digest = resultDigest(result)
  let toCreator = 0n
  if (isFinal(record.status)) {
    const outcome = await chain.outcome(id, deal.creator, options)
    if (record.status !== 'settled' || outcome.digest !== digest) return without(outcome.digest, outcome.toCreatorWei)
    toCreator = outcome.toCreatorWei
  }
  const name = { cid: undefined, 'exit-code': 'exitCode', stdout: 'stdout' }[RESULT_KINDS[request.order.kind] ?? 'cid']
  const proof =
    name === undefined
      ? { directory: '0x' as const, file: '0x' as const }
      : await proofOf(content, result, name, options)
  return { digest, toCreator, result, salt, ...proof }
}

/** The block of a result's directory and one of its files, where that is small enough for a contract. */
async function proofOf(content: Content, result: Result, name: string, options: AbortOptions) {
  const root = rootOf(result)
  const directory = toHex(await content.getBlock(root, options))
  for await (const entry of content.list(root, options)) {
    if (entry.path !== name || entry.type !== 'file' || entry.sizeBytes > MAX_FILE_BYTES) continue
    return { directory, file: toHex(await readSmall(content, entry.cid, MAX_FILE_BYTES, options)) }
  }
  return { directory, file: '0x' as const }
}

/** What a deal without a result gives back to its creator; who takes the fees makes no difference to it. */
function timedOutWei(deal: Deal): bigint {
  const { creator: account } = deal
  const fees = { pool: deal.provider, feeBps: 0, isPublicGood: false, author: deal.provider, authorBps: 0 }
  const credits = payouts(deal, { kind: 'timed-out' }, fees)
  return credits.filter(credit => credit.account === account).reduce((sum, { amountWei }) => sum + amountWei, 0n)
}
