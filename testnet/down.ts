/** Takes a testnet down: every process of its state file, then its files. Works as well on what a crash has left. */

import { removeProfile } from '../node/host/profile.ts'
import type { AbortOptions } from '../node/market/ports.ts'
import { TestnetError } from './errors.ts'
import { signalProcess, stopProcess, waitForEnd } from './process.ts'
import { NETWORK_NAME } from './settings.ts'
import { removeState, runningProcesses, type TestnetPaths, type TestnetState } from './state.ts'

/** How long a supervisor may take to bring its testnet down before we do it ourselves. */
const SUPERVISOR_GRACE_MS = 20_000

/** Options of taking down. */
export interface DownOptions extends AbortOptions {
  /** Kills at once instead of asking first. */
  readonly isForced?: boolean
}

/**
 * Ends the members, then the chain they follow, then forgets the testnet.
 *
 * @returns how many processes were ended
 * @throws TESTNET_STILL_RUNNING when a process cannot be killed
 */
export async function takeDown(paths: TestnetPaths, state: TestnetState, options: DownOptions = {}): Promise<number> {
  const ended = runningProcesses(state).filter(ref => ref.pid !== process.pid).length
  const supervisor = state.supervisor?.pid === process.pid ? undefined : state.supervisor
  if (supervisor !== undefined) {
    // It is asked first, since it would report each ended node as a failure.
    signalProcess(supervisor, options.isForced === true ? 'SIGKILL' : 'SIGTERM')
    if (!(await waitForEnd(supervisor, SUPERVISOR_GRACE_MS, options))) await stopProcess(supervisor, { graceMs: 0 })
  }
  const stop = options.isForced === true ? { graceMs: 0 } : {}
  const members = state.members.map(member => member.process).filter(ref => ref !== undefined)
  await Promise.all(members.map(ref => stopProcess(ref, { ...options, ...stop })))
  if (state.beacon !== undefined) await stopProcess(state.beacon.process, { ...options, ...stop })
  if (state.chain !== undefined) await stopProcess(state.chain.process, { ...options, ...stop })
  const left = runningProcesses(state).filter(ref => ref.pid !== process.pid)
  if (left.length > 0)
    throw new TestnetError(
      'TESTNET_STILL_RUNNING',
      `could not end the processes ${left.map(ref => ref.pid).join(', ')}`
    )
  await removeProfile(NETWORK_NAME, { LILYNODE_HOME: paths.home })
  removeState(paths)
  return ended
}
