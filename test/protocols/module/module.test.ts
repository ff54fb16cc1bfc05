// module.json: what is taken, what is refused and how it is named.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isLilyError } from '../../../protocols/core/errors.ts'
import { MAX_MODULE_BYTES, parseModule } from '../../../protocols/module/module.ts'
import { throws } from '../../support.ts'

const LEAST = { name: 'cowsay', version: '0.0.4', runtime: 'lily-wasi/1', entrypoint: 'cowsay.wasm' }
const parse = (changes: object) => parseModule(JSON.stringify({ ...LEAST, ...changes }))
const pathOf = (error: unknown) => (isLilyError(error) ? error.details.path : undefined)

const good = suite('a module')

good('has defaults for all but its name, version, runtime and entrypoint', () => {
  const module = parse({})
  assert.equal(module, {
    ...LEAST,
    description: '',
    args: [],
    env: {},
    inputs: {},
    machine: { cpuMilli: 1000, memoryMiB: 256, diskMiB: 256, gpus: [] },
    limits: {
      gas: 100_000_000_000,
      memoryMiB: 256,
      outputMiB: 64,
      outputFiles: 1000,
      logKiB: 1024,
      wallSec: 60,
      pids: 64
    }
  })
})

good('keeps what it says', () => {
  const module = parse({
    $schema: './module.schema.json',
    args: ['{{Message}}', '--size={{ .Size }}'],
    env: { MODE: '{{Mode}}' },
    inputs: {
      Message: { type: 'string' },
      Size: { type: 'integer', default: 3 },
      Mode: { type: 'string', default: 'cow', choices: ['cow', 'duck'] },
      Photo: { type: 'file', description: 'a picture' }
    },
    machine: { memoryMiB: 512, gpus: [{ vramMiB: 1000 }] },
    limits: { gas: 1 }
  })
  assert.equal(module.machine, { cpuMilli: 1000, memoryMiB: 512, diskMiB: 256, gpus: [{ model: '', vramMiB: 1000 }] })
  assert.is(module.limits.gas, 1)
  assert.is(module.inputs.Size?.default, 3)
})

good('has its entrypoint inside its folder', () => {
  for (const entrypoint of ['a', 'bin/a.wasm', '.hidden', '..a', 'a..', 'x'.repeat(255)])
    assert.is(parse({ entrypoint }).entrypoint, entrypoint)
  for (const entrypoint of [
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/./b',
    'a\\b',
    'a\0',
    'x'.repeat(256)
  ])
    assert.is(pathOf(throws(() => parse({ entrypoint }), 'MODULE_BAD_FIELD')), 'entrypoint', entrypoint)
})

good.run()

// ---

const refused = suite('what is refused')

refused('text that is no JSON', () => {
  for (const text of ['', '{', 'name: cowsay', '{"a":1,}']) throws(() => parseModule(text), 'MODULE_NOT_JSON')
  for (const text of ['null', '[]', '"x"', '1']) throws(() => parseModule(text), 'MODULE_BAD_FIELD')
})

refused('text longer than a module may be', () => {
  const text = JSON.stringify(LEAST)
  assert.is(parseModule(text.padEnd(MAX_MODULE_BYTES)).name, 'cowsay')
  throws(() => parseModule(text.padEnd(MAX_MODULE_BYTES + 1)), 'MODULE_TOO_LARGE')
  throws(() => parseModule(JSON.stringify({ ...LEAST, description: 'é'.repeat(40_000) })), 'MODULE_TOO_LARGE')
})

refused('unknown fields, at any depth, by name', () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ dockerImage: 'x' }, 'dockerImage'],
    [{ machine: { cpus: 1 } }, 'machine.cpus'],
    [{ limits: { wallMs: 1 } }, 'limits.wallMs'],
    [{ inputs: { A: { type: 'string', required: true } } }, 'inputs.A.required']
  ]
  for (const [changes, path] of cases) assert.is(pathOf(throws(() => parse(changes), 'MODULE_UNKNOWN_FIELD')), path)
})

refused('missing fields and wrong values, by name', () => {
  for (const name of Object.keys(LEAST)) {
    const error = throws(() => parse({ [name]: undefined }), 'MODULE_BAD_FIELD')
    assert.is(pathOf(error), name)
  }
  const cases: readonly (readonly [object, string])[] = [
    [{ name: 'Cow' }, 'name'],
    [{ name: 'a'.repeat(64) }, 'name'],
    [{ version: '' }, 'version'],
    [{ version: 'v 1' }, 'version'],
    [{ runtime: 'wasm' }, 'runtime'],
    [{ args: 'x' }, 'args'],
    [{ args: [1] }, 'args.0'],
    [{ args: new Array(257).fill('') }, 'args'],
    [{ env: { '1': 'x' } }, 'env.1'],
    [{ inputs: { 'a-b': { type: 'string' } } }, 'inputs.a-b'],
    [{ inputs: { A: { type: 'text' } } }, 'inputs.A.type'],
    [{ inputs: { A: { type: 'string', choices: [] } } }, 'inputs.A.choices'],
    [{ machine: { cpuMilli: 0 } }, 'machine.cpuMilli'],
    [{ machine: { memoryMiB: 1.5 } }, 'machine.memoryMiB'],
    [{ limits: { wallSec: 7 * 24 * 3600 + 1 } }, 'limits.wallSec'],
    [{ limits: { gas: -1 } }, 'limits.gas']
  ]
  for (const [changes, path] of cases) assert.is(pathOf(throws(() => parse(changes), 'MODULE_BAD_FIELD')), path)
})

refused('names that would vanish on the way', () => {
  for (const name of ['constructor', 'prototype']) {
    assert.is(
      pathOf(throws(() => parse({ inputs: { [name]: { type: 'string' } } }), 'MODULE_BAD_FIELD')),
      `inputs.${name}`
    )
    assert.is(pathOf(throws(() => parse({ env: { [name]: 'x' } }), 'MODULE_BAD_FIELD')), `env.${name}`)
  }
  const text = `{"env": {"__proto__": "x"}, ${JSON.stringify(LEAST).slice(1)}`
  assert.is(pathOf(throws(() => parseModule(text), 'MODULE_BAD_FIELD')), 'env.__proto__')
})

refused('defaults and choices that are not of their type', () => {
  const inputs = [
    { type: 'integer', default: 'three' },
    { type: 'integer', default: 1.5 },
    { type: 'boolean', default: 'yes' },
    { type: 'string', default: 'c', choices: ['a', 'b'] },
    { type: 'integer', choices: ['1', 'two'] }
  ]
  for (const input of inputs) throws(() => parse({ inputs: { A: input } }), 'MODULE_INPUT_TYPE')
  for (const extra of [{ default: 'x' }, { choices: ['x'] }])
    throws(() => parse({ inputs: { A: { type: 'file', ...extra } } }), 'MODULE_BAD_FIELD')
})

refused('templates that ask for what is not declared', () => {
  const inputs = { A: { type: 'string' } }
  assert.is(pathOf(throws(() => parse({ inputs, args: ['{{A}}', 'x{{B}}'] }), 'MODULE_INPUT_UNKNOWN')), 'args.1')
  assert.is(pathOf(throws(() => parse({ inputs, env: { E: '{{constructor}}' } }), 'MODULE_INPUT_UNKNOWN')), 'env.E')
  // What is no placeholder stays as it is.
  assert.equal(parse({ args: ['{{ }}', '{A}', '{{1}}', '}}{{'] }).args, ['{{ }}', '{A}', '{{1}}', '}}{{'])
})

refused.run()
