// The published JSON Schema of module.json, made from the schema that the node checks with. After a change of that:
// `node test/protocols/module/json-schema.ts` writes it anew; a test holds the two equal.
import { writeFile } from 'node:fs/promises'
import { toJsonSchema } from '@valibot/to-json-schema'
import { MODULE_SCHEMA } from '../../../protocols/module/module.ts'

/** Where it is published. */
export const SCHEMA_FILE = new URL('../../../protocols/module/module.schema.json', import.meta.url)

/** Its text, as it should be. */
export function moduleJsonSchema(): string {
  const { $schema, ...schema } = toJsonSchema(MODULE_SCHEMA, { typeMode: 'input', target: 'draft-2020-12' })
  const head = { $schema, title: 'module.json', description: 'What a lilynode module runs and which inputs it takes' }
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`
}

if (import.meta.main) await writeFile(SCHEMA_FILE, moduleJsonSchema())
