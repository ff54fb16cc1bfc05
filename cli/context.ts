/** What every command is given, and how it is launched: output, environment, and the signal that ends it. */
import { Command, Option } from 'commander'
import type { Env } from '../node/host/profile.ts'
import type { Io } from './io.ts'

/** A command's surroundings. */
export interface Context {
  readonly io: Io
  readonly env: Env
  /** Aborted by SIGINT or SIGTERM; what opens after it must close at once. */
  readonly signal: AbortSignal
}

/** Flags of every command. */
export interface CommonFlags {
  readonly json?: true
}

/** Flags of every command that has to do with a network. */
export interface NetworkFlags extends CommonFlags {
  readonly network?: string
  readonly data?: string
  readonly passwordFile?: string
}

/** What a command does; gives the exit code, none is 0. */
export type Body = (context: Context) => Promise<number | undefined> | Promise<void>

/** Runs a command's body; output, errors and the exit code are the program's care. */
export type Launch = (flags: CommonFlags, body: Body) => Promise<void>

/** A command with the flags that all have. */
export function commonCommand(name: string, description: string): Command {
  return new Command(name).description(description).option('--json', 'print one JSON object per line')
}

/** A command with the flags of {@link NetworkFlags}. */
export function networkCommand(name: string, description: string): Command {
  return commonCommand(name, description)
    .option('--network <name>', "a network's name, or its JSON file")
    .option('--data <dir>', "the node's folder")
    .addOption(new Option('--password-file <file>', 'a file with the password of the key'))
}

/** Examples for the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map(line => `  $ ${line}`).join('\n')}`
}
