/**
 * From a template to the JSON that it stands for. The structure comes from the template alone: while it is printed, every
 * value of a user's is a mark of two reserved characters, the JSON is read, and only then are the marks replaced. A value
 * that contains quotation marks, newlines or braces is a text like any other, whichever way the template prints it:
 *
 *   {{.Message}}                        a JSON string
 *   "KEY={{ subst "%s" .Key }}"         within a string, as Lilypad's `subst` means it
 *   "KEY={{ js .Key }}"                 within a string, with the quotation marks that `js` has escaped, as Go prints it
 *   "KEY={{ .Key }}"                    within a string: Go's result would not be JSON; the encoder's marks are left out
 */
import { LilypadError } from '../errors.ts'
import { readEscapes } from './escape.ts'
import { Template } from './fill.ts'
import { encodedInput, type Text } from './text.ts'

/** JSON, read. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Private characters that stand around the number of a value; a template must not contain them. */
const OPEN = '\uE000'
const CLOSE = '\uE001'
const MARK = /\uE000(\d+)\uE001/g

/** Deepest that lists and objects may be inside one another. */
const MAX_DEPTH = 100

const SCALAR = /^(?:-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?|true|false|null)$/

/**
 * The JSON of a template filled with a user's inputs. Commas behind a last element are forgiven: older templates, which
 * another reader read, have them.
 *
 * @throws LILYPAD_TEMPLATE_*, LILYPAD_INPUT_MISSING, LILYPAD_NOT_JSON
 */
export function renderJson(source: string, inputs: Readonly<Record<string, string>>): Json {
  if (source.includes(OPEN) || source.includes(CLOSE))
    throw new LilypadError('LILYPAD_TEMPLATE_UNSUPPORTED', 'the template contains the characters U+E000 or U+E001')
  const texts = new Map(Object.entries(inputs).map(([name, value]) => [name, encodedInput(value)]))
  const out = new JsonWriter()
  const [missing] = new Template(source).fill(texts, out)
  if (missing !== undefined) {
    const given = Object.keys(inputs).join(', ') || 'none'
    throw new LilypadError(
      'LILYPAD_INPUT_MISSING',
      `the template needs the input "${missing}": give -i ${missing}=<value> (given: ${given})`,
      { details: { name: missing } }
    )
  }
  return out.read()
}

/** Prints JSON, and keeps track of whether a string is open. */
class JsonWriter {
  readonly #values: string[] = []
  #json = ''
  #isInString = false
  #isAfterBackslash = false

  literal(text: string): void {
    for (const char of text) {
      if (this.#isAfterBackslash) this.#isAfterBackslash = false
      else if (char === '"') this.#isInString = !this.#isInString
      else if (char === '\\') this.#isAfterBackslash = this.#isInString
    }
    this.#json += text
  }

  value(text: Text): void {
    // A mark of an encoder that would end the string around it says nothing there.
    const isNested = this.#isInString
    for (const span of text) {
      if (span.kind === 'text') this.literal(span.text)
      else if (span.kind === 'user') this.#user(span.isEscaped ? readEscapes(span.text) : span.text)
      else if (!isNested) this.literal(span.text)
    }
  }

  /** @throws LILYPAD_TEMPLATE_UNSAFE, LILYPAD_NOT_JSON */
  read(): Json {
    return this.#filled(parse(withoutTrailingCommas(this.#json), json => this.#plain(json)))
  }

  #user(value: string): void {
    if (this.#isAfterBackslash) throw unsafe('a backslash before a value')
    if (!this.#isInString) {
      if (!SCALAR.test(value.trim())) throw unsafe(`${JSON.stringify(value.slice(0, 60))} outside of quotation marks`)
      this.literal(value.trim())
      return
    }
    this.#json += `${OPEN}${this.#values.length}${CLOSE}`
    this.#values.push(value)
  }

  #plain(text: string): string {
    return text.replace(MARK, (_, index: string) => this.#values[Number(index)] ?? '')
  }

  #filled(json: Json, depth = 0): Json {
    if (depth > MAX_DEPTH) throw new LilypadError('LILYPAD_NOT_JSON', `the JSON is deeper than ${MAX_DEPTH}`)
    if (typeof json === 'string') return this.#plain(json)
    if (Array.isArray(json)) return json.map(item => this.#filled(item, depth + 1))
    if (typeof json !== 'object' || json === null) return json
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => {
        if (name.includes(OPEN)) throw unsafe('a value as the name of a field')
        return [name, this.#filled(value, depth + 1)]
      })
    )
  }
}

function unsafe(what: string): LilypadError {
  return new LilypadError(
    'LILYPAD_TEMPLATE_UNSAFE',
    `the template prints ${what}, where it could become more than a value`
  )
}

/** In one pass: what is printed may be long, and is not always meant well. */
function withoutTrailingCommas(json: string): string {
  const commas: number[] = []
  let pending: number | undefined
  let last = ''
  let isInString = false
  for (let at = 0; at < json.length; at++) {
    const char = json.charAt(at)
    if (isInString && char === '\\') at++
    else if (char === '"') isInString = !isInString
    if (isInString || ' \t\r\n'.includes(char)) continue
    const isBehindElement = last !== '' && !'[{,:'.includes(last)
    if (pending !== undefined && (char === '}' || char === ']')) commas.push(pending)
    pending = char === ',' && isBehindElement ? at : undefined
    last = char
  }
  let from = 0
  const parts = commas.map(at => {
    const part = json.slice(from, at)
    from = at + 1
    return part
  })
  return parts.join('') + json.slice(from)
}

function parse(json: string, plain: (json: string) => string): Json {
  try {
    return JSON.parse(json)
  } catch (cause) {
    const why = cause instanceof Error ? plain(cause.message) : ''
    throw new LilypadError('LILYPAD_NOT_JSON', `what the template prints is not JSON: ${why}`, { cause })
  }
}
