/**
 * Runs a job: fetches what its CID names, fills the module's templates, hands it to the runner of its runtime. Provider and
 * mediator run exactly the same way. Step 4 of a job's life.
 */

import type { Bytes32 } from '../../protocols/core/bytes.ts'
import { type CID, CODEC, cidOfDigest } from '../../protocols/core/cid.ts'
import { LilyError } from '../../protocols/core/errors.ts'
import { fromUtf8 } from '../../protocols/core/utf8.ts'
import { JOB, type Job } from '../../protocols/job/job.ts'
import { inputFileName, planRun } from '../../protocols/module/inputs.ts'
import { MODULE_FILE, type Module, ModuleError, parseModule } from '../../protocols/module/module.ts'
import { EPOCH_NS, limitsOf, seedOfJob } from '../../protocols/run/spec.ts'
import type { Components } from './components.ts'
import type { Content, FetchOptions, ListedEntry, RunOutcome, RunSpec } from './ports.ts'

/** Longest module.json. */
const MAX_MODULE_FILE_BYTES = 256 * 1024

/** Entries of a module's directory that are looked at. */
const MAX_MODULE_ENTRIES = 1000

/** A job with everything that its CID leads to. */
export interface LoadedJob {
  readonly cid: CID
  readonly job: Job
  readonly module: Module
  readonly spec: RunSpec
}

/** Options of a run. */
export interface RunOptions extends FetchOptions {
  readonly onStart?: () => void
  readonly onLog?: (stream: 1 | 2, bytes: Uint8Array) => void
}

/** The CID of a deal's `spec`. */
export function jobCid(spec: Bytes32): CID {
  return cidOfDigest(CODEC.dagCbor, spec)
}

/** Bytes of a file that is known to be small. @throws CONTENT_TOO_LARGE beyond `maxBytes` */
export async function readSmall(
  content: Content,
  cid: CID,
  maxBytes: number,
  options: FetchOptions
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of content.cat(cid, { ...options, maxBytes })) parts.push(part)
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** A module by its directory's CID. @throws MODULE_*, CONTENT_* */
export async function loadModule(
  content: Content,
  cid: CID,
  options: FetchOptions
): Promise<{ module: Module; entrypoint: CID }> {
  const entries = new Map<string, ListedEntry>()
  for await (const entry of content.list(cid, { ...options, maxEntries: MAX_MODULE_ENTRIES }))
    entries.set(entry.path, entry)
  const file = entries.get(MODULE_FILE)
  if (file?.type !== 'file') throw new ModuleError('MODULE_NOT_FOUND', `no ${MODULE_FILE} in ${cid.toString()}`)
  const module = parseModule(fromUtf8(await readSmall(content, file.cid, MAX_MODULE_FILE_BYTES, options)))
  const entrypoint = entries.get(module.entrypoint)
  if (entrypoint?.type !== 'file')
    throw new ModuleError('MODULE_ENTRYPOINT_MISSING', `module ${module.name} has no file ${module.entrypoint}`)
  return { module, entrypoint: entrypoint.cid }
}

/** Loads and runs jobs. */
export class Runs {
  readonly #parts: Pick<Components, 'content' | 'runners'>

  constructor(parts: Pick<Components, 'content' | 'runners'>) {
    this.#parts = parts
  }

  /** Fetches a job, its module and the roots of its inputs. @throws CONTENT_*, CODEC_*, MODULE_* */
  async load(cid: CID, options: FetchOptions = {}): Promise<LoadedJob> {
    const { content } = this.#parts
    const job = JOB.decode(await content.getBlock(cid, { ...options, maxBytes: JOB.maxBytes }))
    const { module, entrypoint } = await loadModule(content, job.module, options)
    const spec: RunSpec = {
      runtime: module.runtime,
      entrypoint,
      ...planRun(module, job),
      inputs: Object.entries(job.files).map(([name, file]) => ({ name: inputFileName(module, name), cid: file })),
      seed: seedOfJob(cid),
      epochNs: EPOCH_NS,
      limits: limitsOf(module)
    }
    return { cid, job, module, spec }
  }

  /**
   * Fetches every byte that the run will read, so that the run itself waits for nobody, and has the runtime look at the
   * program.
   *
   * @param options `maxBytes` bounds all of it together
   * @throws CONTENT_*, RUN_REJECTED, RUN_NOT_READY
   */
  async prefetch(
    { spec }: LoadedJob,
    { maxBytes = Number.MAX_SAFE_INTEGER, ...options }: FetchOptions = {}
  ): Promise<void> {
    let left = maxBytes
    for (const cid of [spec.entrypoint, ...spec.inputs.map(input => input.cid)])
      for await (const part of this.#parts.content.cat(cid, { ...options, maxBytes: left })) left -= part.length
    await this.#parts.runners.get(spec.runtime)?.admit?.(spec, this.#parts.content, options)
  }

  /** @throws RUN_NOT_READY, RUN_REJECTED, CONTENT_* */
  async run(loaded: LoadedJob, options: RunOptions = {}): Promise<RunOutcome> {
    const { content, runners } = this.#parts
    const runner = runners.get(loaded.spec.runtime)
    if (runner === undefined) throw new LilyError('RUN_NOT_READY', `this node has no runner for ${loaded.spec.runtime}`)
    return runner.run(loaded.spec, content, options)
  }
}

/** The exit code that a result's directory tells; -1 when its file is missing or malformed. @throws CONTENT_* */
export async function readExitCode(content: Content, root: CID, options: FetchOptions): Promise<number> {
  for await (const entry of content.list(root, options)) {
    if (entry.path !== 'exitCode' || entry.type !== 'file') continue
    const text = fromUtf8(await readSmall(content, entry.cid, 16, options))
    return /^(0|[1-9]\d{0,2})$/.test(text) ? Number(text) : -1
  }
  return -1
}
