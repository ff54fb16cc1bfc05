/** One job in its container, from creation to its end. */
import type { Container } from 'dockerode'
import { rejected } from '../../../../protocols/run/errors.ts'
import type { RunStatus } from '../../../../protocols/run/status.ts'
import type { AbortOptions } from '../../../market/ports.ts'
import { type ContainerPlan, containerOptions } from './container.ts'
import { type Engine, engineFailed, gone, messageOf, statusOf } from './engine.ts'
import type { CappedLogs } from './logs.ts'

/** After it was killed a container has so long to be gone; then the engine is at fault. */
const KILL_GRACE_MS = 20_000
/** 128 + SIGKILL: what the kernel's out-of-memory killer leaves. */
const KILLED = 137

/** How the program ended. */
export interface JobEnd {
  readonly status: RunStatus
  /** What the program left with, or was made to leave with. */
  readonly exitCode: number
  readonly diagnostics?: string
}

/** What happens to a job from outside. */
export interface JobOptions extends AbortOptions {
  readonly wallMs: number
  readonly logs: CappedLogs
  /** Told of the container, which the caller removes, whatever becomes of the job. */
  readonly onCreated: (container: Container) => void
  /** Everything is ready for the start. */
  readonly onPrepared: () => void
  readonly onStart: () => void
}

type Broken = 'timeout' | 'cancelled' | 'output-limit'

/** Kills, once; a container that is gone or not yet running needs none. */
function kill(container: Container): Promise<void> {
  return gone(container.kill({ signal: 'SIGKILL' }))
}

async function create(engine: Engine, plan: ContainerPlan): Promise<Container> {
  try {
    return await engine.createContainer(containerOptions(plan))
  } catch (error) {
    // That is so on every machine.
    if (statusOf(error) === 400 && /no command/i.test(messageOf(error)))
      throw rejected('image', 'the image says nothing to run, and the job neither')
    throw error
  }
}

async function start(container: Container): Promise<void> {
  try {
    await container.start()
  } catch (error) {
    // The program is not in the image, or is not one: that is so on every machine.
    if (statusOf(error) === 400) throw rejected('image', `the image's program cannot be started: ${messageOf(error)}`)
    throw error
  }
}

async function supervise(container: Container, options: JobOptions): Promise<JobEnd> {
  const { logs, wallMs, signal } = options
  let broken: Broken | undefined
  let failWait: (error: Error) => void = () => {}
  let grace: NodeJS.Timeout | undefined
  const breakOff = (why: Broken) => {
    broken ??= why
    grace ??= setTimeout(() => failWait(new Error('a killed container does not end')), KILL_GRACE_MS)
    kill(container).catch(error => failWait(error instanceof Error ? error : new Error(String(error))))
  }
  const stream = await container.attach({ stream: true, stdout: true, stderr: true })
  const reading = logs.read(asBytes(stream), () => breakOff('output-limit'))
  // Asked before the start: a short program is gone before a later question.
  const exited: Promise<{ StatusCode: number }> = container.wait({ condition: 'next-exit' })
  options.onPrepared()
  const failed = new Promise<never>((_, reject) => {
    failWait = reject
  })
  // Both are awaited below, or are moot because the start has failed.
  exited.catch(() => {})
  reading.catch(() => {})
  failed.catch(() => {})
  const onAbort = () => breakOff('cancelled')
  let timer: NodeJS.Timeout | undefined
  try {
    await start(container)
    options.onStart()
    timer = setTimeout(() => breakOff('timeout'), wallMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    const { StatusCode } = await Promise.race([exited, failed])
    await Promise.race([reading, failed])
    const { State } = await container.inspect()
    if (broken !== undefined && broken !== 'output-limit') return { status: broken, exitCode: StatusCode }
    if (logs.isFull) return { status: 'output-limit', exitCode: StatusCode }
    if (!State.OOMKilled) return { status: 'exited', exitCode: StatusCode }
    const diagnostics = 'the kernel killed a process of the job for memory'
    // A parent that survives its child's end has decided for itself how to leave.
    return { status: StatusCode === KILLED ? 'oom' : 'exited', exitCode: StatusCode, diagnostics }
  } finally {
    clearTimeout(timer)
    clearTimeout(grace)
    signal?.removeEventListener('abort', onAbort)
    if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
  }
}

async function* asBytes(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

/**
 * Runs a job in a container of its own. To remove it is the caller's: the engine takes its time for that, and the job's
 * result need not wait.
 *
 * @throws RUN_REJECTED when the image's program cannot be started; RUN_NOT_READY when the engine fails
 */
export async function runContainer(engine: Engine, plan: ContainerPlan, options: JobOptions): Promise<JobEnd> {
  try {
    const container = await create(engine, plan)
    options.onCreated(container)
    return await supervise(container, options)
  } catch (error) {
    throw engineFailed('running a container', error)
  }
}

/** Removes a job's container, running or not. */
export function removeContainer(container: Container): Promise<void> {
  return gone(container.remove({ force: true, v: true }))
}
