/** `lilynode doctor`: what is wrong with this machine, its network and its contracts, and what to do about it. */
import type { Command } from 'commander'
import type { Finding } from '../../node/host/doctor/finding.ts'
import { loadProfile } from '../../node/host/profile.ts'
import { type Context, examples, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { exitCodeOf } from '../exit-codes.ts'
import { present } from '../present.ts'
import { dataFolder } from '../session.ts'
import { table } from '../table.ts'
import { listValue } from '../values.ts'

interface DoctorFlags extends NetworkFlags {
  readonly listen?: readonly string[]
  readonly dockerHost?: string
}

/** The command. */
export function doctorCommand(launch: Launch): Command {
  return networkCommand('doctor', 'look for what keeps a node from working')
    .option('--listen <addrs>', 'multiaddrs that the node is to listen on', listValue)
    .option('--docker-host <url>', 'the Docker engine to use')
    .addHelpText('after', '\nEnds with the exit code of the first failure; warnings alone are 0.')
    .addHelpText('after', examples('lilynode doctor', 'lilynode doctor --network ./net.json --json'))
    .action((flags: DoctorFlags) => launch(flags, context => doctor(flags, context)))
}

async function doctor(flags: DoctorFlags, context: Context): Promise<number> {
  const { io, env, signal } = context
  const profile = await loadProfile(flags.network, env)
  const { examine } = await import('../../node/host/doctor/examine.ts')
  const { passwordFile, dockerHost, listen = [] } = flags
  const dataDir = dataFolder(flags, context)
  const findings = await examine(
    { profile, dataDir, env, listen, ...present({ passwordFile, dockerHost }) },
    { signal }
  )
  const rows = findings.map(({ state, check, found, todo = '' }) => [
    state,
    check,
    todo === '' ? found : `${found}: ${todo}`
  ])
  const text = `${table(['', 'check', 'found'], rows, '')}\n\n${summary(findings)}`
  io.answer(text, { type: 'doctor', network: profile.name, findings })
  const failed = findings.find(({ state }) => state === 'fail')
  return failed === undefined ? 0 : exitCodeOf(failed.code ?? 'CONFIG')
}

function summary(findings: readonly Finding[]): string {
  const count = (state: Finding['state']) => findings.filter(finding => finding.state === state).length
  return `${count('ok')} ok, ${count('warn')} warnings, ${count('fail')} failures`
}
