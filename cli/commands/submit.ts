/** `lilynode submit`: offers a job and follows it to its verified result. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { LilyError } from '../../protocols/core/errors.ts'
import { MAX_TIP_TICKS, OFFER_MAX_LIFE_BLOCKS } from '../../protocols/params.ts'
import { type Context, examples, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { usageError } from '../failure.ts'
import { followJob } from '../follow-job.ts'
import { findJob } from '../ids.ts'
import { checkOutFolder, type JobFlags, jobRequest } from '../job-request.ts'
import type { LogSource } from '../live-logs.ts'
import { LazySession } from '../module/lazy-session.ts'
import { type ModuleFlags, type OpenModule, openModule } from '../module/open.ts'
import { present } from '../present.ts'
import { accountValue, idValue, timesValue, verifyValue, weiValue, wholeValue } from '../values.ts'
import { withInputs } from './module.ts'

interface SubmitFlags extends NetworkFlags, JobFlags, ModuleFlags {
  readonly out?: string
  readonly detach?: true
  readonly resume?: string
  readonly logs?: true
}

/** The command. */
export function submitCommand(launch: Launch): Command {
  return withInputs(networkCommand('submit', 'run a job: offer, match, run, verify, fetch, pay'))
    .alias('run')
    .argument('[module]', 'a folder, CID, name:version, or Lilypad module')
    .option('--verify <how>', 'always, never, or in so many percent of jobs', verifyValue)
    .option('--target <account>', 'the only provider that may run it', accountValue)
    .option('--max-price <amount>', 'most that it may cost, e.g. 0.5 or 3gwei', weiValue)
    .option('--tip <ticks>', 'pay more to go first', wholeValue(0, MAX_TIP_TICKS))
    .option('--collateral <times>', 'collateral of the provider, in prices', timesValue)
    .option('--wait <blocks>', 'how long to look for a provider', wholeValue(1, OFFER_MAX_LIFE_BLOCKS))
    .option('--out <dir>', 'copy the result there')
    .option('--logs', 'show what the job prints while it runs, as its provider tells it')
    .option('--detach', 'leave the job to the running node')
    .option('--resume <id>', 'take up a job that was left')
    .addHelpText(
      'after',
      examples(
        'lilynode submit cowsay/module.json -i Message=moo',
        'lilynode submit ./module --verify always --max-price 0.5 --out ./result',
        'lilynode submit bafybei... -i Prompt="a frog" --json | tail -n 1',
        'lilynode run cowsay:v0.0.4 -i Message=moo'
      )
    )
    .addHelpText(
      'after',
      '\nstdout and exit code are those of the job; all else goes to stderr. What --logs\nshows is what the provider tells: it is unchecked.'
    )
    .action((module: string | undefined, flags: SubmitFlags) =>
      launch(flags, context => submit(module, flags, context))
    )
}

/** Also what `jobs resume` does. */
export async function submit(module: string | undefined, flags: SubmitFlags, context: Context) {
  if ((module === undefined) === (flags.resume === undefined)) {
    throw usageError(module === undefined ? 'name a module to run' : 'name a module, or --resume a job, not both')
  }
  const out = flags.out === undefined ? undefined : resolve(flags.out)
  if (out !== undefined) await checkOutFolder(out)
  const resumed = flags.resume === undefined ? undefined : idValue(flags.resume)
  const lazy = new LazySession(flags, context)
  let opened: OpenModule | undefined
  try {
    // Before anything is opened: a wrong input needs no network to be seen.
    if (module !== undefined) opened = await openModule(module, flags, context, lazy.api)
    const request = opened === undefined ? undefined : await jobRequest(opened, flags)
    const { api, isEmbedded } = await lazy.session()
    const { signal } = context
    if (flags.detach && isEmbedded) {
      const message = '--detach leaves the job to a running node, and none runs: `lilynode start --role jc`'
      throw new LilyError('CONFIG_NO_NODE', message)
    }
    const isAll = flags.logs === true
    const logs: LogSource = { of: (id, options) => api.logs(id, options), isAll }
    const follow = {
      ...present({ out, logs: isAll || context.io.isLive ? logs : undefined }),
      isDetached: flags.detach === true
    }
    if (request === undefined) {
      const id = await findJob(api, resumed ?? '', context)
      return await followJob(api.follow(id, { signal }), follow, context)
    }
    return await followJob(api.submit(request, { signal }), follow, context)
  } finally {
    await opened?.dispose()
    await lazy.close()
  }
}
