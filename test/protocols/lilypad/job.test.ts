// Modules of Lilypad's, read: ten real styles, every field honoured or refused by name.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isLilyError } from '../../../protocols/core/errors.ts'
import { checkInputFiles, MAX_INPUT_FILES_BYTES } from '../../../protocols/lilypad/input-files.ts'
import { readLilypadModule } from '../../../protocols/lilypad/job.ts'
import { moduleJson } from '../../../protocols/lilypad/module-json.ts'
import { type Json, renderJson } from '../../../protocols/lilypad/template/json.ts'
import { planRun } from '../../../protocols/module/inputs.ts'
import { parseModule } from '../../../protocols/module/module.ts'
import { MAX_RUN_TIME_SEC } from '../../../protocols/params.ts'
import { throws } from '../../support.ts'
import { cidOf } from '../arbitrary.ts'
import { STYLES } from './real.ts'

const CID = 'QmZ8wbMQKyHHP2hN47prdSUJ3Wc6eNceR4UMot3JZXnhDu'
const DOCKER = { Engine: 'Docker', Docker: { Image: 'user/image:1', Entrypoint: ['run'] } }

function read(spec: Record<string, Json>, top: Record<string, Json> = {}) {
  return readLilypadModule({ ...top, job: { Spec: { ...DOCKER, ...spec } } })
}

const styles = suite('real styles')

for (const { name, template, inputs, runs, wallSec, gpus, memoryMiB } of STYLES)
  styles(name, () => {
    const module = readLilypadModule(renderJson(template, inputs))
    const { engine } = module
    assert.is(engine.kind, 'docker')
    for (const [field, expected] of Object.entries(runs)) assert.equal(Reflect.get(engine, field), expected, field)
    assert.is(module.wallSec, wallSec)
    assert.is(module.machine.gpus.length, gpus)
    assert.is(module.machine.memoryMiB, memoryMiB)
    assert.equal(module.notes, [])
  })

styles('keep their data by CID and their files by name', () => {
  const [duckdb] = STYLES.filter(({ name }) => name.startsWith('duckdb'))
  const { inputs } = readLilypadModule(renderJson(duckdb?.template ?? '', duckdb?.inputs ?? {}))
  assert.equal(
    inputs.map(({ cid, name }) => [cid.version, cid.toV0().toString(), name]),
    [[1, CID, undefined]]
  )
  const [concat] = STYLES.filter(({ name }) => name.startsWith('concat'))
  const { inputFiles } = readLilypadModule(renderJson(concat?.template ?? '', {}))
  assert.equal(inputFiles, { required: ['one.txt', 'two.txt'], optional: ['one.txt', 'three.txt'] })
})

styles.run()

// ---

const fields = suite('fields')

fields('of the WASM engine, in both shapes', () => {
  const wasm = { EntryModule: { StorageSource: 'IPFS', CID }, EntryPoint: '_start', Parameters: ['-x'] }
  for (const spec of [
    { Engine: 'Wasm', Wasm: { ...wasm, EnvironmentVariables: { A: '1' } } },
    { EngineSpec: { type: 'wasm', params: { ...wasm, EnvironmentVariables: { A: '1' } } } }
  ]) {
    const { engine } = readLilypadModule({ Spec: spec })
    assert.is(engine.kind, 'wasm')
    if (engine.kind === 'wasm') {
      assert.is(engine.module.toV0().toString(), CID)
      assert.equal(engine.parameters, ['-x'])
      assert.equal(engine.env, { A: '1' })
    }
  }
})

fields('that cannot be honoured are refused by their name', () => {
  const refusals: readonly (readonly [path: string, spec: Record<string, Json>])[] = [
    ['job.Spec.Network.Type', { Network: { Type: 'Full' } }],
    ['job.Spec.Network.Type', { Network: { Type: 'Bridge' } }],
    ['job.Spec.Network.Domains', { Network: { Type: 'None', Domains: ['example.org'] } }],
    ['job.Spec.NodeSelectors', { NodeSelectors: [{ Key: 'architecture', Operator: 'In', Values: ['arm'] }] }],
    ['job.Spec.Deal.Concurrency', { Deal: { Concurrency: 3 } }],
    ['job.Spec.Language', { Language: { Language: 'python' } }],
    ['job.Spec.PublisherSpec', { PublisherSpec: { Type: 's3' } }],
    ['job.Spec.Inputs[0].StorageSource', { inputs: [{ StorageSource: 'S3', path: '/inputs' }] }],
    ['job.Spec.Inputs[0].StorageSource', { Inputs: [{ StorageSource: 'URLDownload', URL: 'x', path: '/inputs' }] }],
    ['job.Spec.Inputs[0].Path', { Inputs: [{ StorageSource: 'IPFS', CID, path: '/input' }] }],
    ['job.Spec.Inputs[0].Path', { Inputs: [{ StorageSource: 'IPFS', CID, path: '/inputs/a/b' }] }],
    ['job.Spec.Inputs[0].Path', { Inputs: [{ StorageSource: 'IPFS', CID, path: '/inputs/..' }] }],
    ['job.Spec.Outputs[0].Path', { outputs: [{ Name: 'output', path: '/output' }] }],
    ['job.Spec.Engine', { Engine: 'pythonwasm' }],
    ['job.Spec.Wasm.EntryPoint', { Engine: 'wasm', Wasm: { EntryModule: { CID }, EntryPoint: 'main' } }],
    ['job.Spec.Wasm.ImportModules', { Engine: 'wasm', Wasm: { EntryModule: { CID }, ImportModules: [{ CID }] } }]
  ]
  for (const [path, spec] of refusals) {
    const error = throws(() => read(spec), 'LILYPAD_CANNOT_HONOUR')
    assert.is(isLilyError(error) && error.details.path, path)
    assert.match(error.message, path)
  }
})

fields('that are malformed are refused by their name', () => {
  const docker = (change: Record<string, Json>): Record<string, Json> => ({ Docker: { Image: 'a/b', ...change } })
  const faults: readonly (readonly [path: string, spec: Record<string, Json>])[] = [
    ['job.Spec.Docker.Image', docker({ Image: '' })],
    ['job.Spec.Docker.Image', docker({ Image: 'user/image:sha256:aabb' })],
    ['job.Spec.Docker.Image', docker({ Image: '-v /:/host' })],
    ['job.Spec.Docker.Entrypoint', docker({ Entrypoint: 'run' })],
    ['job.Spec.Docker.EnvironmentVariables', docker({ EnvironmentVariables: ['NO_VALUE'] })],
    ['job.Spec.Docker.EnvironmentVariables', docker({ EnvironmentVariables: ['=x'] })],
    ['job.Spec.Docker.WorkingDirectory', docker({ WorkingDirectory: 'relative' })],
    ['job.Spec.Resources.GPU', { Resources: { GPU: 'all' } }],
    ['job.Spec.Resources.Memory', { Resources: { Memory: 'much' } }],
    ['job.Spec.Timeout', { Timeout: 'soon' }],
    ['job.Spec.Engine', { EngineSpec: { Type: 'wasm' } }],
    ['job.Spec.Docker.Image', { ...docker({}), EngineSpec: { Type: 'docker', Params: { Image: 'c/d' } } }],
    ['job.Spec.Inputs[0].CID', { Inputs: [{ StorageSource: 'IPFS', CID: 'no', path: '/inputs' }] }]
  ]
  for (const [path, spec] of faults) {
    const error = throws(() => read(spec), 'LILYPAD_BAD_FIELD')
    assert.is(isLilyError(error) && error.details.path, path)
  }
  for (const json of [null, 1, [], {}, { job: {} }, { job: { Spec: {} } }])
    throws(() => readLilypadModule(json), 'LILYPAD_BAD_FIELD')
})

fields('that nobody ever gave a meaning are told', () => {
  const { notes } = read({ Anotations: ['x'], Empty: {} }, { machine: { cpu: 500, wheels: 4 }, author: { name: 'me' } })
  assert.equal([...notes].sort(), ['"job.Spec.Anotations" has no meaning here', '"machine.wheels" has no meaning here'])
})

fields('keep every variable, whatever its name', () => {
  const { engine } = read({
    Docker: { Image: 'a/b', EnvironmentVariables: ['__proto__=1', 'toString=2', 'A=x=y', 'A=z'] }
  })
  assert.equal(Object.entries(engine.env), [
    ['__proto__', '1'],
    ['toString', '2'],
    ['A', 'z']
  ])
})

fields('whose time is longer than any job may have are cut, and that is told', () => {
  assert.equal(read({ Timeout: MAX_RUN_TIME_SEC }).notes, [])
  const { wallSec, notes } = read({ Timeout: MAX_RUN_TIME_SEC + 1 })
  assert.is(wallSec, MAX_RUN_TIME_SEC)
  assert.match(notes.join(), String(MAX_RUN_TIME_SEC))
})

fields('have units as people write them', () => {
  const memory = (Memory: Json) => read({ Resources: { Memory } }).memoryMiB
  assert.equal(
    ['8Gb', '3gb', '24000MB', '2Gi', '1.5g', '4000', 4_294_967_296].map(memory),
    [8192, 3072, 24_000, 2048, 1536, 4000, 4096]
  )
  const cpu = (CPU: Json) => read({ Resources: { CPU } }).machine.cpuMilli
  assert.equal(['500m', '2', 2.5, '8'].map(cpu), [1000, 2000, 2500, 8000])
  const gpus = (machine: Json, GPU: Json) => read({ Resources: { GPU } }, { machine }).machine.gpus.length
  assert.equal(
    [gpus({ gpu: 1 }, ''), gpus({ gpu: 2000 }, ''), gpus({}, '3'), gpus({ gpus: [{ vram: 1 }] }, 0)],
    [1, 2, 3, 1]
  )
  assert.equal(read({ Timeout: 600 }, { executionTimeoutSeconds: 60 }).wallSec, 60)
  assert.equal(read({}).wallSec, 900)
})

fields.run()

// ---

const made = suite('module.json')

made('says what is run, and nothing in it is a placeholder', () => {
  const module = read({ Inputs: [{ StorageSource: 'IPFS', CID, path: '/inputs/a.csv' }] })
  const program = {
    runtime: 'docker/linux-amd64' as const,
    entrypoint: 'image.tar',
    args: ['run', '{{.Message}} {{Text1}}', '{{'],
    env: { A: '{{File1}}', B: 'b' }
  }
  const text = moduleJson(module, program, { name: 'Lilypad/Cow Say', version: 'v0.0.4', files: ['a.csv'] })
  const parsed = parseModule(text)
  assert.is(parsed.name, 'lilypad-cow-say')
  assert.is(parsed.version, 'v0.0.4')
  const files = { File1: cidOf('a') }
  assert.equal(planRun(parsed, { v: 1, module: cidOf('m'), values: {}, files, salt: '' }), {
    args: program.args,
    env: program.env
  })
  assert.is(parsed.inputs.File1?.filename, 'a.csv')
})

made.run()

// ---

const files = suite('input files')
const DECLARED = { required: ['one.txt'], optional: ['two.txt'] }
const file = (name: string, content: string | Uint8Array = 'text') => ({ name, bytes: Buffer.from(content) })

files('must be those that the module names', () => {
  checkInputFiles(DECLARED, [file('one.txt')])
  checkInputFiles(DECLARED, [file('two.txt'), file('one.txt')])
  throws(() => checkInputFiles(DECLARED, []), 'LILYPAD_INPUT_FILE')
  assert.match(throws(() => checkInputFiles(DECLARED, [file('two.txt')]), 'LILYPAD_INPUT_FILE').message, 'one.txt')
  throws(() => checkInputFiles(DECLARED, [file('one.txt'), file('three.txt')]), 'LILYPAD_INPUT_FILE')
  throws(() => read({}, { inputFiles: { required: ['../one.txt'] } }), 'LILYPAD_BAD_FIELD')
})

files('are no programs and no scripts', () => {
  for (const bytes of [
    '\x7fELF',
    'MZ',
    '\xca\xfe\xba\xbe',
    '#!/bin/sh',
    'CWS',
    '\0asm',
    'a <SCRIPT src=x>',
    '<?php',
    'PK\x03\x04..META-INF/MANIFEST.MF'
  ])
    throws(() => checkInputFiles(DECLARED, [file('one.txt', Buffer.from(bytes, 'latin1'))]), 'LILYPAD_INPUT_FILE')
  checkInputFiles(DECLARED, [file('one.txt', 'PK\x03\x04 a document'), file('two.txt', 'a #! and < script')])
})

files('have at most 10 MiB together', () => {
  const half = new Uint8Array(MAX_INPUT_FILES_BYTES / 2)
  checkInputFiles(DECLARED, [file('one.txt', half), file('two.txt', half)])
  throws(
    () => checkInputFiles(DECLARED, [file('one.txt', half), file('two.txt', new Uint8Array(half.length + 1))]),
    'LILYPAD_INPUT_FILE'
  )
})

files.run()
