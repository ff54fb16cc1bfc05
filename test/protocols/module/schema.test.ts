// The published JSON Schema is the one that the node checks with.
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { moduleJsonSchema, SCHEMA_FILE } from './json-schema.ts'

const schema = suite('module.schema.json')
const published = readFileSync(SCHEMA_FILE, 'utf8')

schema('is fresh: after a change run `node test/protocols/module/json-schema.ts`', () => {
  assert.is(published, moduleJsonSchema())
})

schema('asks for what has no default, and for nothing that is unknown', () => {
  const form = v.object({ required: v.array(v.string()), additionalProperties: v.literal(false) })
  assert.equal(v.parse(form, JSON.parse(published)).required, ['name', 'version', 'runtime', 'entrypoint'])
})

schema('says of each field what it is', () => {
  const form = v.object({ properties: v.record(v.string(), v.object({ description: v.optional(v.string()) })) })
  for (const [name, { description }] of Object.entries(v.parse(form, JSON.parse(published)).properties))
    assert.ok(description !== undefined && description.length > 5, `${name} has no description`)
})

schema.run()
