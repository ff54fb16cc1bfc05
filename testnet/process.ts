/**
 * Operating-system processes that outlive the one that started them. A process is named by its pid and the moment it
 * began, so that a pid which the system gave to somebody else is never mistaken for ours, nor killed.
 */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { AbortOptions } from '../node/market/ports.ts'

/** A process, past any doubt. */
export interface ProcessRef {
  readonly pid: number
  /** When it began, in whatever unit the system counts; two processes with one pid differ in it. */
  readonly startedAt: string
}

/** What to run, and where its output goes. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Both outputs are appended to this file. */
  readonly logPath: string
}

/** How long a process may take to stop by itself before it is killed. */
const GRACE_MS = 8000

/** How often a dying process is looked at. */
const LOOK_MS = 25

/**
 * Starts a process in a session of its own: Ctrl-C in our terminal does not reach it, our death does not end it.
 *
 * @throws Error with the system's code when the program cannot be run
 */
export function startProcess(command: Command): ProcessRef {
  const log = openSync(command.logPath, 'a', 0o600)
  try {
    const child = spawn(command.program, command.args, {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: ['ignore', log, log]
    })
    // A program that cannot be run says so by an event as well; the missing pid below already tells.
    child.on('error', () => {})
    child.unref()
    const ref = child.pid === undefined ? undefined : refOf(child.pid)
    if (ref === undefined) throw new Error(`could not start ${command.program}: see ${command.logPath}`)
    return ref
  } finally {
    closeSync(log)
  }
}

/** The process that has this pid now; undefined when there is none, or when it is dead and only waits to be collected. */
export function refOf(pid: number): ProcessRef | undefined {
  const startedAt = existsSync('/proc/self/stat') ? startedAtOf(pid) : startedAtByPs(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** Whether the process still runs. */
export function isRunning(ref: ProcessRef): boolean {
  return refOf(ref.pid)?.startedAt === ref.startedAt
}

/** Sends a signal, unless the process is gone. */
export function signalProcess(ref: ProcessRef, signal: NodeJS.Signals): void {
  if (!isRunning(ref)) return
  try {
    process.kill(ref.pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Asks the process to stop and kills it when it does not; resolves to whether it is gone. */
export async function stopProcess(
  ref: ProcessRef,
  options: AbortOptions & { graceMs?: number } = {}
): Promise<boolean> {
  signalProcess(ref, 'SIGTERM')
  if (await waitForEnd(ref, options.graceMs ?? GRACE_MS, options)) return true
  signalProcess(ref, 'SIGKILL')
  return waitForEnd(ref, GRACE_MS, options)
}

/** Waits for the end of a process; resolves to whether it came in time. */
export async function waitForEnd(ref: ProcessRef, timeoutMs: number, options: AbortOptions = {}): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs
  while (isRunning(ref)) {
    if (performance.now() >= deadlineMs) return false
    await delay(LOOK_MS, undefined, options)
  }
  return true
}

/** From the kernel: the state is the third field of /proc/<pid>/stat, the start time the 22nd; the second may hold blanks. */
function startedAtOf(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

/** Systems without /proc. */
function startedAtByPs(pid: number): string | undefined {
  try {
    const [state, ...start] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
    return state === undefined || state.startsWith('Z') ? undefined : start.join(' ')
  } catch {
    return undefined
  }
}
