/**
 * `lilynode testnet` and `lilynode deploy`: programs of this package that stand above the CLI or beside it, so that it
 * cannot import them (docs/architecture.md). They are run as children in the same terminal.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { Command } from 'commander'
import { LilyError } from '../../protocols/core/errors.ts'
import type { Context, Launch } from '../context.ts'
import { packageProgram } from '../package.ts'

/** `lilynode testnet up|down|status`. */
export function testnetCommand(launch: Launch): Command {
  return programCommand(launch, 'testnet', 'a whole network on this machine: up, down, status', 'testnet/main')
}

/** `lilynode deploy`. */
export function deployCommand(launch: Launch): Command {
  return programCommand(launch, 'deploy', 'put the contracts on a chain', 'testnet/deploy')
}

/** A command whose arguments, `--help` among them, are the program's own. */
function programCommand(launch: Launch, name: string, description: string, program: string): Command {
  return new Command(name)
    .description(description)
    .argument('[args...]')
    .usage('[args...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action((args: readonly string[]) => {
      const flags = args.includes('--json') ? ({ json: true } as const) : {}
      return launch(flags, context => runProgram(program, args, context))
    })
}

async function runProgram(program: string, args: readonly string[], { signal }: Context): Promise<number> {
  const file = packageProgram(program)
  if (!existsSync(file)) throw new LilyError('CONFIG_NO_PROGRAM', `this package comes without ${program}`)
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' })
  // A terminal's Ctrl-C reaches the child by itself; what was sent to this process alone does not.
  const pass = () => {
    if (!process.stdin.isTTY) child.kill('SIGINT')
  }
  const terminate = () => child.kill('SIGTERM')
  signal.addEventListener('abort', pass, { once: true })
  process.once('SIGTERM', terminate)
  try {
    return await exitOf(child)
  } finally {
    signal.removeEventListener('abort', pass)
    process.off('SIGTERM', terminate)
  }
}

async function exitOf(child: ChildProcess): Promise<number> {
  await once(child, 'exit')
  return child.exitCode ?? 128 + (child.signalCode === null ? 0 : constants.signals[child.signalCode])
}
