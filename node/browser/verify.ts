/**
 * "Verify this yourself": runs a job again in this page and compares, step by step, with what the provider committed to and
 * what the chain says. Nobody is asked; every input of a step is fetched by its CID or read from the contracts.
 */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { isLilyError, LilyError } from '../../protocols/core/errors.ts'
import { dealId as idOfDeal } from '../../protocols/deal/typed-data.ts'
import { resultCommitment, resultDigest } from '../../protocols/result/result.ts'
import { domainOf } from '../market/components.ts'
import { resultOf, rootOf } from '../market/result.ts'
import { jobCid } from '../market/run.ts'
import { delay } from '../peer/delay.ts'
import type { LightNode } from './node.ts'

/** One check and what it found. */
export interface Check {
  readonly what: string
  readonly isGood: boolean
  readonly detail: string
}

/** Runs the checks in order; each is told as soon as it is done. @throws JOB_UNKNOWN, JOB_NO_RESULT, RUN_*, CONTENT_* */
export async function* verifyJob(node: LightNode, job: Bytes32, signal: AbortSignal): AsyncGenerator<Check> {
  const { chain } = node.parts
  const { deal: bound, opened } = await node.creator.job(job)
  if (bound === null || opened === null) throw new LilyError('JOB_NO_RESULT', 'this job has no result to verify')
  const id = idOfDeal(domainOf(chain), bound.deal)
  yield { what: 'The deal’s terms hash to its id', isGood: id === bound.id, detail: id }
  const { status } = await read(() => chain.deal(bound.id, { signal }), signal)
  yield { what: 'The chain has closed the deal', isGood: status === 'settled', detail: status }
  if (opened.salt !== null) {
    const commitment = resultCommitment(opened.result, opened.salt, bound.deal.provider)
    yield { what: 'The result is what the provider committed to, blinded', isGood: true, detail: commitment }
  }
  const dispute = await read(() => chain.dispute(bound.id, { signal }), signal)
  if (dispute.verdict !== 'none') {
    const digest = resultDigest(opened.result)
    const isSame = dispute.verdict === 'correct' && dispute.digest === digest
    yield { what: `The Court’s verdict is "${dispute.verdict}" on this digest`, isGood: isSame, detail: digest }
  }
  const loaded = await node.runs.load(jobCid(bound.deal.spec), { signal })
  const outcome = await node.runs.run(loaded, { signal })
  const again = resultOf(outcome)
  const isSame = resultDigest(again) === resultDigest(opened.result)
  yield {
    what: isSame ? 'Run again in this page: the very same result' : 'Run again in this page: ANOTHER result',
    isGood: isSame,
    detail: `${rootOf(again)}, ${again.used} gas`
  }
}

const ATTEMPTS = 4
const PAUSE_MS = 500

/** Some endpoints refuse a question that comes while they make a block. */
async function read<T>(question: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await question()
    } catch (error) {
      if (attempt === ATTEMPTS || !isLilyError(error, 'CHAIN_RPC_ERROR')) throw error
      await delay(PAUSE_MS, { signal })
    }
  }
}
