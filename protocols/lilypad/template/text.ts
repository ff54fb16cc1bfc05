/**
 * Text that remembers where it came from. A template mixes its author's words with a user's values; as long as the two can
 * be told apart, a value can be put into JSON as a value, whatever it says (lilypad.md 5.2).
 */

/** A piece of text of one origin. */
export type Span =
  /** the template's own words */
  | { readonly kind: 'text'; readonly text: string }
  /** a quotation mark that an encoder has put around a value */
  | { readonly kind: 'quote'; readonly text: string }
  /** a user's value as Go would print it; escaped: with the backslashes that JSON, `js` or `%q` have given it */
  | { readonly kind: 'user'; readonly text: string; readonly isEscaped: boolean }

/** A string of a template. */
export type Text = readonly Span[]

/** The author's words. */
export function textOf(text: string): Text {
  return text === '' ? [] : [{ kind: 'text', text }]
}

/** What Go would print. */
export function printed(text: Text): string {
  return text.map(span => span.text).join('')
}

/** How much a text takes: its characters and its pieces. */
export function textLength(text: Text): number {
  return text.reduce((sum, span) => sum + span.text.length + 1, 0)
}

/** The part of a text between two places of what it prints. */
export function cutText(text: Text, from: number, to: number): Text {
  const out: Span[] = []
  let at = 0
  for (const span of text) {
    const words = span.text.slice(Math.max(0, from - at), Math.max(0, to - at))
    if (words !== '') out.push({ ...span, text: words })
    at += span.text.length
  }
  return out
}

/** The text with each span's words replaced. */
export function mapText(text: Text, change: (words: string, span: Span) => Partial<Span> & { text: string }): Text {
  return text.map(span => ({ ...span, ...change(span.text, span) }) as Span)
}

/**
 * A user's value as the JSON text that Go's encoder makes of it, quotation marks included: what Lilypad's templates are given.
 */
export function encodedInput(value: string): Text {
  const escaped = JSON.stringify(value)
    .slice(1, -1)
    .replace(/[<>&\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return [
    { kind: 'quote', text: '"' },
    { kind: 'user', text: escaped, isEscaped: true },
    { kind: 'quote', text: '"' }
  ]
}
