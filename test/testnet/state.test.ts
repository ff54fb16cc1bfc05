// The testnet's state file: written whole, read strictly, and honest about what still lives.
import { mkdirSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refOf } from '../../testnet/process.ts'
import {
  healthOf,
  readState,
  removeState,
  runningProcesses,
  type TestnetState,
  testnetPaths,
  writeState
} from '../../testnet/state.ts'
import { throws, tmp } from '../support.ts'

const DEAD = { pid: process.pid, startedAt: '1' }

function alive() {
  const ref = refOf(process.pid)
  if (ref === undefined) throw new Error('this process has no name')
  return ref
}

function stateWith(change: Partial<TestnetState>): TestnetState {
  return { version: 1, startedAtMs: 0, members: [], ...change }
}

const files = suite('the state file')

files('is read as it was written, and gone when removed', async () => {
  const paths = testnetPaths(await tmp())
  assert.is(readState(paths), undefined)
  const state = stateWith({ chain: { process: alive(), rpcUrl: 'http://127.0.0.1:1' } })
  writeState(paths, state)
  assert.equal(readState(paths), state)
  removeState(paths)
  assert.is(readState(paths), undefined)
})

files('is refused when it is not one', async () => {
  const paths = testnetPaths(await tmp())
  mkdirSync(paths.folder)
  for (const text of ['', '{"version":2}', '{"version":1,"startedAtMs":0,"members":[{}]}']) {
    writeFileSync(paths.stateFile, text)
    throws(() => readState(paths), 'TESTNET_STATE_UNREADABLE')
  }
})

files.run()

// ---

const health = suite('healthOf')

health('is up while its supervisor lives, and stale after', () => {
  assert.is(healthOf(stateWith({ supervisor: alive() })), 'up')
  const chain = { process: alive(), rpcUrl: '' }
  assert.is(healthOf(stateWith({ supervisor: DEAD, chain })), 'stale')
})

health('of a detached testnet is that of its chain', () => {
  assert.is(healthOf(stateWith({ chain: { process: alive(), rpcUrl: '' } })), 'up')
  assert.is(healthOf(stateWith({ chain: { process: DEAD, rpcUrl: '' } })), 'stale')
  assert.is(healthOf(stateWith({})), 'stale')
})

health('counts what still runs', () => {
  const state = stateWith({ supervisor: DEAD, chain: { process: alive(), rpcUrl: '' } })
  assert.equal(runningProcesses(state), [alive()])
})

health.run()
