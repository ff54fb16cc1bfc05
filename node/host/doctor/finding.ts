/** What a check of a node's surroundings found. */

/** Whether all is well, something will hurt later, or the node cannot work. */
export type FindingState = 'ok' | 'warn' | 'fail'

/** One row of `lilynode doctor`. */
export interface Finding {
  /** What was looked at: a stable name for scripts. */
  readonly check: string
  readonly state: FindingState
  /** What was found. */
  readonly found: string
  /** What to do about it; present unless all is well. */
  readonly todo?: string
  /** For a failure: the code of the error that a node would end with. */
  readonly code?: string
}

/** All is well. */
export function ok(check: string, found: string): Finding {
  return { check, state: 'ok', found }
}

/** Something will hurt later. */
export function warn(check: string, found: string, todo: string): Finding {
  return { check, state: 'warn', found, todo }
}

/** The node cannot work. */
export function fail(check: string, code: string, found: string, todo: string): Finding {
  return { check, state: 'fail', found, todo, code }
}
