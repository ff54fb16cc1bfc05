/**
 * The testnet's state file: every process that belongs to it, written before anybody waits for anything, so that `down`
 * finds all of them after a crash as well.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Address, isAddress } from '../protocols/core/account.ts'
import { TestnetError } from './errors.ts'
import { isRunning, type ProcessRef } from './process.ts'

const PROCESS = v.object({ pid: v.pipe(v.number(), v.integer(), v.minValue(1)), startedAt: v.string() })

const MEMBER = v.object({
  /** `bootstrap`, `provider-1`, `mediator-3`: also the name of its folder. */
  name: v.string(),
  account: v.custom<Address>(isAddress, 'an account'),
  dataDir: v.string(),
  /** Arguments of `lilynode` that start it again. */
  args: v.array(v.string()),
  process: v.optional(PROCESS)
})

const STATE = v.object({
  version: v.literal(1),
  startedAtMs: v.number(),
  /** The `up` that stays in the foreground; absent for one that was detached. */
  supervisor: v.optional(PROCESS),
  chain: v.optional(v.object({ process: PROCESS, rpcUrl: v.string() })),
  /** The drand network, where the testnet has one. */
  beacon: v.optional(v.object({ process: PROCESS, port: v.number() })),
  members: v.array(MEMBER)
})

/** One node of the testnet. */
export type MemberState = v.InferOutput<typeof MEMBER>

/** @see the head of this file */
export type TestnetState = v.InferOutput<typeof STATE>

/** Where a testnet keeps its things, under the product's home. */
export interface TestnetPaths {
  readonly home: string
  /** The testnet's folder; holds all below. */
  readonly folder: string
  readonly stateFile: string
  /** The profile that its own nodes use from the first moment on. */
  readonly profileFile: string
  readonly chainLog: string
}

/** The paths of the testnet of a home. */
export function testnetPaths(home: string): TestnetPaths {
  const folder = join(home, 'testnet')
  return {
    home,
    folder,
    stateFile: join(folder, 'state.json'),
    profileFile: join(folder, 'network.json'),
    chainLog: join(folder, 'anvil.log')
  }
}

/**
 * The state on disk; undefined when there is none.
 *
 * @throws TESTNET_STATE_UNREADABLE
 */
export function readState(paths: TestnetPaths): TestnetState | undefined {
  let text: string
  try {
    text = readFileSync(paths.stateFile, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw unreadable(paths, error)
  }
  try {
    return v.parse(STATE, JSON.parse(text))
  } catch (error) {
    throw unreadable(paths, error)
  }
}

/** Writes the state; a crash leaves the old one or the new one. Synchronous, so that no process is ever unlisted. */
export function writeState(paths: TestnetPaths, state: TestnetState): void {
  mkdirSync(paths.folder, { recursive: true, mode: 0o700 })
  const partial = `${paths.stateFile}.partial`
  writeFileSync(partial, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(partial, paths.stateFile)
}

/** Removes the testnet's folder. */
export function removeState(paths: TestnetPaths): void {
  rmSync(paths.folder, { recursive: true, force: true, maxRetries: 3 })
}

/** `up`: its keeper lives, which is its supervisor or else its chain; `stale`: what a crash has left behind. */
export function healthOf(state: TestnetState): 'up' | 'stale' {
  const keeper = state.supervisor ?? state.chain?.process
  return keeper !== undefined && isRunning(keeper) ? 'up' : 'stale'
}

/** Every process of the testnet that still runs, supervisor last. */
export function runningProcesses(state: TestnetState): readonly ProcessRef[] {
  const all = [
    ...state.members.map(member => member.process),
    state.beacon?.process,
    state.chain?.process,
    state.supervisor
  ]
  return all.filter(ref => ref !== undefined).filter(isRunning)
}

function unreadable(paths: TestnetPaths, cause: unknown): TestnetError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new TestnetError(
    'TESTNET_STATE_UNREADABLE',
    `cannot read ${paths.stateFile} (${reason}): if no testnet runs, remove ${paths.folder} and bring it up again`,
    { cause }
  )
}
