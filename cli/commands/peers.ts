/** `lilynode peers`: the neighbours of the running node. */
import type { Command } from 'commander'
import { type Context, type Launch, type NetworkFlags, networkCommand } from '../context.ts'
import { runningApi } from '../session.ts'
import { table } from '../table.ts'

/** The command. */
export function peersCommand(launch: Launch): Command {
  return networkCommand('peers', 'list the neighbours of the running node').action((flags: NetworkFlags) =>
    launch(flags, context => peers(flags, context))
  )
}

async function peers(flags: NetworkFlags, context: Context): Promise<void> {
  const { io, signal } = context
  const api = await runningApi(flags, context)
  const found = await api.peers({ signal })
  if (io.isJson) {
    for (const peer of found) io.emit({ type: 'peer', ...peer })
    return
  }
  const rows = found.map(peer => [
    peer.account ?? peer.peerId,
    peer.isDialled ? 'out' : 'in',
    peer.says?.roles.join(',') || '-',
    peer.says?.head.toString() ?? '-',
    peer.addresses[0]?.replace(/\/p2p\/.*/, '') ?? '-'
  ])
  io.answer(table(['account', 'way', 'roles', 'block', 'address'], rows, 'no peers'), { type: 'none' })
}
