/** Checks of a job that all runtimes share, before anything is fetched. */
import { rejected } from '../../../protocols/run/errors.ts'
import type { RunLimits, RunSpec } from '../../market/ports.ts'

/** Bytes of all arguments and variables together, with a NUL each: far below what an operating system's exec takes. */
const MAX_ARGUMENT_BYTES = 1 << 20
/** Bytes of one: Linux refuses longer ones (MAX_ARG_STRLEN). */
const MAX_ONE_ARGUMENT_BYTES = 128 * 1024 - 1
const MAX_INPUTS = 1000
const INPUT_NAME = /^[^/\\\p{Cc}]{1,255}$/u
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

const encoder = new TextEncoder()

/** The limits that are counts, in the order in which they are checked. */
const COUNTS: readonly Exclude<keyof RunLimits, 'gpus'>[] = [
  'stackSlots',
  'memoryBytes',
  'outputBytes',
  'outputFiles',
  'logBytes',
  'wallMs',
  'pids',
  'tmpBytes'
]

function checkText(what: string, text: string): number {
  const { length } = encoder.encode(text)
  if (text.includes('\0')) throw rejected('spec', `${what} contains NUL`)
  if (!text.isWellFormed()) throw rejected('spec', `${what} is not text`)
  if (length > MAX_ONE_ARGUMENT_BYTES) throw rejected('spec', `${what} is longer than ${MAX_ONE_ARGUMENT_BYTES} bytes`)
  return length + 1
}

/**
 * Checks arguments, variables, input names, seed and limits.
 *
 * @throws RUN_REJECTED with reason `spec`
 */
export function checkSpec(spec: RunSpec): void {
  let total = 0
  spec.args.forEach((argument, i) => {
    total += checkText(`argument ${i + 1}`, argument)
  })
  for (const [key, value] of Object.entries(spec.env)) {
    if (!VARIABLE.test(key)) throw rejected('spec', `${JSON.stringify(key.slice(0, 64))} is not a variable's name`)
    total += checkText(`the variable ${key}`, `${key}=${value}`)
  }
  if (total > MAX_ARGUMENT_BYTES) throw rejected('spec', `arguments and variables are ${total} bytes`)
  if (spec.inputs.length > MAX_INPUTS)
    throw rejected('spec', `${spec.inputs.length} inputs; ${MAX_INPUTS} are the most`)
  const names = new Set<string>()
  for (const { name } of spec.inputs) {
    const isName = INPUT_NAME.test(name) && name !== '.' && name !== '..' && name.isWellFormed()
    if (!isName) throw rejected('spec', `${JSON.stringify(name.slice(0, 64))} is not an input's name`)
    if (names.has(name)) throw rejected('spec', `two inputs are named ${JSON.stringify(name)}`)
    names.add(name)
  }
  if (spec.seed.length !== 32) throw rejected('spec', `the seed has ${spec.seed.length} bytes, not 32`)
  if (spec.limits.gas < 0n) throw rejected('spec', 'the gas limit is negative')
  if (!Number.isSafeInteger(spec.limits.gpus ?? 0) || (spec.limits.gpus ?? 0) < 0)
    throw rejected('spec', 'the limit gpus is not a count')
  for (const key of COUNTS) {
    if (!Number.isSafeInteger(spec.limits[key]) || spec.limits[key] < 0)
      throw rejected('spec', `the limit ${key} is not a count`)
  }
}

/** Variables as KEY=value, in the order of their names: the order of an object's keys must not show. */
export function envLines(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
}
