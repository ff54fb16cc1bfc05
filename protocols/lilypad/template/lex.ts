/** The words of a template: literal text, and between `{{` and `}}` the tokens of an action. As Go's text/template reads them. */
import { LilypadError } from '../errors.ts'

/** A token of an action. `space` is one: `.A.B` is not `.A .B`. */
export interface Token {
  readonly kind: 'space' | 'word' | 'field' | 'variable' | 'dot' | 'string' | 'char' | 'number' | 'sign' | 'end'
  readonly text: string
  /** Where it begins in the template, for messages. */
  readonly at: number
}

/** A piece of a template. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly at: number }

/** An error at a place of the template. */
export function syntaxError(source: string, at: number, what: string): LilypadError {
  const line = source.slice(0, at).split('\n').length
  return new LilypadError('LILYPAD_TEMPLATE_SYNTAX', `line ${line} of the template: ${what}`, { details: { line } })
}

const TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ['char', /'(?:[^'\\\n]|\\[^\n]+?)'/y],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  [
    'number',
    /[+-]?(?:0[xX](?:[0-9a-fA-F_]*\.?[0-9a-fA-F_]*[pP][+-]?\d+|[0-9a-fA-F_]+)|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*)?\.\d+(?:[eE][+-]?\d+)?|\d[\d_]*\.?(?:[eE][+-]?\d+)?)/y
  ],
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['dot', /\./y],
  ['word', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['sign', /:=|[=|(),]/y]
]

/** What makes a complex number of the number before it. */
const COMPLEX = /^(?:i|[+-][0-9.][0-9a-fA-FxXpP_.]*i)/

/** What may follow a word, a field or a number at once. */
const SEPARATED = /[ \t\r\n.|:=()},]|$/y

/**
 * The pieces of a template, with the white space gone that trim markers take away.
 *
 * @throws LILYPAD_TEMPLATE_SYNTAX
 */
export function piecesOf(source: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let isTrimmed = false
  const addText = (end: number, trimsEnd: boolean) => {
    let text = source.slice(at, end)
    if (isTrimmed) text = text.replace(/^[ \t\r\n]+/, '')
    if (trimsEnd) text = withoutEnd(text)
    if (text !== '') pieces.push({ kind: 'text', text })
  }
  for (;;) {
    const open = source.indexOf('{{', at)
    if (open < 0) {
      addText(source.length, false)
      return pieces
    }
    const trimsBefore = /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4))
    addText(open, trimsBefore)
    const begin = open + 2 + (trimsBefore ? 2 : 0)
    const comment = commentEnd(source, begin)
    const action = comment === undefined ? lexAction(source, begin, open) : undefined
    if (action !== undefined) pieces.push({ kind: 'action', tokens: action.tokens, at: open })
    at = comment?.end ?? action?.end ?? source.length
    isTrimmed = comment?.trims ?? action?.trims ?? false
  }
}

/** The text without the blanks at its end. */
function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && ' \t\r\n'.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

function commentEnd(source: string, begin: number): { end: number; trims: boolean } | undefined {
  if (!source.startsWith('/*', begin)) return undefined
  const close = source.indexOf('*/', begin + 2)
  if (close < 0) throw syntaxError(source, begin, 'a comment without an end')
  const after = /^(?:([ \t\r\n]-)?\}\})/.exec(source.slice(close + 2, close + 6))
  if (after === null) throw syntaxError(source, begin, 'a comment must fill its whole action')
  return { end: close + 2 + after[0].length, trims: after[1] !== undefined }
}

function lexAction(source: string, begin: number, open: number) {
  const tokens: Token[] = []
  let at = begin
  for (;;) {
    const close = /^(?:([ \t\r\n])-)?\}\}/.exec(source.slice(at, at + 4))
    if (close !== null) {
      if (close[1] !== undefined) tokens.push({ kind: 'space', text: ' ', at })
      tokens.push({ kind: 'end', text: '}}', at })
      return { tokens, end: at + close[0].length, trims: close[1] !== undefined }
    }
    if (at >= source.length) throw syntaxError(source, open, 'an action without an end')
    const token = lexToken(source, at)
    tokens.push(token)
    at += token.text.length
  }
}

function lexToken(source: string, at: number): Token {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at
    let text = pattern.exec(source)?.[0]
    if (text === undefined) continue
    // A run of blanks gives way to the mark that trims what follows: ` -}}`.
    if (kind === 'space' && source.startsWith('-}}', at + text.length)) text = text.slice(0, -1)
    if (text === '') continue
    if (kind === 'number' && COMPLEX.test(source.slice(at + text.length, at + text.length + 32)))
      throw new LilypadError(
        'LILYPAD_TEMPLATE_UNSUPPORTED',
        'the template uses a complex number, which is not supported'
      )
    if (kind === 'word' || kind === 'field' || kind === 'number' || kind === 'variable') {
      SEPARATED.lastIndex = at + text.length
      if (!SEPARATED.test(source)) throw syntaxError(source, at, `bad character after ${text}`)
    }
    return { kind, text, at }
  }
  if (source[at] === '"' || source[at] === '`') throw syntaxError(source, at, 'a quoted text without an end')
  throw syntaxError(source, at, `unexpected character ${JSON.stringify(source[at])} in an action`)
}
