/** What an expression of a template comes to, and how Go prints and judges it. */
import { LilypadError } from '../errors.ts'
import { general } from './decimal.ts'
import { printed, type Text, textOf } from './text.ts'

/** A value of Go's. */
export type Value =
  | { readonly kind: 'string'; readonly text: Text }
  | { readonly kind: 'int'; readonly value: bigint /** a byte of a string: `uint8` */; readonly isByte?: true }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** An input that was not given; `nil` as well. */
  | { readonly kind: 'missing'; readonly name?: string }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Text> }

/** A string of the author's own. */
export function stringValue(text: string | Text): Value {
  return { kind: 'string', text: typeof text === 'string' ? textOf(text) : text }
}

/** @see Value */
export function boolValue(value: boolean): Value {
  return { kind: 'bool', value }
}

/** What Go's `if` makes of a value. */
export function isTrue(value: Value): boolean {
  switch (value.kind) {
    case 'string':
      return printed(value.text) !== ''
    case 'int':
      return value.value !== 0n
    case 'float':
      return value.value !== 0
    case 'bool':
      return value.value
    case 'missing':
      return false
    case 'map':
      return value.entries.size > 0
  }
}

/** A value as `{{...}}` prints it. */
export function display(value: Value): Text {
  switch (value.kind) {
    case 'string':
      return value.text
    case 'int':
    case 'bool':
      return textOf(value.value.toString())
    case 'float':
      return textOf((value.value < 0 || Object.is(value.value, -0) ? '-' : '') + general(Math.abs(value.value)))
    case 'missing':
      return textOf('<no value>')
    case 'map':
      throw new LilypadError('LILYPAD_TEMPLATE_UNSUPPORTED', 'the template prints all inputs at once')
  }
}

/** Go's name of a value's type. */
export function typeOf(value: Value): string {
  switch (value.kind) {
    case 'int':
      return value.isByte === true ? 'uint8' : 'int'
    case 'float':
      return 'float64'
    case 'map':
      return 'map[string]string'
    case 'missing':
      return '<nil>'
    default:
      return value.kind
  }
}

/** What a value is, in words. */
export function nameOf(value: Value): string {
  return value.kind === 'missing' ? 'nothing' : value.kind === 'map' ? 'all inputs' : `a ${value.kind}`
}

/** A failure of a template that is being filled. */
export function failed(what: string): LilypadError {
  return new LilypadError('LILYPAD_TEMPLATE_FAILED', `the template cannot be filled: ${what}`)
}
