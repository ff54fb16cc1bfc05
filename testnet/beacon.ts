/** The drand network of a testnet: one process with one key, which tests may stop so that seeds come late, or never. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DrandParams } from '../contracts/deploy-params.ts'
import { drandKey, drandSecret } from '../node/chain/drand-scheme.ts'
import { type Hex, toHex } from '../protocols/core/bytes.ts'
import { LAUNCHER } from './members.ts'
import { type ProcessRef, startProcess } from './process.ts'
import { DRAND_TIMES } from './settings.ts'
import type { TestnetPaths } from './state.ts'

/** Where the beacon's secret key lies. */
const keyFileOf = (paths: TestnetPaths): string => join(paths.folder, 'beacon.key')

/** Makes the key of a testnet's beacon; what its contract is deployed with. */
export function settleBeacon(paths: TestnetPaths, genesisSec: number): DrandParams & { readonly key: Hex } {
  const secret = drandSecret()
  writeFileSync(keyFileOf(paths), `${toHex(secret)}\n`, { mode: 0o600 })
  return { key: drandKey(secret), genesisSec, ...DRAND_TIMES }
}

/** Starts the beacon's process. */
export function startBeacon(paths: TestnetPaths, port: number): ProcessRef {
  return startProcess({
    program: process.execPath,
    args: [LAUNCHER, 'beacon', '--dev', '--port', String(port), '--key-file', keyFileOf(paths)],
    env: { ...process.env, LILYNODE_HOME: paths.home },
    logPath: join(paths.folder, 'beacon.log')
  })
}
