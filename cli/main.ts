/** The program: runs one command, tells what went wrong in one line, and ends with the right exit code. */
import { type Command, CommanderError } from 'commander'
import type { Env } from '../node/host/profile.ts'
import type { Body, Launch } from './context.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { exitCodeOfSignal, failureOf } from './failure.ts'
import { createIo, type Io, type Streams } from './io.ts'
import { createProgram } from './program.ts'

/** Signals that end a command. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** One Ctrl-C may arrive twice: from the terminal and from a launcher that passes it on. */
const SAME_SIGNAL_MS = 500

/** How long open handles may keep a finished program alive. */
const LINGER_MS = 2_000

/** Widest line of a help text. */
const HELP_COLUMNS = 80

/** Where a command line runs. */
export interface Surroundings {
  readonly streams: Streams
  readonly env: Env
  /** Ends the command. */
  readonly signal: AbortSignal
  /** What aborted it. */
  readonly stoppedBy: () => NodeJS.Signals | undefined
  /** Makes the parser; the testnet has one of its own that behaves like this one. @default the CLI's */
  readonly create?: (launch: Launch) => Command
}

/** Runs the command line of this process, and sets its exit code. */
export async function run(argv = process.argv.slice(2), create?: Surroundings['create']): Promise<void> {
  const stopping = new AbortController()
  const stoppedBy = onSignals(stopping)
  const { env } = process
  const surroundings = { streams: process, env, signal: stopping.signal, stoppedBy }
  process.exitCode = await execute(argv, create === undefined ? surroundings : { ...surroundings, create })
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

/** Runs a command line; gives its exit code. */
export async function execute(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { streams, env, signal, create = createProgram } = surroundings
  let exitCode: number = EXIT_CODES.ok.code
  const launch: Launch = async (flags, body) => {
    const io = createIo(flags.json === true, streams)
    exitCode = await settle(io, surroundings, () => body({ io, env, signal }))
  }
  try {
    await configure(create(launch), streams).parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, createIo(argv.includes('--json'), streams), env)
    throw error
  }
}

/** Errors of parsing are thrown and told by us; a subcommand inherits none of this by itself. */
export function configure(command: Command, streams: Streams): Command {
  const { stdout, stderr } = streams
  command.exitOverride().showSuggestionAfterError()
  command.configureOutput({
    writeOut: text => stdout.write(text),
    writeErr: text => stderr.write(text),
    outputError: () => {}
  })
  command.configureHelp({ helpWidth: Math.min(HELP_COLUMNS, stdout.columns || HELP_COLUMNS) })
  for (const child of command.commands) configure(child, streams)
  return command
}

/** The exit code of a body: its own, that of its failure, or that of the signal that ended it. */
async function settle(io: Io, { env, signal, stoppedBy }: Surroundings, body: () => ReturnType<Body>): Promise<number> {
  try {
    const code = await body()
    io.endSteps('done')
    return code ?? EXIT_CODES.ok.code
  } catch (error) {
    const by = stoppedBy()
    if (!signal.aborted || by === undefined) return tell(io, env, error)
    io.endSteps('failed')
    return exitCodeOfSignal(by)
  }
}

function tell(io: Io, env: Env, error: unknown): number {
  const failure = failureOf(error)
  io.fail(failure)
  if (env.LILYNODE_DEBUG === '1') io.trace(error)
  return failure.exitCode
}

/** Help and the like end parsing with an error too, though nothing is wrong. */
function endOfParsing(error: CommanderError, io: Io, env: Env): number {
  if (error.exitCode === 0) return EXIT_CODES.ok.code
  // A group without its subcommand has printed its help, which says more than a line.
  return error.code === 'commander.help' ? failureOf(error).exitCode : tell(io, env, error)
}

/** The first signal asks the command to end; a second one does not wait for it. Gives what ended the command. */
function onSignals(stopping: AbortController): () => NodeJS.Signals | undefined {
  let first: NodeJS.Signals | undefined
  let firstMs = 0
  const stop = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = signal
      firstMs = performance.now()
      stopping.abort()
    } else if (performance.now() - firstMs > SAME_SIGNAL_MS) {
      process.exit(exitCodeOfSignal(signal))
    }
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  // `lilynode jobs ls | head` closes the pipe: nobody reads on, and that is no error.
  process.stdout.on('error', () => stop('SIGPIPE'))
  return () => first
}

if (import.meta.main) await run()
