/** `lilynode jobs`: the jobs of this node. */
import { Command } from 'commander'
import { formatCoins } from '../../protocols/core/units.ts'
import { type Context, examples, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { describeJob, short } from '../describe.ts'
import { jobLine } from '../follow-job.ts'
import { findJob } from '../ids.ts'
import { showLogs, UNCHECKED } from '../live-logs.ts'
import { openSession } from '../session.ts'
import { table } from '../table.ts'
import { idValue } from '../values.ts'
import { submit } from './submit.ts'

/** The command. */
export function jobsCommand(launch: Launch): Command {
  return new Command('jobs')
    .description('list, show, watch, cancel and resume your jobs')
    .addCommand(
      networkCommand('ls', 'list jobs, newest first')
        .alias('list')
        .action((flags: NetworkFlags) => launch(flags, context => list(flags, context)))
    )
    .addCommand(
      networkCommand('show', 'show a job')
        .argument('<id>', 'a job or deal, or the beginning of its id', idValue)
        .action((id: string, flags: NetworkFlags) => launch(flags, context => show(id, flags, context)))
    )
    .addCommand(
      networkCommand('cancel', 'withdraw a job that no provider has taken yet')
        .argument('<id>', 'a job, or the beginning of its id', idValue)
        .action((id: string, flags: NetworkFlags) => launch(flags, context => cancel(id, flags, context)))
    )
    .addCommand(
      networkCommand('resume', 'follow a job to its end')
        .argument('<id>', 'a job, or the beginning of its id', idValue)
        .option('--out <dir>', 'copy the result there')
        .option('--logs', 'show what it prints while it runs, as its provider tells it')
        .action((id: string, flags: NetworkFlags & { readonly out?: string; readonly logs?: true }) =>
          launch(flags, context => submit(undefined, { ...flags, resume: id }, context))
        )
    )
    .addCommand(
      networkCommand('logs', 'show what a job prints while it runs, as its provider tells it: unchecked')
        .argument('<id>', 'a job, or the beginning of its id', idValue)
        .action((id: string, flags: NetworkFlags) => launch(flags, context => logs(id, flags, context)))
    )
    .addHelpText('after', examples('lilynode jobs ls', 'lilynode jobs show 0x12ab', 'lilynode jobs resume 0x12ab'))
}

async function list(flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const session = await openSession(flags, context)
  try {
    const jobs = [...(await session.api.jobs({ signal }))].sort((a, b) => b.createdAtMs - a.createdAtMs)
    io.endSteps('done')
    if (io.isJson) {
      for (const job of jobs) io.emit({ ...jobLine(job), type: 'job' })
      return
    }
    const rows = jobs.map(job => [
      short(job.id),
      job.moduleName,
      job.failure?.code ?? job.state,
      job.verdict ?? '-',
      job.pricePaidWei === undefined ? '-' : formatCoins(job.pricePaidWei),
      new Date(job.createdAtMs).toISOString().slice(0, 16)
    ])
    io.answer(table(['job', 'module', 'state', 'verdict', 'paid', 'made'], rows, 'no jobs yet'), { type: 'none' })
  } finally {
    await session.close()
  }
}

async function show(id: string, flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const session = await openSession(flags, context)
  try {
    const report = await session.api.job(await findJob(session.api, id, context), { signal })
    io.answer(describeJob(report), { ...jobLine(report), type: 'job' })
  } finally {
    await session.close()
  }
}

async function logs(id: string, flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const session = await openSession(flags, context)
  try {
    const job = await findJob(session.api, id, context)
    io.endSteps('done')
    io.note(UNCHECKED)
    let told = 0
    const tell = (line: string) => {
      told++
      if (!io.isJson) io.answer(line, { type: 'none' })
    }
    await showLogs(session.api.logs(job, { signal }), io, tell)
    if (told === 0) io.note('(nothing: it is not running any more, or its provider tells nothing)')
    signal.throwIfAborted()
  } finally {
    await session.close()
  }
}

async function cancel(id: string, flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const session = await openSession(flags, context)
  try {
    const report = await session.api.cancel(await findJob(session.api, id, context), { signal })
    io.answer(`job ${report.id} is ${report.state}`, { ...jobLine(report), type: 'job' })
  } finally {
    await session.close()
  }
}
