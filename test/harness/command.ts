// Runs one command to its end in a process group of its own, so that whatever it started ends with it.
import { spawn } from 'node:child_process'

/** What a command is run with. */
export interface CommandOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /** When the whole group is killed. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** How a command ended. */
export interface CommandReport {
  /** The exit code; null where a signal ended it. */
  readonly code: number | null
  /** stdout and stderr, as they came. */
  readonly output: string
  readonly durationMs: number
  readonly hasTimedOut: boolean
}

/**
 * Runs a command; a non-zero exit, a time-out or an abort is told in the report.
 * Fails only when the program cannot be started.
 */
export function runCommand(program: string, args: readonly string[], options: CommandOptions): Promise<CommandReport> {
  const { cwd, env = process.env, timeoutMs, signal } = options
  const startedMs = performance.now()
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  let hasTimedOut = false

  const killGroup = () => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The group is already empty.
    }
  }
  const timer = setTimeout(() => {
    hasTimedOut = true
    killGroup()
  }, timeoutMs)
  signal?.addEventListener('abort', killGroup, { once: true })

  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', reject)
    // A forgotten grandchild would hold the pipes open and delay 'close' for ever.
    child.once('exit', killGroup)
    child.once('close', code => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', killGroup)
      const output = Buffer.concat(chunks).toString()
      resolve({ code, output, durationMs: performance.now() - startedMs, hasTimedOut })
    })
  })
}

/** 1234 -> "1.2 s". */
export function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`
}
