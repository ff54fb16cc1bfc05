/** Machines: what one slice of a provider has, and what a job needs of it. */
import { integer, list, struct, text } from '../core/codec.ts'

/** CPU architectures that a Docker module may be built for; WASM runs on any. */
export const ARCHES = ['amd64', 'arm64'] as const

/** Runtimes of jobs; versioned, because the rules of a run are consensus rules (runners.md 1). */
export const RUNTIMES = ['lily-wasi/1', 'docker/linux-amd64'] as const

/** A runtime's name. */
export type Runtime = (typeof RUNTIMES)[number]

/** A graphics card: its model, and its memory in MiB. In a need, an empty model means any. */
export const GPU = struct({ model: text(64), vramMiB: integer(0, 1 << 24) })

/** A machine, or the part of one that a job takes. */
export const MACHINE = struct({
  /** Thousandths of a core. */
  cpuMilli: integer(0, 1 << 20),
  memoryMiB: integer(0, 1 << 24),
  diskMiB: integer(0, 1 << 28),
  gpus: list(GPU, 16)
})

/** @see GPU */
export type Gpu = ReturnType<(typeof GPU)['fromCbor']>
/** @see MACHINE */
export type Machine = ReturnType<(typeof MACHINE)['fromCbor']>

/** The first thing that a machine lacks for a need, in words; undefined when it has everything. */
export function lackOf(has: Machine, needs: Machine): string | undefined {
  if (has.cpuMilli < needs.cpuMilli) return `cpu: has ${has.cpuMilli} m, needs ${needs.cpuMilli} m`
  if (has.memoryMiB < needs.memoryMiB) return `memory: has ${has.memoryMiB} MiB, needs ${needs.memoryMiB} MiB`
  if (has.diskMiB < needs.diskMiB) return `disk: has ${has.diskMiB} MiB, needs ${needs.diskMiB} MiB`
  return lackOfGpus(has.gpus, needs.gpus)
}

/** Cards are given to needs largest first, each to the smallest card that satisfies it: greedy is exact per model. */
function lackOfGpus(has: readonly Gpu[], needs: readonly Gpu[]): string | undefined {
  const free = [...has].sort((a, b) => a.vramMiB - b.vramMiB)
  // Needs that name a model first: a card that any need could take must not be taken from the one that needs it.
  const order = [...needs].sort((a, b) => Number(a.model === '') - Number(b.model === '') || b.vramMiB - a.vramMiB)
  for (const need of order) {
    const at = free.findIndex(card => card.vramMiB >= need.vramMiB && (need.model === '' || card.model === need.model))
    if (at < 0) return `gpu: needs ${need.model === '' ? 'any model' : need.model} with ${need.vramMiB} MiB`
    free.splice(at, 1)
  }
  return undefined
}
