/** The module.json of one job of a module of Lilypad's: its template is filled already, so that nothing is left to choose. */
import { MODULE_FILE } from '../module/module.ts'
import { placeholdersOf } from '../module/template.ts'
import type { LilypadModule } from './job.ts'

/** Where what is run lies, and how it is called. */
export interface Program {
  readonly runtime: 'lily-wasi/1' | 'docker/linux-amd64'
  /** The file beside the module.json. */
  readonly entrypoint: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** A job's own name for an input file. */
export function inputNameOf(index: number): string {
  return `File${index + 1}`
}

/** Gas of a WASM run, one a virtual nanosecond: as long as its time, whatever the machine. */
const GAS_PER_SEC = 1_000_000_000

/**
 * The text of the {@link MODULE_FILE}.
 *
 * @param name,version of the module, in any spelling
 * @param files names of the input files, in the order of {@link inputNameOf}
 */
export function moduleJson(
  module: LilypadModule,
  program: Program,
  { name, version, files }: { readonly name: string; readonly version: string; readonly files: readonly string[] }
): string {
  const literals: Record<string, { type: 'string'; default: string }> = {}
  // What looks like a placeholder of ours is none: it goes in as a value, which is never read again.
  const literal = (text: string) => {
    if (placeholdersOf(text).length === 0) return text
    const key = `Text${Object.keys(literals).length + 1}`
    literals[key] = { type: 'string', default: text }
    return `{{${key}}}`
  }
  const { runtime, entrypoint } = program
  const args = program.args.map(literal)
  const env = Object.fromEntries(Object.entries(program.env).map(([key, value]) => [key, literal(value)]))
  const inputFiles = files.map((filename, i) => [inputNameOf(i), { type: 'file', filename }] as const)
  const { machine, memoryMiB, wallSec, description } = module
  const outputMiB = 256
  return `${JSON.stringify(
    {
      name: plainName(name),
      version: plainVersion(version),
      description,
      runtime,
      entrypoint,
      args,
      env,
      inputs: { ...literals, ...Object.fromEntries(inputFiles) },
      machine: { ...machine, diskMiB: Math.max(machine.diskMiB, outputMiB) },
      limits: {
        gas: wallSec * GAS_PER_SEC,
        memoryMiB: Math.min(memoryMiB, 65_536),
        outputMiB,
        outputFiles: 10_000,
        logKiB: 4096,
        wallSec,
        pids: 512
      }
    },
    null,
    2
  )}\n`
}

function plainName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
  return name === '' ? 'lilypad-module' : name
}

function plainVersion(text: string): string {
  const version = text
    .replace(/[^0-9A-Za-z.+-]+/g, '-')
    .replace(/^[^0-9A-Za-z]+/, '')
    .slice(0, 64)
  return version === '' ? '0' : version
}
