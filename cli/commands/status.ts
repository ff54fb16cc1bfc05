/** `lilynode status`: the running node in short. */
import type { Command } from 'commander'
import { formatCoins } from '../../protocols/core/units.ts'
import { type Context, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { labelled } from '../describe.ts'
import { runningApi } from '../session.ts'

/** The command. */
export function statusCommand(launch: Launch): Command {
  return networkCommand('status', 'show the running node').action((flags: NetworkFlags) =>
    launch(flags, context => status(flags, context))
  )
}

async function status(flags: NetworkFlags, context: Context): Promise<void> {
  const api = await runningApi(flags, context)
  const found = await api.status({ signal: context.signal })
  const text = labelled([
    ['version', found.version],
    ['roles', found.roles.join(', ')],
    ['account', found.account],
    ['peer id', found.peerId],
    ['addresses', found.addresses.join('\n') || 'none'],
    ['peers', String(found.peers)],
    ['chain', `${found.chainId}, block ${found.block}`],
    ['coins', formatCoins(found.coinWei)],
    ['deposited', `${formatCoins(found.freeWei)} free`],
    ['open deals', String(found.openDeals)],
    ['offers', `${found.offers.resource} of machines, ${found.offers.job} of jobs`],
    ['runtimes', found.runtimes.map(runtimeLine).join('\n') || 'none']
  ])
  context.io.answer(text, { ...found, type: 'status' })
}

/** A runtime, and why it is not ready where it is not. */
export function runtimeLine({ runtime, isReady, reason }: { runtime: string; isReady: boolean; reason?: string }) {
  return isReady ? runtime : `${runtime}: not ready${reason === undefined ? '' : `, ${reason}`}`
}
