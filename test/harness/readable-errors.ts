// Loaded before each test file. uvu prints `error.details` as text, and dies silently when it is an object, as it is in
// every LilyError: objects are given the one method that it calls. Tests only; the property is not enumerable.
import { inspect } from 'node:util'

Object.defineProperty(Object.prototype, 'split', {
  configurable: true,
  enumerable: false,
  writable: true,
  value(this: unknown, separator: string): string[] {
    return inspect(this).split(separator)
  }
})
