/**
 * A workbench: runs modules on this machine without a network and without a chain, exactly as a provider runs them. It keeps
 * everything in a temporary folder that is gone when it is closed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { toHex } from '../../../protocols/core/bytes.ts'
import type { CID } from '../../../protocols/core/cid.ts'
import { JOB } from '../../../protocols/job/job.ts'
import { checkFiles, resolveValues } from '../../../protocols/module/inputs.ts'
import type { Module } from '../../../protocols/module/module.ts'
import { RunError } from '../../../protocols/run/errors.ts'
import type { AbortOptions, Runner, RunOutcome } from '../../market/ports.ts'
import { loadModule, Runs } from '../../market/run.ts'
import { DiskFiles } from '../files.ts'
import { DockerRunner } from '../run/docker/runner.ts'
import { WasmRunner } from '../run/wasm/runner.ts'
import { Blocks } from '../store/blocks.ts'
import { BLOCK_TUNING, type ByteLevel, openLevel } from '../store/open.ts'
import { LocalContent } from './local-content.ts'

/** What is to be run: a module's folder, and what a user gives it. */
export interface BenchJob {
  /** The folder of a module.json. */
  readonly folder: string
  readonly values: Readonly<Record<string, string>>
  /** Input files by name: paths. */
  readonly files: Readonly<Record<string, string>>
  /** Tells runs apart: the same job with the same salt is the same run. @default '' */
  readonly salt?: string
}

/** What came of a run. */
export interface BenchRun {
  readonly module: Module
  readonly moduleCid: CID
  readonly job: CID
  readonly outcome: RunOutcome
}

/** How a run is to go. */
export interface BenchOptions extends AbortOptions {
  readonly onLog?: (stream: 1 | 2, bytes: Uint8Array) => void
  readonly onStart?: () => void
}

/** @see the head of this file */
export class Bench {
  readonly #home: string
  readonly #level: ByteLevel
  readonly #content: LocalContent
  readonly #files: DiskFiles
  readonly #docker: { readonly host?: string }
  readonly #runners = new Map<string, Promise<Runner>>()

  private constructor(home: string, level: ByteLevel, docker: { readonly host?: string }) {
    this.#home = home
    this.#level = level
    this.#docker = docker
    this.#content = new LocalContent(new Blocks(level))
    this.#files = new DiskFiles(this.#content, home)
  }

  /** Opens a bench in a new temporary folder. */
  static async open(docker: { readonly host?: string } = {}): Promise<Bench> {
    const home = await mkdtemp(join(tmpdir(), 'lilynode-bench-'))
    return new Bench(home, await openLevel(join(home, 'blocks'), BLOCK_TUNING), docker)
  }

  /** Ends what runs and removes the folder. */
  async close(): Promise<void> {
    const runners = await Promise.allSettled(this.#runners.values())
    for (const runner of runners) if (runner.status === 'fulfilled') await runner.value.stop()
    await this.#level.close()
    await rm(this.#home, { recursive: true, force: true })
  }

  /** The CID that a folder's module has everywhere. @throws MODULE_* */
  addModule(folder: string, options: AbortOptions = {}): Promise<CID> {
    return this.#files.addModule(folder, options)
  }

  /**
   * Runs a job.
   *
   * @throws MODULE_*, INPUT_NOT_FOUND, RUN_REJECTED, RUN_NOT_READY
   */
  async run(asked: BenchJob, options: BenchOptions = {}): Promise<BenchRun> {
    const moduleCid = await this.addModule(asked.folder, options)
    const { module } = await loadModule(this.#content, moduleCid, options)
    const values = resolveValues(module, asked.values)
    checkFiles(module, Object.keys(asked.files))
    const files: Record<string, CID> = {}
    for (const [name, path] of Object.entries(asked.files)) files[name] = await this.#files.addFile(path, options)
    const { salt = '' } = asked
    const job = await this.#content.putBlock('dag-cbor', JOB.encode({ v: 1, module: moduleCid, values, files, salt }))
    const runners = new Map([[module.runtime, await this.#runner(module, options)]])
    const runs = new Runs({ content: this.#content, runners })
    const outcome = await runs.run(await runs.load(job, options), options)
    return { module, moduleCid, job, outcome }
  }

  /** Copies a result, or another tree, to a folder that is not there yet. @throws OUTPUT_EXISTS */
  save(root: CID, folder: string, options: AbortOptions = {}): Promise<void> {
    return this.#files.save(root, folder, options)
  }

  /** The files of a tree: path to CID. */
  async list(root: CID, options: AbortOptions = {}): Promise<ReadonlyMap<string, CID>> {
    const files = new Map<string, CID>()
    for await (const entry of this.#content.list(root, options))
      if (entry.type === 'file') files.set(entry.path, entry.cid)
    return files
  }

  #dockerRunner(): DockerRunner {
    return new DockerRunner({
      ...this.#docker,
      nodeId: basename(this.#home),
      scratchDir: join(this.#home, 'scratch')
    })
  }

  /** The engine of a module's runtime, started. @throws RUN_NOT_READY */
  async #runner({ runtime }: Module, options: AbortOptions): Promise<Runner> {
    const known = this.#runners.get(runtime)
    if (known !== undefined) return known
    const made = runtime === 'lily-wasi/1' ? new WasmRunner() : this.#dockerRunner()
    const started = made.start().then(() => made)
    this.#runners.set(runtime, started)
    const runner = await started
    const { isReady, reason } = await runner.probe(options)
    if (!isReady) throw new RunError('RUN_NOT_READY', `${runtime} cannot be run here: ${reason}`)
    return runner
  }
}

/** A salt that no other run has. */
export function freshSalt(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)))
}
