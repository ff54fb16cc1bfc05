/** What the node and a guest's process say to each other. Structured clones: bytes and bigints pass as they are. */
import type { RejectReason } from '../../../protocols/run/errors.ts'
import type { GuestOutcome, GuestSpec } from '../../../protocols/run/wasi/run.ts'

/** Node to process: the one job of its life. */
export interface GuestJob {
  readonly wasm: Uint8Array
  /** Whether `wasm` has been through the pass with this memory limit. */
  readonly isMetered: boolean
  readonly memoryBytes: number
  readonly spec: GuestSpec
}

/** Node to process, before its job: a module that the job may well be of. It is compiled, and nothing of it is run. */
export interface GuestHint {
  readonly expected: Uint8Array
}

/** Process to node. */
export type GuestMessage =
  /** it can take a job */
  | { readonly kind: 'ready' }
  /** the module after the pass, worth keeping; said before any of the guest's code runs */
  | { readonly kind: 'metered'; readonly wasm: Uint8Array }
  | { readonly kind: 'log'; readonly stream: 1 | 2; readonly bytes: Uint8Array }
  | { readonly kind: 'rejected'; readonly reason: RejectReason; readonly message: string }
  | { readonly kind: 'ended'; readonly outcome: GuestOutcome }
  | { readonly kind: 'failed'; readonly diagnostics: string }
