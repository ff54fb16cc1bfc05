// Inputs: from what a user typed to what is run. A value is one piece of text in one place, whatever it says.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Job } from '../../../protocols/job/job.ts'
import { MAX_INPUT_BYTES } from '../../../protocols/job/job.ts'
import { checkFiles, inputPath, MAX_ARG_BYTES, planRun, resolveValues } from '../../../protocols/module/inputs.ts'
import { parseModule } from '../../../protocols/module/module.ts'
import { testSeed, throws } from '../../support.ts'
import { cidOf } from '../arbitrary.ts'

const seed = testSeed()
const moduleOf = (fields: object) =>
  parseModule(JSON.stringify({ name: 'm', version: '1', runtime: 'lily-wasi/1', entrypoint: 'm.wasm', ...fields }))
const jobOf = (values: Job['values'], files: Job['files'] = {}): Job => ({
  v: 1,
  module: cidOf('module'),
  values,
  files,
  salt: ''
})

const MODULE = moduleOf({
  inputs: {
    Text: { type: 'string' },
    Count: { type: 'integer', default: 1 },
    Ratio: { type: 'number', default: 0.5 },
    Loud: { type: 'boolean', default: false },
    Animal: { type: 'string', default: 'cow', choices: ['cow', 'duck'] },
    Photo: { type: 'file' }
  }
})
const values = suite('values')

values('defaults fill what was not given; files are no values', () => {
  const given = { Text: 'moo', Count: '007', Loud: 'true' }
  assert.equal(resolveValues(MODULE, given), { Text: 'moo', Count: '7', Ratio: '0.5', Loud: 'true', Animal: 'cow' })
})

values('each type has its form', () => {
  const take = (name: string, value: string) => resolveValues(MODULE, { Text: '', [name]: value })[name]
  const good = { Count: ['0', '-5', '999999999999999'], Ratio: ['1', '-0.25', '1e3', '2E-2'], Loud: ['true', 'false'] }
  for (const [name, list] of Object.entries(good)) for (const value of list) assert.ok(take(name, value) !== undefined)
  const bad = {
    Count: ['', '1.0', '1e3', ' 1', '0x1', '1000000000000000', '٣'],
    Ratio: ['', '.5', '1.', '0x10', 'Infinity', 'NaN', '1e999', ' 1'],
    Loud: ['', 'True', 'yes', '1'],
    Animal: ['', 'Cow', 'cat'],
    Text: ['a\0b', '\ud800'],
    Photo: ['x']
  }
  for (const [name, list] of Object.entries(bad))
    for (const value of list) throws(() => take(name, value), 'MODULE_INPUT_TYPE')
  assert.is(take('Ratio', '1e3'), '1000')
  assert.is(take('Count', '-0'), '0')
})

values('a value has a longest form, in bytes', () => {
  assert.is(resolveValues(MODULE, { Text: 'a'.repeat(MAX_INPUT_BYTES) }).Text?.length, MAX_INPUT_BYTES)
  throws(() => resolveValues(MODULE, { Text: 'a'.repeat(MAX_INPUT_BYTES + 1) }), 'MODULE_INPUT_TYPE')
  throws(() => resolveValues(MODULE, { Text: 'é'.repeat(MAX_INPUT_BYTES / 2 + 1) }), 'MODULE_INPUT_TYPE')
})

values('what is unknown or missing is named, with what to type', () => {
  assert.match(throws(() => resolveValues(MODULE, {}), 'MODULE_INPUT_MISSING').message, '-i Text=<string>')
  for (const name of ['Nope', 'constructor', '__proto__', 'toString'])
    throws(
      () =>
        resolveValues(
          MODULE,
          Object.fromEntries([
            ['Text', ''],
            [name, 'x']
          ])
        ),
      'MODULE_INPUT_UNKNOWN'
    )
})

values('canonical values stay as they are', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.string(),
      (ratio, count, text) => {
        fc.pre(!text.includes('\0'))
        const once = resolveValues(MODULE, { Text: text, Ratio: String(ratio), Count: String(count) })
        assert.equal(resolveValues(MODULE, once), once)
        assert.is(Number(once.Ratio), ratio + 0)
      }
    ),
    { seed }
  )
})

values.run()

// ---

const files = suite('files')

files('exactly the declared ones are given', () => {
  checkFiles(MODULE, ['Photo'])
  throws(() => checkFiles(MODULE, []), 'MODULE_INPUT_MISSING')
  throws(() => checkFiles(MODULE, ['Photo', 'Other']), 'MODULE_INPUT_UNKNOWN')
  throws(() => checkFiles(MODULE, ['Photo', 'Text']), 'MODULE_INPUT_TYPE')
})

files.run()

// ---

const plan = suite('planRun')

const ARGS = moduleOf({
  args: ['say', '{{Text}}', '--from={{ .Text }}:{{Name}}', '--in={{Photo}}'],
  env: { NAME: '{{Name}}' },
  inputs: { Text: { type: 'string' }, Name: { type: 'string', default: 'x' }, Photo: { type: 'file' } }
})
const photo = { Photo: cidOf('photo') }

plan('a value stays in its place, whatever it says', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a b', '"', "'; rm -rf /", '--flag', '{{Name}}', '{{.Text}}', '$(x)', '$&', '$1', '\n', '\\', '')
  )
  fc.assert(
    fc.property(nasty, nasty, (text, name) => {
      fc.pre(!`${text}${name}`.includes('\0'))
      assert.equal(planRun(ARGS, jobOf({ Text: text, Name: name }, photo)), {
        args: ['say', text, `--from=${text}:${name}`, '--in=/inputs/Photo'],
        env: { NAME: name }
      })
    }),
    { seed, numRuns: 300 }
  )
})

plan('a job that does not fit its module is refused', () => {
  throws(() => planRun(ARGS, jobOf({ Text: 'a' })), 'MODULE_INPUT_MISSING')
  throws(() => planRun(ARGS, jobOf({}, photo)), 'MODULE_INPUT_MISSING')
  throws(() => planRun(ARGS, jobOf({ Text: 'a', Other: 'b' }, photo)), 'MODULE_INPUT_UNKNOWN')
  throws(() => planRun(ARGS, jobOf({ Text: 'a' }, { ...photo, Text: cidOf('t') })), 'MODULE_INPUT_TYPE')
})

plan('a short template cannot be blown up into a long plan', () => {
  const repeated = (times: number) => moduleOf({ args: ['{{A}}'.repeat(times)], inputs: { A: { type: 'string' } } })
  const long = jobOf({ A: 'x'.repeat(MAX_INPUT_BYTES) })
  assert.is(planRun(repeated(7), long).args[0]?.length, 7 * MAX_INPUT_BYTES)
  throws(() => planRun(repeated(8), long), 'MODULE_TOO_LARGE')
  throws(() => planRun(repeated(10_000), long), 'MODULE_TOO_LARGE')
  assert.ok(8 * MAX_INPUT_BYTES > MAX_ARG_BYTES)
  const many = moduleOf({ args: new Array(256).fill('{{A}}'), inputs: { A: { type: 'string' } } })
  throws(() => planRun(many, long), 'MODULE_TOO_LARGE')
})

plan('a file lies under its name', () => {
  assert.is(inputPath(MODULE, 'Photo'), '/inputs/Photo')
  const named = moduleOf({ args: ['{{Photo}}'], inputs: { Photo: { type: 'file', filename: 'my photo.jpg' } } })
  assert.equal(planRun(named, jobOf({}, photo)).args, ['/inputs/my photo.jpg'])
})

plan('no two files lie under one name, and no name leaves the folder', () => {
  const files = (one: object, two: object) =>
    moduleOf({ inputs: { A: { type: 'file', ...one }, B: { type: 'file', ...two } } })
  assert.ok(files({ filename: 'B.txt' }, { filename: 'A.txt' }))
  for (const filename of ['..', '.', 'a/b', 'a\\b', '', 'a\nb'])
    throws(() => files({ filename }, {}), 'MODULE_BAD_FIELD')
  throws(() => files({ filename: 'x' }, { filename: 'x' }), 'MODULE_BAD_FIELD')
  throws(() => files({ filename: 'B' }, {}), 'MODULE_BAD_FIELD')
  throws(() => moduleOf({ inputs: { A: { type: 'string', filename: 'x' } } }), 'MODULE_BAD_FIELD')
})

plan.run()
