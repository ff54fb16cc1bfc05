/** What `lilynode testnet up` says while it works and when it is ready. */
import type { Io } from '../cli/io.ts'
import type { Testnet } from './testnet.ts'
import type { UpStep } from './up.ts'

/** Tells a step that is done. */
export function tellStep(io: Io, step: UpStep): void {
  io.emit({ type: 'step', ...step })
  const text = describe(step)
  if (text !== undefined) io.note(text)
}

/** Tells that all is ready, and what to type next. */
export function tellReady(io: Io, testnet: Testnet, elapsedMs: number, isDetached: boolean): void {
  const { profile, members } = testnet
  const cheat = members.find(member => member.name.startsWith('cheat'))
  const lines = [
    `ready after ${(elapsedMs / 1000).toFixed(1)} s: ${countNodes(testnet)} on chain ${profile.chainId}`,
    '',
    'now try, in another terminal:',
    '  lilynode submit testnet/modules/cowsay/module.json -i Message=moo',
    '  lilynode start --role rp --data <a new folder>',
    ...(cheat === undefined ? [] : [`  lilynode submit ... --verify always --target ${cheat.account}   (it cheats)`]),
    '',
    isDetached ? '`lilynode testnet down` takes it down' : 'Ctrl-C takes it down and leaves nothing behind'
  ]
  io.answer(lines.join('\n'), {
    type: 'ready',
    elapsedMs: Math.round(elapsedMs),
    isDetached,
    rpcUrls: profile.rpcUrls,
    members: members.map(({ name, account, dataDir, process }) => ({ name, account, dataDir, pid: process?.pid }))
  })
}

function describe(step: UpStep): string | undefined {
  switch (step.step) {
    case 'cleaned':
      return `cleared what an earlier testnet had left (${step.processes} processes)`
    case 'chain':
      return `chain ${step.chainId} at ${step.rpcUrl}`
    case 'contracts':
      return `contracts: market ${step.contracts.market}, court ${step.contracts.court}`
    case 'bootstrap':
      return `bootstrap node at ${step.addresses[0] ?? 'no address'}`
    case 'started':
      return `started ${step.names.join(', ')}`
    case 'ready':
      return undefined
    default:
      return step satisfies never
  }
}

/** `1 bootstrap node, 2 providers, 5 mediators` */
function countNodes(testnet: Testnet): string {
  const kinds = new Map<string, number>()
  for (const { name } of testnet.members) {
    const kind = name.replace(/-\d+$/, '')
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return [...kinds]
    .map(([kind, count]) => (kind === 'bootstrap' ? 'a bootstrap node' : `${count} ${kind}${count === 1 ? '' : 's'}`))
    .join(', ')
}
