/** Finds what a shortened id means. */
import type { NodeApi } from '../node/market/api.ts'
import type { Bytes32 } from '../protocols/core/bytes.ts'
import { LilyError } from '../protocols/core/errors.ts'
import type { Context } from './context.ts'
import { isWholeId } from './values.ts'

/**
 * The job whose id, or whose deal's id, begins so.
 *
 * @throws LilyError JOB_UNKNOWN, ID_AMBIGUOUS
 */
export async function findJob(api: NodeApi, id: string, { signal }: Context): Promise<Bytes32> {
  const jobs = await api.jobs({ signal })
  const found = jobs.filter(job => job.id.startsWith(id) || job.dealId?.startsWith(id))
  return onlyOne(
    found.map(job => job.id),
    id,
    'JOB_UNKNOWN',
    `this node has no job ${id}`
  )
}

/**
 * The deal whose id begins so: any deal by its whole id, one of this node's jobs by less.
 *
 * @throws LilyError DEAL_UNKNOWN, ID_AMBIGUOUS
 */
export async function findDeal(api: NodeApi, id: string, { signal }: Context): Promise<Bytes32> {
  if (isWholeId(id)) return id
  const jobs = await api.jobs({ signal })
  const found = jobs.flatMap(job => (job.dealId?.startsWith(id) ? [job.dealId] : []))
  return onlyOne(found, id, 'DEAL_UNKNOWN', `no deal of this node begins with ${id}: give the whole id`)
}

function onlyOne(ids: readonly Bytes32[], id: string, code: string, none: string): Bytes32 {
  const [first, second] = ids
  if (first === undefined) throw new LilyError(code, none)
  if (second !== undefined) throw new LilyError('ID_AMBIGUOUS', `${id} may be ${first} or ${second}: give more digits`)
  return first
}
