/** Why a module of Lilypad's cannot be run here. Nothing that its author asked for is dropped without a word. */
import { LilyError } from '../core/errors.ts'

/** Stable codes of Lilypad's modules. */
export type LilypadErrorCode =
  /** the template is not one of Go's text/template */
  | 'LILYPAD_TEMPLATE_SYNTAX'
  /** the template uses a part of Go's language that modules do not use; the message names it */
  | 'LILYPAD_TEMPLATE_UNSUPPORTED'
  /** the template fails while it is filled, as it would in Go */
  | 'LILYPAD_TEMPLATE_FAILED'
  /** a value would become more than a value: a field, a name, a piece of JSON */
  | 'LILYPAD_TEMPLATE_UNSAFE'
  /** what came out of the template is not JSON */
  | 'LILYPAD_NOT_JSON'
  /** the template prints an input that was not given */
  | 'LILYPAD_INPUT_MISSING'
  /** a file is missing, not declared, or of a kind that may not go in */
  | 'LILYPAD_INPUT_FILE'
  /** a field has a value that it cannot have; `details.path` */
  | 'LILYPAD_BAD_FIELD'
  /** a field asks for something that no provider here does; `details.path` */
  | 'LILYPAD_CANNOT_HONOUR'
  /** a name that is neither `name:version` nor `host/owner/repo:ref` */
  | 'LILYPAD_BAD_REFERENCE'
  /** git is missing, or cannot reach the repository */
  | 'LILYPAD_NO_REPOSITORY'
  /** the repository has no such tag, branch or commit, or no template in it */
  | 'LILYPAD_NOT_A_MODULE'
  /** the image can be had neither from the local engine nor from a registry */
  | 'LILYPAD_NO_IMAGE'

/** @see LilypadErrorCode */
export class LilypadError extends LilyError<LilypadErrorCode> {
  override readonly name = 'LilypadError'
}
