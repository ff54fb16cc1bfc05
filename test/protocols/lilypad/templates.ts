// Templates for tests: written ones, one for each thing that Go's text/template does, and a grammar of random ones.
import fc from 'fast-check'
import { encodedInput, printed, type Text } from '../../../protocols/lilypad/template/text.ts'
import { WRITTEN } from './written.ts'

/** A template and the inputs that fill it. */
export interface Case {
  readonly template: string
  readonly inputs: Readonly<Record<string, string>>
}

/** What Lilypad hands to a template: each input as JSON. */
export function textsOf(inputs: Readonly<Record<string, string>>): ReadonlyMap<string, Text> {
  return new Map(Object.entries(inputs).map(([name, value]) => [name, encodedInput(value)]))
}

/** The same as the oracle reads it. */
export function oracleLine({ template, inputs }: Case): string {
  const encoded = [...textsOf(inputs)].map(([name, text]) => [name, printed(text)])
  return `${JSON.stringify({ template, inputs: Object.fromEntries(encoded) })}\n`
}

const INPUTS = { A: 'moo', B: 'x"y\\z', C: '', D: "é☃😀\n\t\u0001<&>'=" }

/** @see the head of this file */
export const WRITTEN_CASES: readonly Case[] = WRITTEN.map(template => ({ template, inputs: INPUTS }))

const NAMES = ['A', 'B', 'Long_name9', 'Nothing']
const field = fc.constantFrom(...NAMES.map(name => `.${name}`))
const literal = fc.oneof(
  fc.constantFrom('"x"', '`r"w`', '"q\\"\\n"', '1', '0', '-7', '2.5', 'true', 'false', "'c'", '""'),
  field,
  field,
  fc.constant('$.A')
)
const blank = fc.constantFrom(' ', '  ', '\n', '\t ')

/** Formats of all flags and verbs, but hexadecimal floats. */
const format = fc
  .array(
    fc.tuple(
      fc.constantFrom('', 'a', '|'),
      fc.constantFrom('', '+', '-', '#', ' ', '0', '+0', '# '),
      fc.constantFrom('', '', '3', '12', '*', '[1]', '[2]', '[3]'),
      fc.constantFrom('', '', '.', '.2', '.5', '.*'),
      fc.constantFrom(...'vTtbcdoOqUeEfFgGs%z')
    ),
    { minLength: 1, maxLength: 3 }
  )
  .map(parts => `printf "${parts.map(([text, ...verb]) => `${text}%${verb.join('')}`).join('')}"`)

/** Expressions; most are well typed, so that most templates come to something. */
const expression = fc.letrec<{ any: string; text: string }>(tie => ({
  any: fc.oneof({ maxDepth: 4, withCrossShrink: true }, literal, tie('text')),
  text: fc.oneof(
    field,
    fc.tuple(fc.constantFrom('or', 'and', 'eq', 'ne', 'print', 'js'), tie('any'), tie('any')).map(parenthesised),
    fc
      .tuple(fc.constantFrom('not', 'js', 'html', 'urlquery', 'print', 'println', 'len'), tie('any'))
      .map(parenthesised),
    fc
      .tuple(
        fc.constantFrom('printf "%s"', 'printf "%q"', 'printf "a%vb"', 'printf "%5s|"', 'printf "%d"', 'subst "K=%s"'),
        tie('any')
      )
      .map(parenthesised),
    fc.tuple(format, tie('any'), tie('any')).map(parenthesised),
    fc.tuple(fc.constant('index .'), fc.constantFrom('"A"', '"B"', '"C"')).map(parenthesised)
  )
}))

function parenthesised(words: readonly string[]): string {
  return `(${words.join(' ')})`
}

const pipeline = fc
  .tuple(
    expression.any,
    fc.array(fc.constantFrom('js', 'html', 'print', 'printf "%s"', 'printf "%q"', 'len', 'not'), { maxLength: 2 })
  )
  .map(([first, rest]) => [first, ...rest].join(' | '))

const text = fc.oneof(
  fc.constantFrom('"', ',', ' \n ', '{ "a": [', 'x', '}', '', '\t', '-', '{'),
  fc.string({ maxLength: 5 }).filter(words => !words.includes('{{'))
)

const open = fc.constantFrom('{{', '{{', '{{- ', '{{ ')
const close = fc.constantFrom('}}', '}}', ' -}}', ' }}')

const nodes = fc.letrec<{ node: string; body: string }>(tie => ({
  node: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.tuple(open, pipeline, close).map(parts => parts.join('')),
    fc.constantFrom('{{/* c */}}', '{{- /* c */ -}}', '{{$v := .A}}', '{{$v := 3}}{{$v}}'),
    fc
      .tuple(open, fc.constantFrom('if', 'with'), blank, pipeline, close, tie('body'), tie('body'))
      .map(([o, word, space, pipe, c, yes, no]) => `${o}${word}${space}${pipe}${c}${yes}{{else}}${no}{{end}}`),
    fc.tuple(pipeline, tie('body')).map(([pipe, yes]) => `{{if ${pipe}}}${yes}{{- end -}}`),
    tie('body').map(body => `{{range $k, $e := .}}{{$k}}${body}{{$e}}{{end}}`),
    fc
      .tuple(tie('body'), fc.constantFrom('break', 'continue'), tie('body'))
      .map(([before, jump, after]) => `{{range .}}${before}{{if .}}{{${jump}}}{{end}}${after}{{end}}`),
    fc.tuple(fc.constantFrom('p', 'q'), pipeline).map(([name, pipe]) => `{{template "${name}" ${pipe}}}`),
    fc.tuple(fc.constantFrom('p', 'r'), tie('body')).map(([name, body]) => `{{block "${name}" .}}${body}{{end}}`)
  ),
  body: fc.array(tie('node'), { maxLength: 4 }).map(parts => parts.join(''))
}))

const value = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...'aé☃ß漢😀\n\u2028'), maxLength: 5 }),
  fc.constantFrom('"', '\\', '{{.B}}', "'<&", '5')
)

/** Random templates with random inputs. */
export const anyCase: fc.Arbitrary<Case> = fc.record({
  template: fc
    .tuple(nodes.body, fc.constantFrom('', '{{define "q"}}[{{.}}]{{end}}', '{{define "p"}}{{.A}}{{end}}'))
    .map(([body, definition]) => body + definition),
  inputs: fc.record({ A: value, B: value, Long_name9: value }, { requiredKeys: [] })
})
