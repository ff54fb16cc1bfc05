/** From a module and a job to the limits and constants of its run: the same numbers on every machine. */
import type { CID } from '../core/cid.ts'
import { sha256 } from '../core/hash.ts'
import type { Module } from '../module/module.ts'

const MIB = 1024 * 1024

/** Where a guest's clock begins: 2025-01-01T00:00:00Z in nanoseconds. Runs must not depend on when they happen. */
export const EPOCH_NS = 1_735_689_600_000_000_000n

/** Depth of a guest's call stack in slots of 8 bytes (runners.md B). */
export const STACK_SLOTS = 1 << 20

/** Room of a container in /tmp. */
const TMP_MIB = 16

/** The seed of a guest's randomness: a run of one job is one run, whoever repeats it. */
export function seedOfJob(job: CID): Uint8Array {
  return sha256(job.bytes)
}

/** A module's limits in the units of a runner. */
export function limitsOf(module: Module) {
  const { limits, machine } = module
  return {
    gas: BigInt(limits.gas),
    stackSlots: STACK_SLOTS,
    memoryBytes: limits.memoryMiB * MIB,
    outputBytes: limits.outputMiB * MIB,
    outputFiles: limits.outputFiles,
    logBytes: limits.logKiB * 1024,
    wallMs: limits.wallSec * 1000,
    cpus: Math.max(1, Math.ceil(machine.cpuMilli / 1000)),
    pids: limits.pids,
    tmpBytes: TMP_MIB * MIB,
    gpus: machine.gpus.length
  }
}

/**
 * What a run of the module takes of a machine: what it asks for, and no less memory and disk than its limits allow it. What a
 * container writes to /outputs and /tmp is in memory until it has ended.
 */
export function machineOf({ runtime, machine, limits }: Module): Module['machine'] {
  const filesMiB = runtime === 'docker/linux-amd64' ? limits.outputMiB + TMP_MIB : 0
  return {
    ...machine,
    memoryMiB: Math.max(machine.memoryMiB, limits.memoryMiB + filesMiB),
    diskMiB: Math.max(machine.diskMiB, limits.outputMiB)
  }
}
