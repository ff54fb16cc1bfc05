/** The schema of `module.json`, of which the published JSON Schema (module.schema.json, beside this file) is made. */
import * as v from 'valibot'
import { RUNTIMES } from '../offer/machine.ts'
import { MAX_RUN_TIME_SEC } from '../params.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const name = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63')
)
const inputName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'letters, digits and underscores, at most 63')
)
// Every part but `.` and `..`; no NUL, no backslash.
const relativePath = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(/^(?!\.{1,2}(?:\/|$))[^/\\\0]+(?:\/(?!\.{1,2}(?:\/|$))[^/\\\0]+)*$/, 'a path inside the module')
)

// One part of a path; control characters, which no log shows, are refused in module.ts: JSON Schema has no word for them.
const fileName = v.pipe(v.string(), v.maxLength(255), v.regex(/^(?!\.{1,2}$)[^/\\]+$/, 'a name without a path'))

const said = v.description

const input = v.strictObject({
  type: v.pipe(v.picklist(['string', 'integer', 'number', 'boolean', 'file']), said('What a value must be')),
  description: v.optional(v.pipe(v.string(), said('What it is for, for people')), ''),
  default: v.optional(v.pipe(v.union([v.string(), v.number(), v.boolean()]), said('Absent: the input is required'))),
  choices: v.optional(v.pipe(v.array(v.string()), v.minLength(1), said('The only values that it may have'))),
  filename: v.optional(v.pipe(fileName, said("A file's name under /inputs; absent: the input's own")))
})

const gpu = v.strictObject({
  model: v.optional(v.pipe(v.string(), said('Empty: any')), ''),
  vramMiB: v.pipe(whole(0, 1 << 24), said('Memory of the card'))
})

const machine = v.strictObject({
  cpuMilli: v.optional(v.pipe(whole(1, 1 << 20), said('Thousandths of a core')), 1000),
  memoryMiB: v.optional(whole(1, 1 << 24), 256),
  diskMiB: v.optional(whole(0, 1 << 28), 256),
  gpus: v.optional(v.pipe(v.array(gpu), v.maxLength(16)), [])
})

const limits = v.strictObject({
  gas: v.optional(
    v.pipe(whole(1, Number.MAX_SAFE_INTEGER), said('Gas units of a WASM run; one that needs more ends as out-of-gas')),
    100_000_000_000
  ),
  memoryMiB: v.optional(whole(1, 65_536), 256),
  outputMiB: v.optional(v.pipe(whole(0, 65_536), said('All files under outputs/')), 64),
  outputFiles: v.optional(whole(0, 100_000), 1000),
  logKiB: v.optional(v.pipe(whole(1, 65_536), said('stdout and stderr, each')), 1024),
  wallSec: v.optional(v.pipe(whole(1, MAX_RUN_TIME_SEC), said('Seconds by the clock on the wall')), 60),
  pids: v.optional(v.pipe(whole(1, 4096), said('Processes and threads of a Docker run')), 64)
})

/** What a module.json may say. */
export const MODULE_SCHEMA = v.strictObject({
  $schema: v.optional(v.pipe(v.string(), said('Where this schema lies, for editors'))),
  name: v.pipe(name, said('Lower-case letters, digits and dashes')),
  version: v.pipe(
    v.string(),
    v.regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/, 'a version such as 1.2.0'),
    said('A version such as 1.2.0')
  ),
  description: v.optional(v.pipe(v.string(), v.maxLength(1000), said('What the module does, for people')), ''),
  runtime: v.pipe(v.picklist(RUNTIMES), said('What runs it')),
  entrypoint: v.pipe(relativePath, said("The .wasm, or the image archive, inside the module's folder")),
  args: v.optional(
    v.pipe(v.array(v.string()), v.maxLength(256), said('Arguments; {{Name}} is replaced by the value of an input')),
    []
  ),
  env: v.optional(
    v.pipe(
      v.record(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), v.string()),
      said('Environment; {{Name}} is replaced by the value of an input')
    ),
    {}
  ),
  inputs: v.optional(v.pipe(v.record(inputName, input), said('What a job may give it, by name')), {}),
  machine: v.optional(v.pipe(machine, said('What it needs of a machine')), {}),
  limits: v.optional(v.pipe(limits, said('What it may use; reaching a limit ends the run')), {})
})

/** A module.json with its defaults filled in. */
export type Module = v.InferOutput<typeof MODULE_SCHEMA>

/** One declared input. */
export type ModuleInput = Module['inputs'][string]
