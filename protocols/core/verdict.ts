/** What a rule says of something that a peer sent. */

/** Why something was not taken: a stable code and words for a log. */
export interface Reason<Code extends string = string> {
  readonly code: Code
  readonly detail: string
}

/**
 * The three answers of a validator. `ignore` is for what may be late, early or a duplicate and costs the sender nothing;
 * `reject` is for what only a faulty sender can produce and costs it peer score.
 */
export type Verdict<T, Code extends string = string> =
  | { readonly kind: 'accept'; readonly value: T }
  | { readonly kind: 'ignore'; readonly reason: Reason<Code> }
  | { readonly kind: 'reject'; readonly reason: Reason<Code> }

/** Takes the decoded value, so that nobody decodes it twice. */
export function accept<T>(value: T): Verdict<T, never> {
  return { kind: 'accept', value }
}

/** Drops it without blame. */
export function ignore<Code extends string>(code: Code, detail: string): Verdict<never, Code> {
  return { kind: 'ignore', reason: { code, detail } }
}

/** Drops it and blames the sender. */
export function reject<Code extends string>(code: Code, detail: string): Verdict<never, Code> {
  return { kind: 'reject', reason: { code, detail } }
}
