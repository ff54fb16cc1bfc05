/** Errors for whoever sits at the terminal: one line with a stable code, a hint where there is one, and never a stack. */
import { CommanderError } from 'commander'
import { isLilyError, LilyError } from '../protocols/core/errors.ts'
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts'

/** A failure as it is told: `{type: 'error', ...}` with --json. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly exitCode: number
}

/** What to try, by error code; only where the message does not say it already. */
const HINTS: Readonly<Record<string, string>> = {
  API_NOT_RUNNING: 'start a node with `lilynode start`',
  CHAIN_NO_FUNDS: 'see `lilynode wallet balance`; on a local network `lilynode wallet faucet` gives coins',
  CHAIN_UNREACHABLE: 'is the network up? see `lilynode testnet status`',
  CHAIN_NO_CONTRACTS: 'the chain was started anew, or the network profile is of another one',
  JOB_NO_PROVIDER: 'see `lilynode offers ls`; a higher --max-price or a longer --wait may help',
  JOB_NO_ROLE: 'start it with --role jc too',
  KEY_PASSWORD_WRONG: 'give it with LILYNODE_PASSWORD or --password-file',
  WALLET_NO_FUNDS: 'see `lilynode wallet balance`; on a local network `lilynode wallet faucet` gives coins'
}

/** An error of the command line. */
export function usageError(message: string): LilyError<'USAGE'> {
  return new LilyError('USAGE', message)
}

/** What is to be said of an error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) {
    const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
    return withHint('USAGE', message, suggestion?.replace(/^\(|\)$/g, '') || 'see `lilynode help`')
  }
  if (isLilyError(error) && error.code !== 'INTERNAL') return withHint(error.code, firstLine(error.message))
  const message = error instanceof Error ? firstLine(error.message) : String(error)
  return withHint('INTERNAL', message, 'set LILYNODE_DEBUG=1 to see where, and please report it')
}

/** A failure that a node has reported, as it is to be told here. */
export function tellable({ code, message }: { readonly code: string; readonly message: string }): Failure {
  return withHint(code, firstLine(message))
}

/** The exit code that stands for being stopped by a signal; that nobody reads any more is as good as done. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  if (signal === 'SIGPIPE') return EXIT_CODES.ok.code
  return signal === 'SIGINT' ? EXIT_CODES.interrupted.code : EXIT_CODES.terminated.code
}

function withHint(code: string, message: string, hint = HINTS[code]): Failure {
  const exitCode = exitCodeOf(code)
  return hint === undefined ? { code, message, exitCode } : { code, message, hint, exitCode }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() || 'unknown error'
}
