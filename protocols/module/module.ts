/**
 * `module.json`: what a module runs and which inputs it takes. Its directory (module.json and the entrypoint) has one CID,
 * and a job names that CID, never a tag that can move (protocol.md section 7).
 */
import * as v from 'valibot'
import { utf8 } from '../core/utf8.ts'
import { ModuleError } from './errors.ts'
import { inputFileName } from './inputs.ts'
import { MODULE_SCHEMA, type Module } from './schema.ts'
import { placeholdersOf } from './template.ts'
import { canonicalValue } from './value.ts'

export { ModuleError } from './errors.ts'
export { MODULE_SCHEMA, type Module } from './schema.ts'

/** The file that makes a directory a module. */
export const MODULE_FILE = 'module.json'

/** Longest module.json: generous for text that people write, small for a provider that reads those of strangers. */
export const MAX_MODULE_BYTES = 64 * 1024

/**
 * A module from the text of its module.json. What it accepts can be run: defaults are of their types, and templates name
 * declared inputs only.
 *
 * @throws MODULE_TOO_LARGE, MODULE_NOT_JSON, MODULE_UNKNOWN_FIELD, MODULE_BAD_FIELD, MODULE_INPUT_UNKNOWN,
 *   MODULE_INPUT_TYPE: the message names the field and what was expected
 */
export function parseModule(text: string): Module {
  const length = utf8(text).length
  if (length > MAX_MODULE_BYTES)
    throw new ModuleError(
      'MODULE_TOO_LARGE',
      `${MODULE_FILE}: ${length} bytes, at most ${MAX_MODULE_BYTES} are allowed`,
      {
        details: { length }
      }
    )
  const json = parseJson(text)
  const parsed = v.safeParse(MODULE_SCHEMA, json)
  if (!parsed.success) throw schemaError(parsed.issues[0])
  checkReserved(json, 'inputs', parsed.output.inputs)
  checkReserved(json, 'env', parsed.output.env)
  checkInputs(parsed.output)
  checkFileNames(parsed.output)
  checkTemplates(parsed.output)
  return parsed.output
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : ''
    throw new ModuleError('MODULE_NOT_JSON', `${MODULE_FILE} is not JSON: ${why}`, { cause })
  }
}

function schemaError(issue: v.InferIssue<typeof MODULE_SCHEMA>): ModuleError {
  const path = v.getDotPath(issue) ?? '(the whole file)'
  if (issue.type === 'strict_object' && issue.expected === 'never')
    return new ModuleError(
      'MODULE_UNKNOWN_FIELD',
      `${MODULE_FILE}: unknown field "${path}"; remove it or check its spelling`,
      { details: { path } }
    )
  const expected = issue.type === 'regex' ? issue.message : (issue.expected ?? issue.message)
  return badField(path, expected, issue.received)
}

/** The schema's library drops keys such as `constructor` without a word; a name of the author's must not vanish. */
function checkReserved(json: unknown, field: 'inputs' | 'env', parsed: Readonly<Record<string, unknown>>): void {
  const given = typeof json === 'object' && json !== null && field in json ? Reflect.get(json, field) : {}
  const lost = Object.keys(given).find(key => !Object.hasOwn(parsed, key))
  if (lost !== undefined) throw badField(`${field}.${lost}`, 'a name that is not reserved', `"${lost}"`)
}

function checkInputs(module: Module): void {
  for (const [name, input] of Object.entries(module.inputs)) {
    if (input.type === 'file' && (input.default !== undefined || input.choices !== undefined))
      throw badField(`inputs.${name}`, 'no default and no choices for a file', 'one of them')
    if (input.type !== 'file' && input.filename !== undefined)
      throw badField(`inputs.${name}`, 'a file name for a file only', input.filename)
    for (const choice of input.choices ?? []) canonicalValue(name, input, choice)
    if (input.default !== undefined) canonicalValue(name, input, input.default.toString())
  }
}

/** Two inputs in one file: the second would hide the first. */
function checkFileNames(module: Module): void {
  const names = new Map<string, string>()
  for (const [name, input] of Object.entries(module.inputs)) {
    if (input.type !== 'file') continue
    const fileName = inputFileName(module, name)
    if (/\p{Cc}/u.test(fileName)) throw badField(`inputs.${name}`, 'a file name of visible characters', fileName)
    const other = names.get(fileName)
    if (other !== undefined) throw badField(`inputs.${name}`, `another file than that of ${other}`, fileName)
    names.set(fileName, name)
  }
}

function checkTemplates(module: Module): void {
  const templates = [...module.args.entries(), ...Object.entries(module.env)]
  for (const [at, template] of templates) {
    const unknown = placeholdersOf(template).find(name => !Object.hasOwn(module.inputs, name))
    if (unknown === undefined) continue
    const path = typeof at === 'number' ? `args.${at}` : `env.${at}`
    throw new ModuleError('MODULE_INPUT_UNKNOWN', `${MODULE_FILE}: "${path}" asks for {{${unknown}}}: declare it`, {
      details: { path, name: unknown }
    })
  }
}

function badField(path: string, expected: string, found: string): ModuleError {
  return new ModuleError('MODULE_BAD_FIELD', `${MODULE_FILE}: "${path}": expected ${expected}, found ${found}`, {
    details: { path }
  })
}
