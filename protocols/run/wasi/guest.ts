/** What the host calls of one run share. */
import type { Random } from '../../core/random.ts'
import type { DescriptorTable } from './descriptors.ts'
import type { GuestMemory } from './memory.ts'
import type { Meter } from './meter.ts'

/** One run as its host calls see it. */
export interface Guest {
  readonly memory: GuestMemory
  readonly meter: Meter
  readonly descriptors: DescriptorTable
  readonly random: Random
  /** Arguments, the program's name first, as UTF-8. */
  readonly args: readonly Uint8Array[]
  /** KEY=value lines, as UTF-8. */
  readonly env: readonly Uint8Array[]
}
