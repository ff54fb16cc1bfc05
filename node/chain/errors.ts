/** What can go wrong between this node and its chain. */
import { LilyError } from '../../protocols/core/errors.ts'

/** Stable codes of the chain adapter. */
export type ChainErrorCode =
  /** no RPC endpoint answered within the patience of the call */
  | 'CHAIN_UNREACHABLE'
  /** the endpoints serve another chain than the deployment is on */
  | 'CHAIN_WRONG_ID'
  /** the endpoint refused a request; `details.reason` is what it said, `details.data` what it added */
  | 'CHAIN_RPC_ERROR'
  /** there is no code where the deployment says that its contracts are */
  | 'CHAIN_NO_CONTRACTS'
  /** a contract refused a call; `details.error` is its error's name, `details.args` the values it carries */
  | 'CHAIN_REVERTED'
  /** the account cannot pay for a transaction's value and gas */
  | 'CHAIN_NO_FUNDS'
  /** somebody else sends transactions with this node's key */
  | 'CHAIN_KEY_IN_USE'
  /** the chain changed more blocks than are remembered */
  | 'CHAIN_REORG_TOO_DEEP'
  /** a block's header has a form that this version does not know */
  | 'CHAIN_UNKNOWN_HEADER'
  /** asked of a chain that was not started, or was stopped */
  | 'CHAIN_NOT_STARTED'

/** A failure of the chain adapter. */
export class ChainError extends LilyError<ChainErrorCode> {
  override readonly name = 'ChainError'
}
