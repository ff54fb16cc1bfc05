// The wire specification (protocols/README.md) says what the code does: topics, streams, fields, limits, parameters, codes.
import { readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as params from '../../protocols/params.ts'
import { COMPARABLE_STATUSES, RESULT } from '../../protocols/result/result.ts'
import { STREAMS } from '../../protocols/wire.ts'
import { CODECS } from './arbitrary.ts'
import { fieldRows, PARTS, streamRows, type Table, tablesOf, topicRows } from './tables.ts'

const ROOT = new URL('../../protocols/', import.meta.url)
const TABLES = tablesOf(readFileSync(new URL('README.md', ROOT), 'utf8'))

function tableOf(heading: string): Table {
  const table = TABLES.get(heading)
  assert.ok(table !== undefined, `protocols/README.md has no table under "${heading}"`)
  return table ?? []
}

/** The first columns of the table under a heading; the last one is for people. */
const factsOf = (heading: string) => tableOf(heading).map(row => row.slice(0, -1))

const readme = suite('protocols/README.md')

readme('topics', () => assert.equal(tableOf('Topics'), topicRows()))
readme('streams', () => assert.equal(tableOf('Streams'), streamRows()))

for (const { name, shape } of CODECS.filter(codec => fieldRows(codec.shape).length > 0))
  readme(`fields of ${name}`, () => assert.equal(factsOf(name), fieldRows(shape)))
for (const [shape, name] of PARTS) readme(`fields of ${name}`, () => assert.equal(factsOf(name), fieldRows(shape)))

readme('parameters', () => {
  const told = Object.fromEntries(factsOf('Parameters'))
  assert.equal(told, Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])))
})

readme('codes are those that the sources name, each once', () => {
  const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.ts') && !file.startsWith('run')
  )
  const quoted = /'((?:CODEC|UNITS|OFFER|MATCH|DEAL|MODULE)_[A-Z0-9_]+)'/g
  const named = files.flatMap(file =>
    [...readFileSync(new URL(file, ROOT), 'utf8').matchAll(quoted)].map(([, code]) => code)
  )
  const told = tableOf('Codes').map(([code]) => code)
  assert.is(new Set(told).size, told.length)
  assert.equal(new Set(told), new Set(named))
})

readme.run()

// ---

const streams = suite('streams')

streams('a message that its codec allows is not cut off by its stream', () => {
  for (const { request, answer, maxRequestBytes, maxResponseBytes } of Object.values(STREAMS)) {
    assert.ok(request.maxBytes <= maxRequestBytes)
    assert.ok(answer.maxBytes <= maxResponseBytes)
  }
})

streams('each has a protocol of its own, with its version', () => {
  const protocols = Object.values(STREAMS).map(({ protocol }) => protocol)
  assert.is(new Set(protocols).size, protocols.length)
  for (const [name, { protocol }] of Object.entries(STREAMS))
    assert.match(protocol, new RegExp(`^/lilynode/${name}/\\d+$`))
})

streams('every ending that can be compared has a number', () => {
  const shape = RESULT.shape
  assert.ok(shape.kind === 'struct' && shape.fields.status !== undefined)
  assert.equal(shape.fields.status, { kind: 'integer', min: 0, max: COMPARABLE_STATUSES.length - 1 })
})

streams.run()
