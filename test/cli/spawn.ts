// Runs lilynode in an environment of its own: the binary as a user would, or the same command line within this process,
// which is a tenth of the work.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { execute } from '../../cli/main.ts'

const BIN = fileURLToPath(new URL('../../cli/bin.mjs', import.meta.url))

/** The tester's own, so that not every command compiles everything anew. */
const XDG_CACHE_HOME = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')

/** How a command ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess
  /** What it has said up to now. */
  stdout(): string
  stderr(): string
  readonly ended: Promise<Ended>
}

/** Where a command runs. */
export interface Where {
  /** LILYNODE_HOME; nothing else of the tester's own settings is seen. */
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The Node to launch with. @default this one */
  readonly node?: string
}

/** Starts `lilynode ...args`. */
export function start(args: readonly string[], { home, env, cwd, node = process.execPath }: Where): Running {
  const child = spawn(node, [BIN, ...args], {
    env: { PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME, LILYNODE_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd })
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const ended = once(child, 'close').then(() => ({ code: child.exitCode ?? -1, stdout, stderr }))
  return { child, stdout: () => stdout, stderr: () => stderr, ended }
}

/** Runs `lilynode ...args` to its end. */
export function lilynode(args: readonly string[], where: Where): Promise<Ended> {
  return start(args, where).ended
}

/** Runs `lilynode ...args` to its end within this process. */
export async function inProcess(args: readonly string[], { home, env }: Pick<Where, 'home' | 'env'>): Promise<Ended> {
  const [stdout, stderr] = [new Text(), new Text()]
  const code = await execute(args, {
    streams: { stdout, stderr },
    env: { LILYNODE_HOME: home, ...env },
    signal: new AbortController().signal,
    stoppedBy: () => undefined
  })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** A stream that keeps what is written. */
class Text extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** The lines of --json. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}
