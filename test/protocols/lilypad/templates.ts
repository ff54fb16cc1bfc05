// Templates for tests: written ones, one for each thing that Go's text/template does, and a grammar of random ones.
import fc from 'fast-check'
import { encodedInput, printed, type Text } from '../../../protocols/lilypad/template/text.ts'

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

const WRITTEN = [
  'plain text, no actions',
  '{{.A}}',
  '{{ .A }} and {{.B}}',
  '{{.Nothing}}',
  '{{.A.B}}',
  '{{.Nothing.B}}',
  '{{.}',
  '{{}}',
  '{{ }}',
  '{{.A',
  '{{"unclosed}}',
  '{{if .A}}yes{{end}}',
  '{{if .Nothing}}yes{{else}}no{{end}}',
  '{{if .C}}yes{{else}}no{{end}}',
  '{{if .Nothing}}1{{else if .A}}2{{else}}3{{end}}',
  '{{if .Nothing}}1{{else if .Zip}}2{{else if .B}}3{{end}}',
  '{{if .A}}no end',
  '{{end}}',
  '{{else}}',
  '{{if .A}}1{{else}}2{{else}}3{{end}}',
  '{{if}}x{{end}}',
  '{{if .A}}x{{end .A}}',
  '{{with .A}}[{{.}}]{{else}}none{{end}}',
  '{{with .Nothing}}[{{.}}]{{else}}none{{end}}',
  '{{with $x := .A}}{{$x}}{{.}}{{end}}',
  '{{with .A}}{{$.B}}{{end}}',
  '{{range .}}<{{.}}>{{end}}',
  '{{range $v := .}}<{{$v}}>{{end}}',
  '{{range $k, $v := .}}{{$k}}={{$v}};{{end}}',
  '{{range .Nothing}}x{{else}}empty{{end}}',
  '{{range .A}}x{{end}}',
  '{{range $a, $b, $c := .}}x{{end}}',
  'a  {{- .A -}}  b',
  'a \n\t{{- .A }} b',
  'a {{ .A -}} \n\n b',
  'a {{-.A}} b',
  '{{.A -}}\n{{- .A}}',
  '{{- .A -}}',
  '{{/* a comment */}}x',
  'a {{- /* a comment */ -}} b',
  '{{/* not alone */ .A}}',
  '{{ /* with a space */ }}',
  '{{/* no end }}',
  '{{-/* x */-}}',
  '{{"text"}} {{`raw "text"\\n`}} {{"esc\\"aped\\n\\t\\u00e9\\x41\\101"}}',
  "{{'a'}} {{'\\n'}} {{'é'}}",
  "{{'ab'}}",
  '{{1}} {{-1}} {{+1}} {{0x1F}} {{0b11}} {{0o17}} {{017}} {{1_000}} {{1.5}} {{1e3}} {{.5}} {{1.}} {{1e30}} {{1e-7}}',
  '{{123456789.123}} {{1e20}} {{1e21}} {{0.0001}} {{0.00001}} {{-0.0}}',
  '{{true}} {{false}}',
  '{{nil}}',
  '{{nil | print}}',
  '{{print nil}}',
  '{{9223372036854775807}}',
  '{{9223372036854775808}}',
  '{{089}}',
  '{{1x}}',
  '{{$x := .A}}{{$x}}{{$x = .B}}{{$x}}',
  '{{$x}}',
  '{{$x = 1}}',
  '{{$x := 1}}{{if true}}{{$x = 2}}{{$x}}{{end}}{{$x}}',
  '{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}',
  '{{if true}}{{$x := 2}}{{end}}{{$x}}',
  '{{if $x := .A}}{{$x}}{{else}}{{$x}}{{end}}',
  '{{$.A}}',
  '{{$x := .A}}{{$x.B}}',
  '{{(.A)}}',
  '{{(print .A)}}',
  '{{(.A).B}}',
  '{{print (print (print .A))}}',
  '{{(print .A}}',
  '{{print .A)}}',
  '{{print .A .B 1 2 true "x" 1.5}}',
  '{{print 1 2}}{{print "a" 1 2 "b"}}{{print true 1}}',
  '{{println .A 1}}',
  '{{println}}',
  '{{printf "%s" .A}}',
  '{{printf "%s-%s" .A .B}}',
  '{{printf "%q" .A}} {{printf "%q" .B}} {{printf "%q" .D}} {{printf "%+q" .D}}',
  '{{printf "%s" (printf "%q" .A)}}',
  '{{printf "%v %v %v %v" .A 1 true 1.5}}',
  '{{printf "%d|%5d|%-5d|%05d|%+d|% d|%x|%X|%o|%b|%c" 42 42 42 42 42 42 42 42 8 5 65}}',
  '{{printf "%d" -42}}{{printf "%05d" -42}}{{printf "%x" -255}}',
  '{{printf "%f|%.2f|%8.3f|%e|%g|%v" 1.5 1.5 1.5 1234.5 1.5 1e30}}',
  '{{printf "%t|%v|%5t" true false true}}',
  '{{printf "%10s|%-10s|%.2s|%010s" .A .A .A .A}}',
  '{{printf "%%"}}',
  '{{printf "%d" .A}}',
  '{{printf "%s" 1}}',
  '{{printf "%s" true}}',
  '{{printf "%y" 1}}',
  '{{printf "%s"}}',
  '{{printf "%s" .A .B}}',
  '{{printf "x" 1 2.5 true .A}}',
  '{{printf "%"}}',
  '{{printf "%T %T %T %T" .A 1 1.5 true}}',
  '{{printf "%s" .Nothing}}',
  '{{printf "%v" .Nothing}}',
  '{{printf "%d" .Nothing}}',
  '{{printf "%v" nil}}',
  '{{printf 1}}',
  '{{printf}}',
  '{{printf .A}}',
  '{{.A | printf "%s"}}',
  '{{.A | printf "%s %s" .B}}',
  '{{.A | print | printf "%q" | html}}',
  '{{"a" | "b"}}',
  '{{.A | .B}}',
  '{{print | print}}',
  '{{.A | }}',
  '{{| .A}}',
  '{{js .A}} {{js .B}} {{js .D}} {{js 1 2}} {{js "a\'b"}}',
  '{{.A | js}}',
  '{{js .Nothing}}',
  '{{html .A}} {{html .B}} {{html .D}} {{html "\\x00"}}',
  '{{html .Nothing}}',
  '{{urlquery .A}} {{urlquery .B}} {{urlquery .D}} {{urlquery "a b+c~d"}}',
  '{{and .A .B}} {{and .Nothing .B}} {{and true 0}} {{and 1}} {{or .Nothing .A}} {{or 0 "" "x"}} {{or 0 0}}',
  '{{and}}',
  '{{or}}',
  '{{.A | or .Nothing}}',
  '{{.A | and .B}}',
  '{{or .Nothing}}',
  '{{if or .Nothing .Zip}}1{{else}}2{{end}}',
  '{{if and .A (not .Nothing)}}1{{end}}',
  '{{not .A}} {{not .Nothing}} {{not 0}} {{not ""}}',
  '{{not}}',
  '{{not 1 2}}',
  '{{or true (index .A 999)}}',
  '{{len .A}} {{len "é"}} {{len .}} {{len ""}}',
  '{{len 1}}',
  '{{len .Nothing}}',
  '{{len}}',
  '{{index . "A"}}',
  '{{index . "Nothing"}}|',
  '{{index .A 1}}',
  '{{index .A 100}}',
  '{{index .A -1}}',
  '{{index .A "x"}}',
  '{{index . 1}}',
  '{{index .A}}',
  '{{index . "A" 0}}',
  '{{index .Nothing 1}}',
  '{{slice .A 1}}|{{slice .A 1 3}}|{{slice .A}}|{{slice .A 0 0}}',
  '{{slice .A 3 1}}',
  '{{slice .A 0 99}}',
  '{{slice .A 0 1 2}}',
  '{{slice 1 2}}',
  '{{eq .A .A}} {{eq .A .B}} {{eq .A "moo"}} {{eq .A "\\"moo\\""}} {{eq 1 1}} {{eq 1 2 3 1}} {{eq true true}}',
  '{{eq 1 1.0}}',
  '{{eq 1 "1"}}',
  '{{eq .A}}',
  '{{eq}}',
  '{{eq .Nothing .A}} {{eq .Nothing .Zip}} {{eq .Nothing nil}} {{ne .Nothing .A}}',
  '{{ne .A .B}} {{ne 1 1}}',
  '{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}} {{lt "a" "b"}} {{lt "b" "a"}} {{le "a" "a"}} {{gt 1.5 1.0}}',
  '{{lt 1 "a"}}',
  '{{lt true false}}',
  '{{lt 1}}',
  '{{lt .Nothing 1}}',
  '{{subst "K=%s" .A}}',
  '{{subst "K=%s,%s" .A .B}}',
  '{{subst "plain"}}',
  '{{subst "%s" "not json"}}',
  '{{subst "%s" "\\"json\\""}}',
  '{{subst "%q" .B}}',
  '{{subst "%s" .Nothing}}',
  '{{subst "%s" 1}}',
  '{{subst 1}}',
  '{{unknown .A}}',
  '{{A}}',
  '{{.A.}}',
  '{{..A}}',
  '{{. A}}',
  '{{.A .B}}',
  '{{1 2}}',
  '{{"a".B}}',
  '{{print.A}}',
  '{{print .A.B}}',
  '{{ .A\n}}',
  '{{\n.A | \n js\n}}',
  '{{print\t.A}}',
  '{{if\n.A}}x{{end}}',
  '}} stray {{.A}}',
  '{ {.A} }',
  '{{{.A}}}',
  '{{true.X}}',
  '{{.a-b}}',
  '{{.A-}}',
  '{{3 -}} x',
  '{{3-}} x',
  '{{- 3}} x',
  'x {{-3}}',
  '{{.É}}',
  '{{if eq (len .A) 5}}five{{end}}',
  '{{$x := or .Nothing "d"}}{{$x}}',
  '{{with or .Nothing "d"}}{{.}}{{end}}',
  '{{if (and .A .B)}}"{{ subst "A=%s" .A }}"{{end}}',
  '{{if .Nothing}}{{.A}},{{end}}"x"'
]

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
    tie('body').map(body => `{{range $k, $e := .}}{{$k}}${body}{{$e}}{{end}}`)
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
  template: nodes.body,
  inputs: fc.record({ A: value, B: value, Long_name9: value }, { requiredKeys: [] })
})
