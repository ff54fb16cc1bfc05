/** Go's fmt as templates use it: Sprint, Sprintln and Sprintf over the values of a template. */
import { cutText, printed, type Span, type Text, textLength, textOf } from './text.ts'
import { display, failed, type Value } from './value.ts'
import { type Flags, formatted, noFlags, typed } from './verbs.ts'

/** Longest text that a function may make, in characters and pieces: a template may not fill the memory. */
export const MAX_TEXT = 1024 * 1024

/** Widest field that is filled up, and most digits behind a point. */
const MAX_WIDTH = 1024

/** Above this, Go takes a width for a mistake. */
const MAX_NUMBER = 1_000_000

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

/** As `printf`. */
export function sprintf(format: Text, values: readonly Value[]): Text {
  return new Printer(format, values).run()
}

/** One format being read. */
class Printer {
  readonly #format: Text
  readonly #words: string
  readonly #values: readonly Value[]
  readonly #out: Span[] = []
  #length = 0
  #at = 0
  #next = 0
  #isReordered = false
  /** Whether the argument that the directive names exists. */
  #isGoodIndex = true

  constructor(format: Text, values: readonly Value[]) {
    this.#format = format
    this.#words = printed(format)
    this.#values = values
  }

  run(): Text {
    const end = this.#words.length
    while (this.#at < end) {
      const percent = this.#words.indexOf('%', this.#at)
      const until = percent < 0 ? end : percent
      this.#add(cutText(this.#format, this.#at, until))
      this.#at = until
      if (percent >= 0) this.#add(this.#directive())
    }
    if (!this.#isReordered && this.#next < this.#values.length) {
      const extra = this.#values.slice(this.#next)
      this.#add(textOf('%!(EXTRA '))
      for (const [i, value] of extra.entries()) this.#add([...textOf(i === 0 ? '' : ', '), ...typed(value)])
      this.#add(textOf(')'))
    }
    return this.#out
  }

  #add(text: Text): void {
    this.#length += textLength(text)
    if (this.#length > MAX_TEXT) throw failed(`printf of more than ${MAX_TEXT} characters`)
    for (const span of text) this.#out.push(span)
  }

  #directive(): Text {
    this.#at++
    this.#isGoodIndex = true
    const out: Span[] = []
    const flags = this.#flags()
    let isIndexed = this.#index()
    if (this.#takes('*')) {
      const width = this.#fromArgument()
      if (width === undefined) out.push(...textOf('%!(BADWIDTH)'))
      else if (width < 0) Object.assign(flags, { width: -width, minus: true, zero: false })
      else flags.width = width
      isIndexed = false
    } else {
      const width = this.#number()
      if (isIndexed && width !== undefined) this.#isGoodIndex = false
      flags.width = width ?? 0
    }
    if (this.#takes('.')) {
      if (isIndexed) this.#isGoodIndex = false
      isIndexed = this.#index()
      if (this.#takes('*')) {
        const precision = this.#fromArgument()
        if (precision === undefined || precision < 0) out.push(...textOf('%!(BADPREC)'))
        else flags.precision = precision
        isIndexed = false
      } else flags.precision = this.#number() ?? 0
    }
    if (!isIndexed) this.#index()
    for (const wide of [flags.width, flags.precision ?? 0])
      if (wide > MAX_WIDTH) throw failed(`printf with a width of ${wide}`)
    return [...out, ...this.#verb(flags)]
  }

  #flags(): Flags {
    const flags = noFlags()
    for (; ; this.#at++) {
      const char = this.#words[this.#at]
      if (char === '#') flags.sharp = true
      else if (char === '0') flags.zero = !flags.minus
      else if (char === '+') flags.plus = true
      else if (char === '-') Object.assign(flags, { minus: true, zero: false })
      else if (char === ' ') flags.space = true
      else return flags
    }
  }

  #verb(flags: Flags): Text {
    const point = this.#words.codePointAt(this.#at)
    if (point === undefined) return textOf('%!(NOVERB)')
    const verb = String.fromCodePoint(point)
    this.#at += verb.length
    if (verb === '%') return textOf('%')
    if (!this.#isGoodIndex) return textOf(`%!${verb}(BADINDEX)`)
    const value = this.#values[this.#next]
    if (value === undefined) return textOf(`%!${verb}(MISSING)`)
    this.#next++
    if (verb === 'v') Object.assign(flags, { isGoSyntax: flags.sharp, sharp: false, plus: false })
    return formatted(verb, value, flags)
  }

  #takes(char: string): boolean {
    if (this.#words[this.#at] !== char) return false
    this.#at++
    return true
  }

  /** A number in the format. One that is too large swallows the rest of the format, as it does in Go. */
  #number(): number | undefined {
    const digits = digitsAt(this.#words, this.#at)
    if (digits === '') return undefined
    // Go looks before it takes the last digit.
    if (Number(digits.slice(0, -1)) > MAX_NUMBER) {
      this.#at = this.#words.length
      return undefined
    }
    this.#at += digits.length
    return Number(digits)
  }

  /** A width or precision that is an argument. */
  #fromArgument(): number | undefined {
    const value = this.#values[this.#next]
    if (value === undefined) return undefined
    this.#next++
    if (value.kind !== 'int') return undefined
    const isSmall = value.value >= -MAX_NUMBER && value.value <= MAX_NUMBER
    return isSmall ? Number(value.value) : undefined
  }

  /** `[n]`: the directive takes that argument. @returns whether there was one */
  #index(): boolean {
    if (this.#words[this.#at] !== '[') return false
    this.#isReordered = true
    const close = this.#words.indexOf(']', this.#at)
    if (close < 0 || this.#words.length - this.#at < 3) {
      this.#at++
      this.#isGoodIndex = false
      return false
    }
    const inside = this.#words.slice(this.#at + 1, close)
    this.#at = close + 1
    const index = /^[0-9]+$/.test(inside) && Number(inside) <= MAX_NUMBER ? Number(inside) - 1 : undefined
    if (index !== undefined && index >= 0 && index < this.#values.length) {
      this.#next = index
      return true
    }
    this.#isGoodIndex = false
    return index !== undefined
  }
}

function digitsAt(words: string, at: number): string {
  let end = at
  while (/[0-9]/.test(words[end] ?? '')) end++
  return words.slice(at, end)
}
