/** The program: runs one command, tells what went wrong in one line, and ends with the right exit code. */
import { type Command, CommanderError } from 'commander'
import type { Body, Context, Launch } from './context.ts'
import { exitCodeOfSignal, failureOf } from './failure.ts'
import { HumanIo, type Io, JsonIo } from './io.ts'
import { createProgram } from './program.ts'

/** Signals that end a command. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** One Ctrl-C may arrive twice: from the terminal and from a launcher that passes it on. */
const SAME_SIGNAL_MS = 500

/** How long open handles may keep a finished program alive. */
const LINGER_MS = 2_000

/** Widest line of a help text. */
const HELP_COLUMNS = 80

/**
 * Runs the command line of this process, and sets its exit code.
 *
 * @param create makes the program; the testnet has one of its own that behaves like this one
 */
export async function run(
  argv: readonly string[] = process.argv.slice(2),
  create: (launch: Launch) => Command = createProgram
): Promise<void> {
  const stopping = new AbortController()
  const stoppedBy = onSignals(stopping)
  const launch: Launch = async (flags, body) => {
    const io = flags.json ? new JsonIo(process) : new HumanIo(process)
    const context: Context = { io, env: process.env, signal: stopping.signal }
    process.exitCode = await settle(io, stopping.signal, stoppedBy, () => body(context))
  }
  try {
    await configure(create(launch)).parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = endOfParsing(error, argv)
  }
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

/** Errors of parsing are thrown and told by us; a subcommand inherits none of this by itself. */
export function configure(command: Command): Command {
  command.exitOverride().showSuggestionAfterError()
  command.configureOutput({ outputError: () => {} })
  command.configureHelp({ helpWidth: Math.min(HELP_COLUMNS, process.stdout.columns || HELP_COLUMNS) })
  for (const child of command.commands) configure(child)
  return command
}

/** The exit code of a body: its own, that of its failure, or that of the signal that ended it. */
async function settle(
  io: Io,
  signal: AbortSignal,
  stoppedBy: () => NodeJS.Signals | undefined,
  body: () => ReturnType<Body>
): Promise<number> {
  try {
    const code = await body()
    io.endSteps('done')
    return code ?? 0
  } catch (error) {
    const by = stoppedBy()
    if (signal.aborted && by !== undefined) {
      io.endSteps('failed')
      return exitCodeOfSignal(by)
    }
    return tell(io, error)
  }
}

function tell(io: Io, error: unknown): number {
  const failure = failureOf(error)
  io.fail(failure)
  if (process.env.LILYNODE_DEBUG === '1') console.error(error)
  return failure.exitCode
}

/** Help and the like end parsing with an error too, though nothing is wrong. */
function endOfParsing(error: CommanderError, argv: readonly string[]): number {
  if (error.exitCode === 0) return 0
  const io = argv.includes('--json') ? new JsonIo(process) : new HumanIo(process)
  // A group without its subcommand has printed its help, which says more than a line.
  if (error.code === 'commander.help') return failureOf(error).exitCode
  return tell(io, error)
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
