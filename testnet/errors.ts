/** What can go wrong with a testnet as a whole; what goes wrong inside a node has that node's own codes. */
import { LilyError } from '../protocols/core/errors.ts'

/** Codes of the testnet. */
export type TestnetErrorCode =
  /** a home has one testnet, and it lives */
  | 'TESTNET_ALREADY_UP'
  | 'TESTNET_NOT_UP'
  | 'TESTNET_STATE_UNREADABLE'
  /** anvil could not be started, or ended by itself */
  | 'TESTNET_CHAIN_DIED'
  /** a node ended before it was ready */
  | 'TESTNET_NODE_DIED'
  /** not everything found each other in time */
  | 'TESTNET_NOT_READY'
  /** a process could not be killed */
  | 'TESTNET_STILL_RUNNING'

/** A testnet that could not be brought up, looked at or taken down. */
export class TestnetError extends LilyError<TestnetErrorCode> {
  override readonly name = 'TestnetError'
}
