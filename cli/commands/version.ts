/** `lilynode version`. */
import type { Command } from 'commander'
import { type CommonFlags, commonCommand, type Launch } from '../context.ts'
import { packageVersion } from '../package.ts'

/** The command. */
export function versionCommand(launch: Launch): Command {
  return commonCommand('version', 'print the version').action((flags: CommonFlags) =>
    launch(flags, async ({ io }) => {
      const version = packageVersion()
      io.answer(version, { type: 'version', version, node: process.versions.node })
    })
  )
}
