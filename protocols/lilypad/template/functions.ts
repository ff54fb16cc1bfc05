/** The functions that a template may call: Go's own, and the one that Lilypad adds. */
import { utf8 } from '../../core/utf8.ts'
import { htmlEscape, jsEscape, queryEscape, readEscapes } from './escape.ts'
import { sprint, sprintf, sprintln } from './format.ts'
import { mapText, printed, type Span, type Text } from './text.ts'
import { boolValue, failed, isTrue, nameOf, stringValue, type Value } from './value.ts'

/** A function of a template. */
export type TemplateFunction = (args: readonly Value[]) => Value

function needs(name: string, args: readonly Value[], min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (args.length < min || args.length > max) throw failed(`${name} with ${args.length} arguments`)
}

/** What an escaper is given: one string as it is, else what `print` would make of all. */
function joined(args: readonly Value[]): Text {
  const [first] = args
  if (args.length === 1 && first?.kind === 'string') return first.text
  // These print nothing as `<no value>`, where print says `<nil>`.
  return sprint(args.map(arg => (arg.kind === 'missing' ? stringValue('<no value>') : arg)))
}

/** An escaped quotation mark is text like any other; `isEscaped` says whether JSON would read the escape back. */
function escaped(args: readonly Value[], encode: (text: string) => string, isEscaped?: true): Value {
  const text = mapText(joined(args), (words, span) => ({
    text: encode(words),
    ...(span.kind === 'quote' && encode(words) !== words ? { kind: 'text' } : {}),
    ...(isEscaped !== undefined && span.kind === 'user' ? { isEscaped } : {})
  }))
  return { kind: 'string', text }
}

function equal(a: Value, b: Value): boolean {
  if (a.kind === 'missing' || b.kind === 'missing') return a.kind === b.kind
  if (a.kind === 'map' || b.kind === 'map' || a.kind !== b.kind)
    throw failed(`${nameOf(a)} cannot be compared with ${nameOf(b)}`)
  return plain(a) === plain(b)
}

function less(a: Value, b: Value): boolean {
  const isOrdered = a.kind === b.kind && (a.kind === 'string' || a.kind === 'int' || a.kind === 'float')
  if (!isOrdered) throw failed(`there is no order between ${nameOf(a)} and ${nameOf(b)}`)
  return a.kind === 'string' ? compareUtf8(plain(a).toString(), plain(b).toString()) : plain(a) < plain(b)
}

function compareUtf8(a: string, b: string): boolean {
  const [left, right] = [utf8(a), utf8(b)]
  const at = left.findIndex((byte, i) => byte !== right[i])
  return at < 0 ? left.length < right.length : at < right.length && (left[at] ?? 0) < (right[at] ?? 0)
}

function plain(value: Value): string | bigint | number | boolean {
  if (value.kind === 'string') return printed(value.text)
  if (value.kind === 'missing' || value.kind === 'map') throw failed(`${nameOf(value)} has no order`)
  return value.value
}

function two(name: string, args: readonly Value[]): readonly [Value, Value] {
  needs(name, args, 2, 2)
  const [a, b] = args
  if (a === undefined || b === undefined) throw failed(name)
  return [a, b]
}

function lengthOf(args: readonly Value[]): Value {
  needs('len', args, 1, 1)
  const [of] = args
  if (of?.kind === 'string') return { kind: 'int', value: BigInt(utf8(printed(of.text)).length) }
  if (of?.kind === 'map') return { kind: 'int', value: BigInt(of.entries.size) }
  throw failed(`len of ${of === undefined ? 'nothing' : nameOf(of)}`)
}

function index([of, ...keys]: readonly Value[]): Value {
  if (of === undefined) throw failed('index of nothing')
  const [key, ...others] = keys
  if (key === undefined) return of
  const found = item(of, key)
  return others.length === 0 ? found : index([found, ...others])
}

function item(of: Value, key: Value): Value {
  if (of.kind === 'map' && key.kind === 'string')
    return { kind: 'string', text: of.entries.get(printed(key.text)) ?? [] }
  if (of.kind !== 'string' || key.kind !== 'int') throw failed(`index of ${nameOf(of)} with ${nameOf(key)}`)
  const byte = key.value < 0n ? undefined : utf8(printed(of.text))[Number(key.value)]
  if (byte === undefined) throw failed(`index ${key.value} lies outside of the string`)
  return { kind: 'int', value: BigInt(byte), isByte: true }
}

/** A string's bytes `from` to `to`. A cut through a character is refused: no JSON text can hold half of one. */
function cut(args: readonly Value[]): Value {
  needs('slice', args, 1, 3)
  const [of, ...bounds] = args
  if (of?.kind !== 'string') throw failed(`slice of ${of === undefined ? 'nothing' : nameOf(of)}`)
  const length = utf8(printed(of.text)).length
  const [from, to] = [bound(bounds[0], 0), bound(bounds[1], length)]
  if (from > to || to > length) throw failed(`slice ${from}:${to} of a string of ${length} bytes`)
  const out: Span[] = []
  let at = 0
  for (const span of of.text) {
    let kept = ''
    for (const char of span.text) {
      const size = utf8(char).length
      const isIn = at >= from && at + size <= to
      if (!isIn && at < to && at + size > from) throw failed('slice through the middle of a character')
      if (isIn) kept += char
      at += size
    }
    if (kept !== '') out.push({ ...span, text: kept })
  }
  return { kind: 'string', text: out }
}

function bound(value: Value | undefined, standard: number): number {
  if (value === undefined) return standard
  if (value.kind !== 'int' || value.value < 0n) throw failed('slice with a bound that is no position')
  return Number(value.value)
}

/** Lilypad's `subst`: takes the JSON off its inputs and formats what they say. */
function subst([format, ...inputs]: readonly Value[]): Value {
  if (format?.kind !== 'string') throw failed('subst needs a format')
  const values = inputs.map((input): Value => {
    if (input.kind !== 'string') throw failed(`subst of ${nameOf(input)}`)
    const [open, ...rest] = input.text
    const close = rest.pop()
    const isWhole = open?.kind === 'quote' && close?.kind === 'quote' && rest.every(({ kind }) => kind === 'user')
    if (isWhole)
      return { kind: 'string', text: mapText(rest, words => ({ text: readEscapes(words), isEscaped: false })) }
    return stringValue(decoded(printed(input.text)))
  })
  return { kind: 'string', text: sprintf(format.text, values) }
}

function decoded(json: string): string {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    value = undefined
  }
  if (typeof value === 'string') return value
  throw failed(`subst takes inputs, and ${json.slice(0, 40)} is none`)
}

/** Every function by its name. `and` and `or` do not evaluate what they need not: see fill.ts. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  not: args => {
    needs('not', args, 1, 1)
    return boolValue(!args.some(isTrue))
  },
  len: lengthOf,
  index,
  slice: cut,
  print: args => stringValue(sprint(args)),
  println: args => stringValue(sprintln(args)),
  printf: ([format, ...args]) => {
    if (format?.kind !== 'string') throw failed('printf needs a format')
    return stringValue(sprintf(format.text, args))
  },
  html: args => escaped(args, htmlEscape),
  js: args => escaped(args, jsEscape, true),
  urlquery: args => escaped(args, text => queryEscape(text, utf8)),
  eq: ([first, ...others]) => {
    if (first === undefined || others.length === 0) throw failed('eq with nothing to compare with')
    return boolValue(others.some(other => equal(first, other)))
  },
  ne: args => boolValue(!equal(...two('ne', args))),
  lt: args => boolValue(less(...two('lt', args))),
  le: args => boolValue(atMost(...two('le', args))),
  gt: args => boolValue(!atMost(...two('gt', args))),
  ge: args => boolValue(!less(...two('ge', args))),
  subst
}

function atMost(a: Value, b: Value): boolean {
  return less(a, b) || equal(a, b)
}

/** Names that fill.ts evaluates itself. */
export const LAZY = ['and', 'or'] as const

/** Every name that may be called. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([...Object.keys(FUNCTIONS), ...LAZY])
