/** The Runner of lily-wasi/1: wasm programs, metered and deterministic, each in a guest of its own (runners.md B). */

import type { CID } from '../../../protocols/core/cid.ts'
import { RunError, rejected } from '../../../protocols/run/errors.ts'
import { NO_EXIT_CODE } from '../../../protocols/run/exit-code.ts'
import { LILY_WASI, MAX_MODULE_BYTES } from '../../../protocols/run/instrument/params.ts'
import { Writer } from '../../../protocols/run/instrument/writer.ts'
import type { GuestEntry } from '../../../protocols/run/wasi/run.ts'
import type {
  AbortOptions,
  Content,
  FetchOptions,
  Runner,
  RunnerHealth,
  RunOutcome,
  RunSpec
} from '../../market/ports.ts'
import { MeteredCache } from './cache.ts'
import { fetchBytes, fetchInputs } from './fetch.ts'
import type { GuestEnd, Guests } from './guests.ts'
import type { GuestJob } from './messages.ts'
import { type Leavings, type Output, resultEntries } from './result-tree.ts'
import { checkSpec, envLines } from './spec.ts'

/** The guest's name for itself: argv[0]. */
const PROGRAM_NAME = 'module.wasm'

/** A program that the pass and the engine have not read after so long is not promised to anybody. */
const ADMIT_MS = 60_000

const encoder = new TextEncoder()
const decoder = new TextDecoder()

type RunOptions = NonNullable<Parameters<Runner['run']>[2]>

/** Logs as they arrive: all that is left of a run that was broken off. */
class LiveLogs {
  readonly #kept: Readonly<Record<1 | 2, Writer>> = { 1: new Writer(), 2: new Writer() }

  add(stream: 1 | 2, bytes: Uint8Array): void {
    this.#kept[stream].raw(bytes)
  }

  bytes(stream: 1 | 2): Uint8Array {
    return this.#kept[stream].bytes
  }
}

function* outputsOf(entries: readonly GuestEntry[]): Generator<Output> {
  for (const { path, content } of entries) yield { path: decoder.decode(path), content }
}

function leavingsOf(end: GuestEnd, logs: LiveLogs): Leavings {
  if (end.kind === 'broken') {
    return { stdout: logs.bytes(1), stderr: logs.bytes(2), exitCode: NO_EXIT_CODE, outputs: [] }
  }
  const { stdout, stderr, exitCode, outputs } = end.outcome
  return { stdout, stderr, exitCode, outputs: outputsOf(outputs) }
}

function outcomeOf(end: GuestEnd, root: CID, wallMs: number): RunOutcome {
  if (end.kind === 'broken') {
    const { status, diagnostics } = end
    return { status, exitCode: NO_EXIT_CODE, root, used: 0n, wallMs, diagnostics }
  }
  const { status, exitCode, used, diagnostics } = end.outcome
  return { status, exitCode, root, used, wallMs, ...(diagnostics === undefined ? {} : { diagnostics }) }
}

/** Runs wasm programs. */
export class GuestRunner implements Runner {
  readonly runtime = LILY_WASI
  readonly #guests: Guests
  readonly #cache: MeteredCache
  readonly #running = new Set<Promise<unknown>>()
  #stopping = new AbortController()

  /** `cacheBytes`: of metered modules kept. */
  constructor(guests: Guests, cacheBytes: number) {
    this.#guests = guests
    this.#cache = new MeteredCache(cacheBytes)
  }

  start(): Promise<void> {
    this.#stopping = new AbortController()
    return this.#guests.start()
  }

  /** Cancels what runs, and waits until its guests are gone. */
  async stop(): Promise<void> {
    this.#stopping.abort(new RunError('RUN_NOT_READY', 'the runner stops'))
    await this.#guests.stop()
    await Promise.allSettled(this.#running)
  }

  async probe(options: AbortOptions = {}): Promise<RunnerHealth> {
    try {
      await this.#guests.probe(options)
      return { isReady: true }
    } catch (error) {
      options.signal?.throwIfAborted()
      return { isReady: false, reason: error instanceof Error ? error.message : String(error) }
    }
  }

  /** The metered module is kept: the run that may follow need not make it again. */
  admit(spec: RunSpec, content: Content, options: FetchOptions = {}): Promise<void> {
    return this.#track(options.signal, signal => this.#admit(spec, content, { ...options, signal }))
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

  #check(spec: RunSpec): void {
    if (spec.runtime !== this.runtime) throw rejected('spec', `this runner is for ${this.runtime}, not ${spec.runtime}`)
    checkSpec(spec)
    if (spec.limits.gpus) throw rejected('spec', 'a wasm program cannot use graphics cards')
  }

  /** In a guest, as always, for the bytes are a stranger's; without gas nothing of them is run. */
  async #admit(
    spec: RunSpec,
    content: Content,
    options: FetchOptions & { readonly signal: AbortSignal }
  ): Promise<void> {
    this.#check(spec)
    const { entrypoint, limits } = spec
    if (this.#cache.get(entrypoint, limits.memoryBytes) !== undefined) return
    options.signal.throwIfAborted()
    const job = await this.#fetch({ ...spec, inputs: [] }, content, options)
    const listener = {
      wallMs: ADMIT_MS,
      signal: options.signal,
      onMetered: (wasm: Uint8Array) => this.#cache.set(entrypoint, limits.memoryBytes, wasm),
      onLog: () => {}
    }
    const withoutGas = { ...job, spec: { ...job.spec, limits: { ...limits, gas: 0n } } }
    await this.#guests.run(withoutGas, listener, async end => {
      if (end.kind === 'broken')
        throw new RunError('RUN_NOT_READY', `the program cannot be looked at: ${end.diagnostics}`)
    })
  }

  async #run(
    spec: RunSpec,
    content: Content,
    options: RunOptions & { readonly signal: AbortSignal }
  ): Promise<RunOutcome> {
    this.#check(spec)
    options.signal.throwIfAborted()
    const job = await this.#fetch(spec, content, options)
    const logs = new LiveLogs()
    const startedAtMs = performance.now()
    options.onStart?.()
    const listener = {
      wallMs: spec.limits.wallMs,
      signal: options.signal,
      onMetered: (wasm: Uint8Array) => this.#cache.set(spec.entrypoint, spec.limits.memoryBytes, wasm),
      onLog: (stream: 1 | 2, bytes: Uint8Array) => {
        logs.add(stream, bytes)
        options.onLog?.(stream, bytes)
      }
    }
    return this.#guests.run(job, listener, async end => {
      const wallMs = Math.round(performance.now() - startedAtMs)
      const root = await content.addTree(resultEntries(leavingsOf(end, logs)))
      return outcomeOf(end, root, wallMs)
    })
  }

  /** Gathers the module and its inputs. */
  async #fetch(spec: RunSpec, content: Content, options: RunOptions): Promise<GuestJob> {
    const { entrypoint, limits } = spec
    const metered = this.#cache.get(entrypoint, limits.memoryBytes)
    const wasm = metered ?? (await fetchBytes(content, entrypoint, MAX_MODULE_BYTES, options))
    const inputs = await fetchInputs(spec, content, options)
    return {
      wasm,
      isMetered: metered !== undefined,
      memoryBytes: limits.memoryBytes,
      spec: {
        args: [PROGRAM_NAME, ...spec.args].map(text => encoder.encode(text)),
        env: envLines(spec.env).map(line => encoder.encode(line)),
        inputs: inputs.map(({ name, content }) => ({ path: encoder.encode(name), content })),
        stdin: new Uint8Array(),
        seed: spec.seed,
        epochNs: spec.epochNs,
        limits
      }
    }
  }
}
