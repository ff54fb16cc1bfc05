/** Go's fmt as templates use it: Sprint, Sprintln and Sprintf over the values of a template. */
import { goEscape } from './escape.ts'
import { mapText, printed, type Span, type Text, textOf } from './text.ts'
import { display, failed, formatFloat, type Value } from './value.ts'

/** As `print`: a space between operands of which neither is a string. */
export function sprint(values: readonly Value[]): Text {
  return values.flatMap((value, i) => {
    const before = values[i - 1]
    const isSpaced = before !== undefined && before.kind !== 'string' && value.kind !== 'string'
    return [...(isSpaced ? textOf(' ') : []), ...shown(value)]
  })
}

/** As `println`: a space between all, and a newline. */
export function sprintln(values: readonly Value[]): Text {
  const spaced = values.flatMap((value, i) => [...(i === 0 ? [] : textOf(' ')), ...shown(value)])
  return [...spaced, ...textOf('\n')]
}

/** What fmt prints of a value; nothing at all is `<nil>` to it. */
function shown(value: Value): Text {
  return value.kind === 'missing' ? textOf('<nil>') : display(value)
}

const VERB = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?([\s\S])?/gu

/** Widest field that is filled up: a template may not fill the memory. */
const MAX_WIDTH = 1024

interface Flags {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
}

const PLAIN: Flags = { flags: '', width: 0, precision: undefined }

/** As `printf`. */
export function sprintf(format: Text, values: readonly Value[]): Text {
  const out: Span[] = []
  let next = 0
  const words = printed(format)
  let at = 0
  for (const match of words.matchAll(VERB)) {
    out.push(...slice(format, at, match.index))
    at = match.index + match[0].length
    const [, flags = '', width, precision, verb] = match
    if (width === '*' || precision === '*') throw failed('printf with a width of "*"')
    if (verb === undefined) {
      out.push(...textOf('%!(NOVERB)'))
      continue
    }
    if (verb === '%') {
      out.push(...textOf('%'))
      continue
    }
    const value = values[next++]
    if (value === undefined) out.push(...textOf(`%!${verb}(MISSING)`))
    else {
      const flagged = {
        flags,
        width: widthOf(width),
        precision: precision === undefined ? undefined : widthOf(precision || '0')
      }
      out.push(...formatted(verb, value, flagged))
    }
  }
  out.push(...slice(format, at, words.length))
  if (next < values.length) {
    const extra = values.slice(next).flatMap((value, i) => [...textOf(`${i === 0 ? '' : ', '}`), ...typed(value)])
    out.push(...textOf('%!(EXTRA '), ...extra, ...textOf(')'))
  }
  return out
}

function widthOf(text: string | undefined): number {
  const width = Number(text ?? 0)
  if (width > MAX_WIDTH) throw failed(`printf with a width of ${width}`)
  return width
}

/** The part of a text between two places of what it prints. */
function slice(text: Text, from: number, to: number): Span[] {
  const out: Span[] = []
  let at = 0
  for (const span of text) {
    const words = span.text.slice(Math.max(0, from - at), Math.max(0, to - at))
    if (words !== '') out.push({ ...span, text: words })
    at += span.text.length
  }
  return out
}

/** `type=value`, as fmt names an argument that it has no use for. */
function typed(value: Value, flags: Flags = PLAIN): Text {
  if (value.kind === 'missing') return textOf('<nil>')
  const type = value.kind === 'float' ? 'float64' : value.kind
  return [...textOf(`${type}=`), ...formatted('v', value, flags)]
}

function formatted(verb: string, value: Value, flags: Flags): Text {
  const bad = () => (value.kind === 'missing' ? textOf(`%!${verb}(<nil>)`) : bracketed(verb, value, flags))
  if (verb === 'T') return textOf(value.kind === 'missing' ? '<nil>' : value.kind === 'float' ? 'float64' : value.kind)
  switch (value.kind) {
    case 'string':
      return formatString(verb, value.text, flags) ?? bad()
    case 'int':
      return number(formatInt(verb, value.value, flags), flags) ?? bad()
    case 'float':
      return number(formatFloatVerb(verb, value.value, flags), flags) ?? bad()
    case 'bool':
      return verb === 't' || verb === 'v' ? padded(textOf(value.value.toString()), flags, ' ') : bad()
    case 'missing':
      return verb === 'v' ? padded(textOf('<nil>'), flags, ' ') : bad()
    case 'map':
      return display(value)
  }
}

function bracketed(verb: string, value: Value, flags: Flags): Text {
  return [...textOf(`%!${verb}(`), ...typed(value, flags), ...textOf(')')]
}

function formatString(verb: string, text: Text, flags: Flags): Text | undefined {
  const cut = flags.precision === undefined ? text : firstRunes(text, flags.precision)
  if (verb === 's' || (verb === 'v' && !flags.flags.includes('#'))) return padded(cut, flags, ' ')
  if (verb !== 'q' && verb !== 'v') return undefined
  if (flags.flags.includes('#') && verb === 'q') throw failed('printf with %#q')
  const inside = mapText(cut, (words, { kind }) =>
    // A quotation mark that is quoted itself is a mark no more.
    ({
      text: goEscape(words, flags.flags.includes('+')),
      ...(kind === 'quote' ? { kind: 'text' } : { isEscaped: true })
    })
  )
  return padded([{ kind: 'quote', text: '"' }, ...inside, { kind: 'quote', text: '"' }], flags, ' ')
}

function firstRunes(text: Text, count: number): Text {
  const runes = [...printed(text)].slice(0, count).join('')
  return slice(text, 0, runes.length)
}

function formatInt(verb: string, value: bigint, { flags }: Flags): string | undefined {
  const bases: Readonly<Record<string, number>> = { d: 10, v: 10, x: 16, X: 16, o: 8, b: 2 }
  const base = bases[verb]
  if (verb === 'c') return rune(value)
  if (verb === 'q') return quotedRune(value, flags)
  if (base === undefined) return undefined
  const digits = (value < 0n ? -value : value).toString(base)
  return signed(value < 0n, verb === 'X' ? digits.toUpperCase() : digits, flags)
}

function rune(value: bigint): string {
  const isOne = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n)
  return isOne ? String.fromCodePoint(Number(value)) : '\uFFFD'
}

function quotedRune(value: bigint, flags: string): string {
  const char = rune(value)
  return `'${char === "'" ? "\\'" : char === '"' ? char : goEscape(char, flags.includes('+'))}'`
}

function formatFloatVerb(verb: string, value: number, { flags, precision }: Flags): string | undefined {
  const size = Math.abs(value)
  const isNegative = value < 0 || Object.is(value, -0)
  if (verb === 'f' || verb === 'F') {
    if (size >= 1e21) throw failed('printf with %f of a number that is too large')
    return signed(isNegative, size.toFixed(Math.min(precision ?? 6, 100)), flags)
  }
  if (verb === 'e') return signed(isNegative, exponent(size.toExponential(Math.min(precision ?? 6, 100))), flags)
  if ((verb === 'g' || verb === 'v') && precision === undefined) return signed(isNegative, formatFloat(size), flags)
  return undefined
}

function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

function signed(isNegative: boolean, digits: string, flags: string): string {
  return (isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') + digits
}

function number(text: string | undefined, flags: Flags): Text | undefined {
  if (text === undefined) return undefined
  const isZeroed = flags.flags.includes('0') && !flags.flags.includes('-')
  if (!isZeroed) return padded(textOf(text), flags, ' ')
  const [, sign = '', digits = ''] = /^([-+ ]?)([\s\S]*)$/.exec(text) ?? []
  return textOf(sign + digits.padStart(flags.width - sign.length, '0'))
}

function padded(text: Text, { flags, width }: Flags, fill: string): Text {
  const missing = width - [...printed(text)].length
  if (missing <= 0) return text
  const isLeft = flags.includes('-')
  // Strings are filled with zeros too, which is what Go does.
  const padding = textOf((flags.includes('0') && !isLeft ? '0' : fill).repeat(missing))
  return isLeft ? [...text, ...padding] : [...padding, ...text]
}
