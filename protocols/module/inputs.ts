/** From what a user typed to a job's values, and from a job to what is run: the only place where templates are filled. */
import { utf8 } from '../core/utf8.ts'
import type { Job } from '../job/job.ts'
import { ModuleError } from './errors.ts'
import type { Module } from './schema.ts'
import { fillTemplate } from './template.ts'
import { canonicalValue, wrongType } from './value.ts'

/** Longest argument or variable with its values in it: what Linux takes as one argument. */
export const MAX_ARG_BYTES = 128 * 1024 - 1

/** All arguments and variables of a run together. */
export const MAX_PLAN_BYTES = 1024 * 1024

/** The name of a file input's file under /inputs. */
export function inputFileName(module: Module, name: string): string {
  return (Object.hasOwn(module.inputs, name) ? module.inputs[name]?.filename : undefined) ?? name
}

/** Where a file input lies in the guest. */
export function inputPath(module: Module, name: string): string {
  return `/inputs/${inputFileName(module, name)}`
}

/**
 * The job's values: every declared input that is not a file has one, as canonical text.
 *
 * @param given what the user gave, name to text
 * @throws MODULE_INPUT_UNKNOWN, MODULE_INPUT_MISSING, MODULE_INPUT_TYPE
 */
export function resolveValues(module: Module, given: Readonly<Record<string, string>>): Record<string, string> {
  for (const name of Object.keys(given)) {
    const declared = Object.hasOwn(module.inputs, name) ? module.inputs[name] : undefined
    if (declared === undefined) throw unknownInput(module, name)
    if (declared.type === 'file') throw wrongType(name, 'a file: give it with --input-file', given[name] ?? '')
  }
  const values: Record<string, string> = {}
  for (const [name, input] of Object.entries(module.inputs)) {
    if (input.type === 'file') continue
    const value = Object.hasOwn(given, name) ? given[name] : input.default?.toString()
    if (value === undefined) throw missingInput(module, name)
    values[name] = canonicalValue(name, input, value)
  }
  return values
}

/** Checks that every required file input, and nothing else, is given. @throws as {@link resolveValues} */
export function checkFiles(module: Module, names: readonly string[]): void {
  for (const name of names) {
    const declared = Object.hasOwn(module.inputs, name) ? module.inputs[name] : undefined
    if (declared === undefined) throw unknownInput(module, name)
    if (declared.type !== 'file') throw wrongType(name, `a ${declared.type}: give it with -i ${name}=...`, 'a file')
  }
  for (const [name, input] of Object.entries(module.inputs))
    if (input.type === 'file' && !names.includes(name)) throw missingInput(module, name)
}

/** What a job runs: the module's templates with the job's values in them. */
export interface RunPlan {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * Fills the templates of a module with a job's values. A value replaces its placeholder as one piece of text inside one
 * argument: it can never become a second argument, a flag of another one, or a template itself.
 *
 * @throws MODULE_INPUT_* when the job does not fit the module, MODULE_TOO_LARGE when what is to be run would be too long
 */
export function planRun(module: Module, job: Job): RunPlan {
  checkFiles(module, Object.keys(job.files))
  const values = resolveValues(module, job.values)
  let planBytes = 0
  const fill = (template: string): string => {
    // Counted before it is built: a short template that repeats one long value would fill the memory.
    let bytes = utf8(template).length
    const filled = fillTemplate(template, name => {
      const value = valueFor(module, values, name)
      bytes += utf8(value).length
      if (bytes > MAX_ARG_BYTES) throw tooLong(module, MAX_ARG_BYTES, 'one argument or variable')
      return value
    })
    planBytes += bytes
    if (planBytes > MAX_PLAN_BYTES) throw tooLong(module, MAX_PLAN_BYTES, 'all arguments and variables')
    return filled
  }
  return {
    args: module.args.map(fill),
    env: Object.fromEntries(Object.entries(module.env).map(([key, template]) => [key, fill(template)]))
  }
}

function valueFor(module: Module, values: Readonly<Record<string, string>>, name: string): string {
  const input = Object.hasOwn(module.inputs, name) ? module.inputs[name] : undefined
  if (input === undefined) throw unknownInput(module, name)
  return input.type === 'file' ? inputPath(module, name) : (values[name] ?? '')
}

function unknownInput(module: Module, name: string): ModuleError {
  const known = Object.keys(module.inputs).join(', ') || 'none'
  return new ModuleError(
    'MODULE_INPUT_UNKNOWN',
    `module ${module.name} has no input "${name}"; its inputs are: ${known}`,
    { details: { name } }
  )
}

function missingInput(module: Module, name: string): ModuleError {
  const input = module.inputs[name]
  const how = input?.type === 'file' ? `--input-file ${name}=<path>` : `-i ${name}=<${input?.type ?? 'value'}>`
  return new ModuleError('MODULE_INPUT_MISSING', `module ${module.name} needs the input "${name}": give ${how}`, {
    details: { name }
  })
}

function tooLong(module: Module, maxBytes: number, what: string): ModuleError {
  return new ModuleError('MODULE_TOO_LARGE', `module ${module.name}: ${what} may have at most ${maxBytes} bytes`, {
    details: { maxBytes }
  })
}
