/** What keeps a job from being run at all: refusals, as opposed to endings (`status.ts`). */
import { LilyError, type LilyErrorInit } from '../core/errors.ts'

/** Stable codes of refused jobs and unusable runners. */
export type RunErrorCode =
  /** the job breaks a rule of its runtime, and would on every machine; `details.reason` is a {@link RejectReason} */
  | 'RUN_REJECTED'
  /** this machine cannot run it now: no engine, not started, too little of something; another one might */
  | 'RUN_NOT_READY'

/** The rule that a rejected job breaks. */
export type RejectReason =
  /** the bytes are not a well-formed program or image archive */
  | 'malformed'
  /** the program uses a feature that is not deterministic, or not in the runtime's version */
  | 'feature'
  /** the program imports something that is not WASI preview 1 with its exact signature */
  | 'import'
  /** the program does not export what a command must, or exports a reserved name */
  | 'abi'
  /** the program, or what it is given, is larger in some dimension than the runtime admits */
  | 'limit'
  /** the image archive breaks the image policy: volumes, tags, several images */
  | 'image'
  /** an argument, variable, input name or limit is not acceptable */
  | 'spec'
  /** the result holds a name that has no place in a result directory */
  | 'name'

/** A job was refused, or its runner cannot serve. */
export class RunError extends LilyError<RunErrorCode> {
  override readonly name = 'RunError'
}

/** A refusal that every machine would give. */
export function rejected(reason: RejectReason, message: string, init: LilyErrorInit = {}): RunError {
  return new RunError('RUN_REJECTED', message, { ...init, details: { ...init.details, reason } })
}
