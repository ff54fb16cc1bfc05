// From a template to JSON: a value is a value, whatever it says and however the template prints it.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fillText } from '../../../protocols/lilypad/template/fill.ts'
import { renderJson } from '../../../protocols/lilypad/template/json.ts'
import { testSeed, throws } from '../../support.ts'
import { textsOf } from './templates.ts'

const seed = testSeed()

/** Whatever a user might type. */
const anything = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'"\\{}[],:\n\tnu0a/\'{{.}}\uE000\uE0010'), maxLength: 20 }),
  fc.constantFrom('", "evil": "', '\\', '\\"', '\\u0022', '"],"x":["', '{{.Other}}', '\uE0000\uE001')
)

/** Ordinary words: none of the characters that any encoder escapes. */
const ordinary = fc.string({ unit: fc.constantFrom(...'abcXYZ 0189.,:;!?-_/()é漢'), minLength: 1, maxLength: 20 })

const printed = suite('printing forms')

/** How templates print a value, and what of it arrives. */
const FORMS: readonly (readonly [form: string, arrives: (value: string) => string])[] = [
  ['{{.V}}', value => value],
  ['{{ .V }}', value => value],
  ['"K={{ subst "%s" .V }}"', value => `K=${value}`],
  ['"{{ subst "K=%s" .V }}"', value => `K=${value}`],
  ['"{{ subst "K=%s;%s" .V .V }}"', value => `K=${value};${value}`],
  ['{{ subst "\\"K=%s\\"" .V }}', value => `K=${value}`],
  ['"K={{ js (subst "%s" .V) }}"', value => `K=${value}`],
  // As Go prints it, and as it then is in JSON: the encoder's quotation marks with it.
  ['"K={{ js .V }}"', value => `K=${JSON.stringify(value)}`],
  ['"K={{ .V | js }}"', value => `K=${JSON.stringify(value)}`],
  // Go's result is not JSON here; the marks that broke it are left out.
  ['"K={{ .V }}"', value => `K=${value}`],
  ['"K={{ printf "%s" .V }}"', value => `K=${value}`],
  ['"K={{ printf "%s" (printf "%q" .V) }}"', value => `K=${JSON.stringify(value)}`],
  ['"{{ or .Missing .V }}"', value => value],
  ['{{if .V}}{{.V}}{{else}}"none"{{end}}', value => value]
]

printed('put ordinary words where Go puts them', () => {
  for (const [form, arrives] of FORMS)
    fc.assert(
      fc.property(ordinary, value => {
        assert.equal(renderJson(`{"a": [${form}, "after"]}`, { V: value }), { a: [arrives(value), 'after'] })
      }),
      { numRuns: 20, seed }
    )
})

printed('give what Go gives wherever that is JSON', () => {
  const templates = FORMS.map(([form]) => `{"a": [${form}, "after"]}`)
  fc.assert(
    fc.property(anything, fc.constantFrom(...templates), (value, template) => {
      const text = fillText(template, textsOf({ V: value }))
      let expected: unknown
      try {
        expected = JSON.parse(text)
      } catch {
        return
      }
      const [length] = [Reflect.get(Object(expected), 'a')?.length]
      // Go's text was JSON by accident: the value has become structure, or its backslashes escapes.
      if (length !== 2 || (template.includes('subst') && value.includes('\\'))) return
      assert.equal(renderJson(template, { V: value }), expected)
    }),
    { numRuns: 800, seed }
  )
})

printed('can never add to the structure', () => {
  fc.assert(
    fc.property(anything, anything, fc.constantFrom(...FORMS.map(([form]) => form)), (value, other, form) => {
      const json = renderJson(`{"a": [${form}], "b": {{.Other}}, "n": {"${'deep'}": [${form}]}}`, {
        V: value,
        Other: other
      })
      assert.equal(Object.keys(Object(json)), ['a', 'b', 'n'])
      const { a, b, n } = Object(json)
      assert.is(a.length, 1)
      assert.type(a[0], 'string')
      assert.is(b, other)
      assert.equal(n, { deep: a })
      // Nothing of a value that is put in raw is lost or changed.
      if (form.includes('subst') && !form.includes('js')) assert.ok(a[0].includes(value))
    }),
    { numRuns: 1000, seed }
  )
})

printed('that would make a value more than a value are refused', () => {
  const expectUnsafe = (template: string, value: string) =>
    throws(() => renderJson(template, { V: value }), 'LILYPAD_TEMPLATE_UNSAFE')
  expectUnsafe('{ {{.V}}: 1 }', 'name')
  expectUnsafe('{ "{{ subst "%s" .V }}": 1 }', 'name')
  expectUnsafe('[ {{ subst "%s" .V }} ]', '1, 2')
  expectUnsafe('[ {{ subst "%s" .V }} ]', '"x"')
  expectUnsafe('[ "\\{{ subst "%s" .V }}" ]', 'n')
  assert.equal(renderJson('[ {{ subst "%s" .V }} ]', { V: ' 12.5 ' }), [12.5])
  assert.equal(renderJson('{"Timeout": {{ subst "%s" .V }}}', { V: '1800' }), { Timeout: 1800 })
})

printed.run()

// ---

const text = suite('the text around')

text('may have commas behind its last elements', () => {
  assert.equal(renderJson('{"a": [1, 2,\n], "b": ",]",}', {}), { a: [1, 2], b: ',]' })
  assert.equal(renderJson('{"a": "\\"x,]\\\\", "b": [{"c": ",}",},\t],\r\n}', {}), { a: '"x,]\\', b: [{ c: ',}' }] })
})

text('must be JSON otherwise', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  const unclosed = `["${'\\"'.repeat(100_000)}`
  for (const template of ['', '{', '{"a": us-east1}', '{"a": "line\nbreak"}', '[1,,]', '[,]', '[1, ,]', deep, unclosed])
    throws(() => renderJson(template, {}), 'LILYPAD_NOT_JSON')
})

text('names the inputs that it prints and that are missing; those that it only asks about may be', () => {
  const error = throws(() => renderJson('["{{ js .Prompt }}"]', { Other: 'x' }), 'LILYPAD_INPUT_MISSING')
  assert.match(error.message, '"Prompt"')
  throws(() => renderJson('[{{.Prompt}}]', {}), 'LILYPAD_INPUT_MISSING')
  assert.equal(renderJson('[{{if .Prompt}}{{.Prompt}}{{else}}"none"{{end}}]', {}), ['none'])
  assert.equal(renderJson('["{{or .N "1"}}"]', {}), ['1'])
})

text('may not contain the marks of values', () => {
  throws(() => renderJson('["\uE000"]', {}), 'LILYPAD_TEMPLATE_UNSUPPORTED')
})

text.run()
