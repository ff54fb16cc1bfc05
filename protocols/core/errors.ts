/**
 * The one error of the system: a stable code for programs, a message for people.
 * Every step extends it with its own union of codes; messages may change, codes may not.
 */

/** Facts about a failure that a program may read: small, free of secrets, JSON-safe but for bigint. */
export type ErrorDetails = Readonly<Record<string, unknown>>

/** What an error is made of beside its message. */
export interface LilyErrorInit {
  readonly details?: ErrorDetails
  readonly cause?: unknown
}

/**
 * A failure with a stable UPPER_SNAKE `code`.
 *
 * @example throw new LilyError('WALLET_NO_FUNDS', 'account 0xab.. holds 0 wei, the deal needs 10: deposit first')
 */
export class LilyError<Code extends string = string> extends Error {
  override readonly name: string = 'LilyError'
  readonly code: Code
  readonly details: ErrorDetails

  constructor(code: Code, message: string, init: LilyErrorInit = {}) {
    super(message, init.cause === undefined ? {} : { cause: init.cause })
    this.code = code
    this.details = init.details ?? {}
  }
}

/** Narrows to a {@link LilyError}, and to one code where a code is given. */
export function isLilyError<Code extends string>(error: unknown, code?: Code): error is LilyError<Code> {
  return error instanceof LilyError && (code === undefined || error.code === code)
}
