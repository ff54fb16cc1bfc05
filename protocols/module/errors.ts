/** Why a module, or what a user gave it, cannot be used. */
import { LilyError } from '../core/errors.ts'

/** Stable codes of modules and their inputs. */
export type ModuleErrorCode =
  | 'MODULE_NOT_FOUND'
  | 'MODULE_TOO_LARGE'
  | 'MODULE_NOT_JSON'
  | 'MODULE_UNKNOWN_FIELD'
  | 'MODULE_BAD_FIELD'
  | 'MODULE_ENTRYPOINT_MISSING'
  | 'MODULE_INPUT_UNKNOWN'
  | 'MODULE_INPUT_MISSING'
  | 'MODULE_INPUT_TYPE'
  | 'MODULE_BAD_NAME'
  | 'MODULE_UNPUBLISHED'
  | 'MODULE_NO_BUILD'
  | 'MODULE_BUILD_FAILED'

/** A module.json that is not one, or inputs that do not fit it. */
export class ModuleError extends LilyError<ModuleErrorCode> {
  override readonly name = 'ModuleError'
}
