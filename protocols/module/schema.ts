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

const input = v.strictObject({
  type: v.picklist(['string', 'integer', 'number', 'boolean', 'file']),
  description: v.optional(v.string(), ''),
  /** Absent: the input is required. */
  default: v.optional(v.union([v.string(), v.number(), v.boolean()])),
  choices: v.optional(v.pipe(v.array(v.string()), v.minLength(1)))
})

const gpu = v.strictObject({ model: v.optional(v.string(), ''), vramMiB: whole(0, 1 << 24) })

/** What a module.json may say. */
export const MODULE_SCHEMA = v.strictObject({
  $schema: v.optional(v.string()),
  name,
  version: v.pipe(v.string(), v.regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/, 'a version such as 1.2.0')),
  description: v.optional(v.pipe(v.string(), v.maxLength(1000)), ''),
  runtime: v.picklist(RUNTIMES),
  /** The .wasm, or the image archive, inside the module's directory. */
  entrypoint: relativePath,
  args: v.optional(v.pipe(v.array(v.string()), v.maxLength(256)), []),
  env: v.optional(v.record(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), v.string()), {}),
  inputs: v.optional(v.record(inputName, input), {}),
  machine: v.optional(
    v.strictObject({
      cpuMilli: v.optional(whole(1, 1 << 20), 1000),
      memoryMiB: v.optional(whole(1, 1 << 24), 256),
      diskMiB: v.optional(whole(0, 1 << 28), 256),
      gpus: v.optional(v.pipe(v.array(gpu), v.maxLength(16)), [])
    }),
    {}
  ),
  limits: v.optional(
    v.strictObject({
      /** Gas units for WASM; a job that needs more ends as out-of-gas. */
      gas: v.optional(whole(1, Number.MAX_SAFE_INTEGER), 100_000_000_000),
      memoryMiB: v.optional(whole(1, 65_536), 256),
      outputMiB: v.optional(whole(0, 65_536), 64),
      outputFiles: v.optional(whole(0, 100_000), 1000),
      logKiB: v.optional(whole(1, 65_536), 1024),
      wallSec: v.optional(whole(1, MAX_RUN_TIME_SEC), 60),
      pids: v.optional(whole(1, 4096), 64)
    }),
    {}
  )
})

/** A module.json with its defaults filled in. */
export type Module = v.InferOutput<typeof MODULE_SCHEMA>

/** One declared input. */
export type ModuleInput = Module['inputs'][string]
