/** Looks after a testnet until it is told to stop: says when a node ends, and takes all of it down at the end. */
import { setTimeout as delay } from 'node:timers/promises'
import { takeDown } from './down.ts'
import { TestnetError } from './errors.ts'
import { lastWordsOf } from './members.ts'
import { isRunning } from './process.ts'
import type { Testnet } from './testnet.ts'

const LOOK_MS = 250

/** Options of supervising. */
export interface SuperviseOptions {
  /** Ends the supervision, and with it the testnet. */
  readonly signal: AbortSignal
  /** Takes a line for people. */
  readonly onTold: (line: string) => void
}

/**
 * Returns after a clean end.
 *
 * @throws TESTNET_CHAIN_DIED when the chain ended first; the testnet is down then as well
 */
export async function supervise(testnet: Testnet, options: SuperviseOptions): Promise<void> {
  const told = new Set<string>()
  try {
    while (!options.signal.aborted) {
      const { chain, members } = testnet.state
      if (chain !== undefined && !isRunning(chain.process))
        throw new TestnetError('TESTNET_CHAIN_DIED', 'the chain ended by itself: the testnet was taken down')
      for (const { name, dataDir, process } of members) {
        if (process === undefined || isRunning(process) || told.has(name)) continue
        told.add(name)
        options.onTold(`${name} has ended: ${lastWordsOf({ dataDir })}`)
      }
      await delay(LOOK_MS, undefined, { signal: options.signal }).catch(() => {})
    }
  } finally {
    await takeDown(testnet.paths, testnet.state)
  }
}
