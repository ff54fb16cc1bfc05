/** `lilynode explain`: why a job went where it went, replayed by this node from what it saw. */
import type { Command } from 'commander'
import { type Context, examples, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { describeExplanation } from '../explain.ts'
import { findJob } from '../ids.ts'
import { runningApi } from '../session.ts'
import { idValue, isWholeId } from '../values.ts'

/** The command. */
export function explainCommand(launch: Launch): Command {
  return networkCommand('explain', 'why a job went where it went, as this node saw it')
    .argument('<id>', 'a deal, a job, or an offer', idValue)
    .addHelpText('after', examples('lilynode explain 0x12ab...', 'lilynode explain 0x12ab... --data ./provider --json'))
    .action((id: string, flags: NetworkFlags) => launch(flags, context => explain(id, flags, context)))
}

async function explain(id: string, flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  // A node of this command's own would have seen nothing of what it is asked about.
  const api = await runningApi(flags, context)
  const whole = isWholeId(id) ? id : await findJob(api, id, context)
  const told = await api.explain(whole, { signal })
  const { kind, ...rest } = told
  io.answer(describeExplanation(told), { type: 'explanation', of: kind, ...rest })
}
