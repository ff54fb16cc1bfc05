/** By when a job's next step must come, and what anybody may do after it. Chain time: the page's own clock decides nothing. */
import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { deadlineSec } from '../../protocols/deal/state.ts'
import type { LightNode } from './node.ts'

/** A sentence, or nothing when no deadline runs. */
export async function deadlineOf(node: LightNode, id: Bytes32): Promise<string | undefined> {
  const { chain } = node.parts
  const { number, timestampSec } = chain.head()
  const record = await node.creator.job(id)
  if (record.state === 'offered')
    return `Looked for until block ${record.waitUntil}, ${record.waitUntil - number} more.`
  if (record.deal === null || record.closed !== null) return undefined
  const state = await chain.deal(record.deal.id)
  if (state.status === 'none')
    return `The provider may commit until block ${record.deal.deal.validUntil}; after it, the next one is asked.`
  const end = deadlineSec(state, record.deal.deal)
  if (end !== undefined && state.status === 'committed')
    return `The result is due in ${left(end, timestampSec)}; after it you are refunded, and compensated.`
  if (end !== undefined)
    return `Can be challenged for another ${left(end, timestampSec)}; after it the provider is paid.`
  if (state.status !== 'disputed') return undefined
  const { phase, commitEndSec, revealEndSec } = await chain.dispute(record.deal.id)
  if (phase === 'seed') return 'Waiting for the random seed that draws the committee.'
  if (phase === 'commit') return `Sealed votes are due in ${left(commitEndSec, timestampSec)}.`
  if (phase === 'reveal') return `Votes are revealed within ${left(revealEndSec, timestampSec)}.`
  return 'The votes are in and about to be counted.'
}

function left(endSec: number, nowSec: number): string {
  const seconds = Math.max(0, endSec - nowSec)
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
