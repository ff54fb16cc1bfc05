/** The Runner of docker/linux-amd64: image archives by CID, in containers held to every limit (runners.md A). */
import { rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Container } from 'dockerode'
import type { CID } from '../../../../protocols/core/cid.ts'
import { RunError, rejected } from '../../../../protocols/run/errors.ts'
import { NO_EXIT_CODE } from '../../../../protocols/run/exit-code.ts'
import type {
  AbortOptions,
  Content,
  FetchOptions,
  Runner,
  RunnerHealth,
  RunOutcome,
  RunSpec
} from '../../../market/ports.ts'
import { fetchInputs } from '../../../peer/run/fetch.ts'
import { resultEntries } from '../../../peer/run/result-tree.ts'
import { checkSpec } from '../../../peer/run/spec.ts'
import { GPU_RUNTIME, LABEL } from './container.ts'
import { CpuShares } from './cpus.ts'
import { type Engine, engineFailed, isImageGone, messageOf, openEngine } from './engine.ts'
import { Images } from './images.ts'
import { type JobEnd, removeContainer, runContainer } from './job.ts'
import { CappedLogs } from './logs.ts'
import { type CollectedOutputs, collectOutputs } from './outputs.ts'
import { type Reaped, reap } from './reap.ts'
import { Spool } from './spool.ts'
import { JobVolumes } from './volumes.ts'

/** Settings of the runner; what they say shows in no result. */
export interface DockerRunnerInit {
  /** The engine, as DOCKER_HOST names it. @default the environment's */
  readonly host?: string
  /**
   * The engine's runtime for jobs, stricter than its default: gVisor's `runsc`, `kata-runtime`. Jobs are not run where the
   * engine has none of this name. @default the engine's default
   */
  readonly containerRuntime?: string
  /** Marks what this node makes, so that it is found after a crash: the same in each of the node's lives. */
  readonly nodeId: string
  /**
   * For what jobs leave, while it is read: the runner's own, emptied when it starts and when it stops.
   * @default one below the system's, by the node's id
   */
  readonly scratchDir?: string
  /** Largest image archive. @default 8589934592 */
  readonly maxImageBytes?: number
  /** Images of jobs that stay in the engine for the next time. @default 20 */
  readonly keepImages?: number
  /** Told how far a job is: its container is made, its result is known. For benchmarks. */
  readonly onPhase?: (phase: 'prepared' | 'collected') => void
}

const RUNTIME = 'docker/linux-amd64'
/** Beyond its wall time a job needs some for images and clean-up; after that anybody may remove it. */
const EXPIRY_SLACK_MS = 600_000

/** What of the engine's own description is looked at. */
interface EngineInfo {
  readonly OSType?: string
  readonly Architecture?: string
  readonly MemTotal?: number
  readonly Runtimes?: Readonly<Record<string, unknown>>
}

type RunOptions = NonNullable<Parameters<Runner['run']>[2]>

/** Runs Docker images. */
export class DockerRunner implements Runner {
  readonly runtime = RUNTIME
  readonly #engine: Engine
  readonly #nodeId: string
  readonly #images: Images
  readonly #containerRuntime: string | undefined
  readonly #scratchDir: string
  /** Of the engine's machine, as it last said. */
  #memoryBytes = Number.POSITIVE_INFINITY
  readonly #onPhase: (phase: 'prepared' | 'collected') => void
  readonly #cpus = new CpuShares(availableParallelism())
  #stopping = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor(init: DockerRunnerInit) {
    this.#engine = openEngine(init.host)
    this.#nodeId = init.nodeId
    this.#containerRuntime = init.containerRuntime
    this.#scratchDir = init.scratchDir ?? join(tmpdir(), `lilynode-${init.nodeId}`)
    this.#onPhase = init.onPhase ?? (() => {})
    this.#images = new Images(this.#engine, {
      maxBytes: init.maxImageBytes ?? 8 * 2 ** 30,
      keepCount: init.keepImages ?? 20
    })
  }

  /** Removes what an earlier life of this node has left. Without an engine there is nothing to do. */
  async start(): Promise<void> {
    this.#stopping = new AbortController()
    await rm(this.#scratchDir, { recursive: true, force: true })
    const { isReady } = await this.probe()
    if (isReady) await this.reap()
  }

  /** Cancels what runs, and waits until it is removed. */
  async stop(): Promise<void> {
    this.#stopping.abort(new RunError('RUN_NOT_READY', 'the runner stops'))
    await Promise.allSettled(this.#running)
    await rm(this.#scratchDir, { recursive: true, force: true })
  }

  async probe(_options: AbortOptions = {}): Promise<RunnerHealth> {
    const reason = await this.#lack()
    return reason === undefined ? { isReady: true } : { isReady: false, reason }
  }

  /** What the engine lacks, in words. */
  async #lack(gpus = 0): Promise<string | undefined> {
    try {
      const info: EngineInfo = await this.#engine.info()
      this.#memoryBytes = info.MemTotal ?? Number.POSITIVE_INFINITY
      if (info.OSType !== 'linux' || info.Architecture !== 'x86_64')
        return `the Docker engine is ${info.OSType}/${info.Architecture}, not linux/x86_64`
      const runtimes = Object.keys(info.Runtimes ?? {})
      const wanted = this.#containerRuntime
      if (wanted !== undefined && !runtimes.includes(wanted))
        return `the Docker engine has no runtime "${wanted}", only ${runtimes.join(', ')}`
      if (gpus > 0 && !runtimes.includes(GPU_RUNTIME))
        return `the job needs ${gpus} graphics ${gpus === 1 ? 'card' : 'cards'}, and the Docker engine has none to give`
      return undefined
    } catch (error) {
      return `no Docker engine answers: ${messageOf(error)}`
    }
  }

  /** Removes containers and volumes that nobody needs any more. */
  reap(): Promise<Reaped> {
    return reap(this.#engine, this.#nodeId, Date.now())
  }

  /** Lets the engine forget an image archive, unless it is in use. */
  removeImage(archive: CID): Promise<void> {
    return this.#images.remove(archive)
  }

  /** The image is in the engine afterwards. Whether its program starts shows only when it does. */
  admit(spec: RunSpec, content: Content, options: FetchOptions = {}): Promise<void> {
    return this.#track(options.signal, async signal => {
      await this.#check(spec, signal)
      await this.#images.ensure(spec.entrypoint, content, { ...options, signal })
    })
  }

  run(spec: RunSpec, content: Content, options: RunOptions = {}): Promise<RunOutcome> {
    return this.#track(options.signal, signal => this.#run(spec, content, { ...options, signal }))
  }

  #track<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signals = [this.#stopping.signal, ...(signal === undefined ? [] : [signal])]
    const running = work(AbortSignal.any(signals))
    this.#running.add(running)
    return running.finally(() => this.#running.delete(running))
  }

  /** @throws RUN_REJECTED, RUN_NOT_READY when this machine or its engine lacks what the job needs */
  async #check(spec: RunSpec, signal: AbortSignal): Promise<void> {
    if (spec.runtime !== this.runtime) throw rejected('spec', `this runner is for ${this.runtime}, not ${spec.runtime}`)
    checkSpec(spec)
    const { limits } = spec
    const cpuCount = cpuCountOf(spec)
    if (!this.#cpus.has(cpuCount)) throw new RunError('RUN_NOT_READY', `this machine has no ${cpuCount} processors`)
    // Outputs are in memory until the job has ended: a job that would fill all of it would take others with it.
    const needBytes = limits.memoryBytes + limits.tmpBytes + limits.outputBytes
    if (needBytes > this.#memoryBytes) {
      const message = `memory and outputs of the job are ${mib(needBytes)} MiB, the engine has ${mib(this.#memoryBytes)}`
      throw new RunError('RUN_NOT_READY', message)
    }
    signal.throwIfAborted()
    if (!limits.gpus) return
    const reason = await this.#lack(limits.gpus)
    if (reason !== undefined) throw new RunError('RUN_NOT_READY', reason)
  }

  async #run(
    spec: RunSpec,
    content: Content,
    options: RunOptions & { readonly signal: AbortSignal }
  ): Promise<RunOutcome> {
    await this.#check(spec, options.signal)
    const { limits } = spec
    await this.#images.ensure(spec.entrypoint, content, options)
    const pauseImage = await this.#images.ensurePause()
    const inputs = await fetchInputs(spec, content, options)
    const labels = {
      [LABEL.node]: this.#nodeId,
      [LABEL.expires]: String(Date.now() + limits.wallMs + EXPIRY_SLACK_MS)
    }
    const volumes = new JobVolumes(this.#engine, labels)
    const cpus = this.#cpus.take(cpuCountOf(spec))
    const logs = new CappedLogs(limits.logBytes, (stream, bytes) => options.onLog?.(stream, bytes))
    const containers: Container[] = []
    try {
      options.signal.throwIfAborted()
      await prepared(volumes.create(pauseImage, inputs, limits))
      let startedAtMs = performance.now()
      const runImage = (image: string) =>
        runContainer(
          this.#engine,
          { image, spec, labels, cpuset: cpus.join(','), volumes, containerRuntime: this.#containerRuntime },
          {
            wallMs: limits.wallMs,
            signal: options.signal,
            logs,
            onCreated: container => containers.push(container),
            onPrepared: () => this.#onPhase('prepared'),
            onStart: () => {
              startedAtMs = performance.now()
              options.onStart?.()
            }
          }
        )
      const end = await this.#withImage(spec.entrypoint, content, options, runImage)
      const wallMs = Math.round(performance.now() - startedAtMs)
      await using spool = new Spool(this.#scratchDir)
      const left = await collectOutputs(await volumes.outputs(), limits.outputBytes, spool)
      const outcome = await finish(end, logs, left, content, wallMs)
      this.#onPhase('collected')
      return outcome
    } finally {
      await Promise.all(containers.map(removeContainer)).finally(() => this.#cpus.give(cpus))
      await volumes.remove()
    }
  }

  /** Another node that shares the engine may remove an image between our finding and our using it. */
  async #withImage<T>(
    archive: CID,
    content: Content,
    options: RunOptions,
    work: (image: string) => Promise<T>
  ): Promise<T> {
    try {
      return await work(await this.#images.ensure(archive, content, options))
    } catch (error) {
      if (!isImageGone(error)) throw error
      return await work(await this.#images.ensure(archive, content, options))
    }
  }
}

function cpuCountOf({ limits }: RunSpec): number {
  return Math.max(1, Math.ceil(limits.cpus))
}

function mib(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20)
}

async function prepared(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw engineFailed('making volumes', error)
  }
}

/** Adds what the job left to the content. */
async function finish(
  end: JobEnd,
  logs: CappedLogs,
  { outputs, isTooLarge, dropped }: CollectedOutputs,
  content: Content,
  wallMs: number
): Promise<RunOutcome> {
  const status = isTooLarge && end.status === 'exited' ? 'output-limit' : end.status
  const exitCode = status === 'exited' ? end.exitCode : NO_EXIT_CODE
  const root = await content.addTree(resultEntries({ stdout: logs.bytes(1), stderr: logs.bytes(2), exitCode, outputs }))
  const notes = [end.diagnostics, ...dropped.map(entry => `left out of outputs: ${entry}`)]
  const diagnostics = notes.filter(note => note !== undefined).join('; ')
  return { status, exitCode, root, used: 0n, wallMs, ...(diagnostics === '' ? {} : { diagnostics }) }
}
