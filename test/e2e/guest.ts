// The runner tests' program as a module: its arguments say what it does, so that one file plays every kind of job.
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Module } from '../../protocols/module/module.ts'
import { tmp } from '../support.ts'

const PROGRAM = fileURLToPath(new URL('../fixtures/guest/guest.wasm', import.meta.url))

/** What differs from a small job. */
export interface GuestOptions {
  readonly limits?: Partial<Module['limits']>
  readonly inputs?: Readonly<Record<string, { readonly type: 'file' | 'integer' }>>
  /** What a slice of a provider's machine must have. */
  readonly machine?: Partial<Module['machine']>
}

/** Path of a new module.json that runs the guest program with these arguments. */
export async function guestModule(args: readonly string[], options: GuestOptions = {}): Promise<string> {
  const folder = await tmp('lily-module-')
  const module = {
    name: 'guest',
    version: '1.0.0',
    runtime: 'lily-wasi/1',
    entrypoint: 'guest.wasm',
    args,
    inputs: options.inputs ?? {},
    machine: { memoryMiB: 16, diskMiB: 1, ...options.machine },
    limits: { gas: 10_000_000_000, memoryMiB: 16, outputMiB: 1, logKiB: 64, wallSec: 30, ...options.limits }
  }
  await copyFile(PROGRAM, join(folder, module.entrypoint))
  const path = join(folder, 'module.json')
  await writeFile(path, JSON.stringify(module))
  return path
}
