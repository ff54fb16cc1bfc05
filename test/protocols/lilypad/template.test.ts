// The template language: what Go prints we print, where Go fails we fail.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fillText } from '../../../protocols/lilypad/template/fill.ts'
import { testSeed, throws } from '../../support.ts'
import { type Answer, fillWithGo, hasGo } from './go/oracle.ts'
import { anyCase, type Case, textsOf } from './templates.ts'

const vectors: readonly (Case & { text: Answer })[] = JSON.parse(
  readFileSync(new URL('../../vectors/lilypad-templates.json', import.meta.url), 'utf8')
)

function filled({ template, inputs }: Case): string | null {
  try {
    return fillText(template, textsOf(inputs))
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^LILYPAD_/.test(String(error.code))) return null
    throw error
  }
}

const go = suite('Go templates')

go('are filled as Go fills them: written and random ones, with what Go said of each', () => {
  assert.ok(vectors.length >= 490)
  assert.ok(vectors.filter(({ text }) => text !== null).length > 200)
  for (const vector of vectors) assert.is(filled(vector), vector.text, vector.template)
})

// The vectors above hold what Go said, so nothing is missing without it; a Go on the PATH is asked about many more.
if (await hasGo())
  go('are filled as the Go of this machine fills them, whatever they are', async () => {
    const cases = fc.sample(anyCase, { numRuns: 3000, seed: testSeed() })
    const answers = await fillWithGo(cases)
    cases.forEach((one, i) => {
      assert.is(filled(one), answers[i] ?? null, JSON.stringify(one))
    })
  })

go('that use what modules do not are refused by its name', () => {
  const text = (template: string) => fillText(template, textsOf({ A: 'moo' }))
  for (const [template, name] of [
    ['{{call .A}}', 'call'],
    ['{{1+2i}}', 'complex'],
    ['{{printf "%x" 1.5}}', '%x of a float'],
    ['{{.}}', 'all inputs']
  ] as const)
    assert.match(throws(() => text(template), 'LILYPAD_TEMPLATE_UNSUPPORTED').message, name)
})

go('cannot fill the memory or the stack', () => {
  const nested = `${'{{if 1}}'.repeat(500)}${'{{end}}'.repeat(500)}`
  throws(() => fillText(nested, new Map()), 'LILYPAD_TEMPLATE_UNSUPPORTED')
  throws(() => fillText(`{{print ${'('.repeat(5000)}1${')'.repeat(5000)}}}`, new Map()), 'LILYPAD_TEMPLATE_UNSUPPORTED')
  throws(() => fillText(`{{$${'.A'.repeat(5000)}}}`, new Map()), 'LILYPAD_TEMPLATE_UNSUPPORTED')
  throws(() => fillText('{{printf "%999999d" 1}}', new Map()), 'LILYPAD_TEMPLATE_FAILED')
  throws(() => fillText('{{define "a"}}{{template "a"}}{{end}}{{template "a"}}', new Map()), 'LILYPAD_TEMPLATE_FAILED')
  for (const twice of ['print $x $x', 'printf "%s%s" $x $x', 'printf "%q" $x', 'js $x']) {
    const growing = `{{$x := "<&"}}${`{{$x = ${twice}}}`.repeat(60)}`
    throws(() => fillText(growing, new Map()), 'LILYPAD_TEMPLATE_FAILED')
  }
  const inputs = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`N${i}`, 'x'.repeat(100)]))
  const square = '{{range .}}{{range $}}{{.}}{{end}}{{end}}'
  throws(() => fillText(square, textsOf(inputs)), 'LILYPAD_TEMPLATE_FAILED')
})

go('cannot take for ever', () => {
  const inputs = textsOf(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`N${i}`, 'x'])))
  const loops = `${'{{range $}}'.repeat(13)}${'{{end}}'.repeat(13)}`
  throws(() => fillText(loops, inputs), 'LILYPAD_TEMPLATE_FAILED')
  throws(() => fillText(`{{1${' | print 1'.repeat(20_000)}}}`, inputs), 'LILYPAD_TEMPLATE_FAILED')
  // Blanks and words are read once each: these would take minutes if a reader looked ahead from every one.
  const blanks = ' '.repeat(250_000)
  assert.is(fillText(`a${blanks}x{{- 1}}`, inputs), `a${blanks}x1`)
  assert.is(fillText(`{{and${' 1'.repeat(120_000)}}}`, inputs), '1')
})

go('that are no templates end in a code, never in a crash', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('{{', '{{if ', '{{.A | ', '{{printf "', "{{'"), (tail, head) => {
      filled({ template: `${head}${tail}`, inputs: { A: 'x' } })
    }),
    { seed: testSeed() }
  )
})

go.run()
