/**
 * How old a job is for the rule. The block that an offer refers to proves that it is no older; nothing that it says proves
 * that it is not younger. So age counts from there only for what was heard in time (docs/decisions/0013).
 */
import { OFFER_LATE_STEP_BLOCKS, OFFER_MAX_LAG_BLOCKS } from '../params.ts'

/**
 * The block from which an offer's age counts, heard when the head was `head`: undefined is from its `refBlock`.
 *
 * @param isCatchingUp whether this node has just joined, and so could not have heard it in time
 */
export function ageFromOf(refBlock: number, head: number, isCatchingUp: boolean): number | undefined {
  if (isCatchingUp || head - refBlock <= OFFER_MAX_LAG_BLOCKS) return undefined
  // In steps, so that nodes that hear it within seconds of one another agree.
  return Math.ceil(head / OFFER_LATE_STEP_BLOCKS) * OFFER_LATE_STEP_BLOCKS
}
