/** How a run can end, and which endings can be compared between machines (runners.md 1). */
import { COMPARABLE_STATUSES, type ComparableStatus } from '../result/result.ts'

/** Endings that depend on the machine: never signed, never a reason to slash. */
export const LOCAL_STATUSES = ['oom', 'timeout', 'cancelled', 'host-fault'] as const

/** Every ending. */
export type RunStatus = ComparableStatus | (typeof LOCAL_STATUSES)[number]

/** Whether an honest machine elsewhere would have ended alike. */
export function isComparable(status: RunStatus): status is ComparableStatus {
  return COMPARABLE_STATUSES.some(comparable => comparable === status)
}
