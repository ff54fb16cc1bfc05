/** Values of inputs: text of a declared type, in the one spelling that goes into a job. */
import { utf8 } from '../core/utf8.ts'
import { MAX_INPUT_BYTES } from '../job/job.ts'
import { ModuleError } from './errors.ts'
import type { ModuleInput } from './schema.ts'

/**
 * A value in its canonical spelling: `007` is the integer `7`, `1e3` the number `1000`.
 *
 * @throws MODULE_INPUT_TYPE when it is not of the input's type, not among its choices, too long, or no text
 */
export function canonicalValue(name: string, input: ModuleInput, value: string): string {
  const length = utf8(value).length
  if (length > MAX_INPUT_BYTES) throw wrongType(name, `at most ${MAX_INPUT_BYTES} bytes`, `${length} bytes`)
  if (value.includes('\0') || !value.isWellFormed()) throw wrongType(name, 'Unicode text without NUL', value)
  if (input.choices !== undefined && !input.choices.includes(value))
    throw wrongType(name, `one of ${input.choices.join(', ')}`, value)
  switch (input.type) {
    case 'string':
      return value
    case 'integer':
      // 15 digits are exact in every JSON reader.
      if (!/^-?\d{1,15}$/.test(value)) throw wrongType(name, 'an integer of at most 15 digits', value)
      return Number(value).toString()
    case 'number':
      if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) || !Number.isFinite(Number(value)))
        throw wrongType(name, 'a number', value)
      return Number(value).toString()
    case 'boolean':
      if (value !== 'true' && value !== 'false') throw wrongType(name, 'true or false', value)
      return value
    case 'file':
      throw wrongType(name, 'a file, not a value', value)
  }
}

/** The error for a value that does not fit its input. */
export function wrongType(name: string, expected: string, found: string): ModuleError {
  return new ModuleError('MODULE_INPUT_TYPE', `input "${name}": expected ${expected}, found "${found.slice(0, 80)}"`, {
    details: { name }
  })
}
