// Waits for the end of the process that started it, then takes down the testnet that it may have left in the folder.
import { rmSync } from 'node:fs'
import { takeDown } from '../../testnet/down.ts'
import { readState, testnetPaths } from '../../testnet/state.ts'

const [home] = process.argv.slice(2)
if (home === undefined) throw new TypeError('usage: node reaper.ts <home>')
process.stdin.resume()
process.stdin.on('close', () => {
  const paths = testnetPaths(home)
  const state = readState(paths)
  const cleared = state === undefined ? Promise.resolve(0) : takeDown(paths, state, { isForced: true })
  void cleared.finally(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }))
})
