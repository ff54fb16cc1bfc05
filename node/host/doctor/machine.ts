/** Looks at this machine: Node.js, the data folder, the key, ports, and the runtimes of jobs. */
import { constants } from 'node:fs'
import { access, readFile, statfs } from 'node:fs/promises'
import { createServer, connect as dial } from 'node:net'
import { dirname, join } from 'node:path'
import type { Address } from '../../../protocols/core/account.ts'
import { isLilyError } from '../../../protocols/core/errors.ts'
import { formatCoins } from '../../../protocols/core/units.ts'
import { Rpc } from '../../chain/rpc.ts'
import { parseBigQuantity } from '../../chain/wire.ts'
import type { AbortOptions, Runner } from '../../market/ports.ts'
import { ApiClient } from '../api/client.ts'
import { systemClock } from '../clock.ts'
import { KEY_FILE, loadKey } from '../keys.ts'
import type { Env, NetworkProfile } from '../profile.ts'
import { LocalSigner } from '../signer.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const LEAST_NODE = 24

/** Free space below which the first larger image may not fit. */
const LOW_SPACE_BYTES = 2 * 1024 ** 3

const GIB = 1024 ** 3

const DIAL_TIMEOUT_MS = 3_000

/** The version of Node.js. */
export function checkNode(version = process.versions.node): Finding {
  if (Number(version.split('.')[0]) >= LEAST_NODE) return ok('node', version)
  return fail('node', 'CONFIG_NODE_TOO_OLD', version, `install Node.js ${LEAST_NODE} or newer`)
}

/** Whether the data folder can be used, and whether a node runs on it. */
export async function checkFolder(dataDir: string, options: AbortOptions): Promise<Finding> {
  const running = await runningRoles(dataDir, options)
  if (running !== undefined) return ok('data folder', `${dataDir}: a node runs on it, as ${running.join(', ')}`)
  try {
    const existing = await nearestFolder(dataDir)
    await access(existing, constants.W_OK)
    const { bavail, bsize } = await statfs(existing)
    const freeBytes = bavail * bsize
    const found = `${dataDir}${existing === dataDir ? '' : ' will be made'}, ${(freeBytes / GIB).toFixed(1)} GiB free`
    return freeBytes < LOW_SPACE_BYTES
      ? warn('data folder', found, 'free some space, or take another disk')
      : ok('data folder', found)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail('data folder', 'DATA_FOLDER_UNUSABLE', reason, 'give a folder that this user may write, by --data')
  }
}

async function runningRoles(dataDir: string, options: AbortOptions): Promise<readonly string[] | undefined> {
  try {
    return (await new ApiClient(dataDir).status(options)).roles
  } catch {
    options.signal?.throwIfAborted()
    return undefined
  }
}

async function nearestFolder(folder: string): Promise<string> {
  try {
    await access(folder)
    return folder
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isMissing || dirname(folder) === folder) throw error
    return nearestFolder(dirname(folder))
  }
}

/** Where the key may come from. */
export interface KeyPlace {
  readonly dataDir: string
  readonly env: Env
  readonly passwordFile?: string
}

/** The key, and the coins of its account; makes no key. */
export async function checkKey(
  place: KeyPlace,
  { rpcUrls, chainId, isLocal }: NetworkProfile,
  options: AbortOptions
): Promise<Finding> {
  const hasEnv = (place.env.LILYNODE_PRIVATE_KEY ?? '') !== ''
  const hasFile = await readFile(join(place.dataDir, KEY_FILE)).then(
    () => true,
    () => false
  )
  if (!hasEnv && !hasFile)
    return warn('key', 'none yet', 'the first start makes one; `lilynode wallet new` does it now')
  let account: Address
  try {
    account = new LocalSigner((await loadKey(place)).privateKey).account
  } catch (error) {
    const code = isLilyError(error) ? error.code : 'KEY_FILE_UNUSABLE'
    return fail(
      'key',
      code,
      error instanceof Error ? error.message : '',
      'set LILYNODE_PASSWORD or give --password-file'
    )
  }
  const rpc = new Rpc({ urls: rpcUrls, clock: systemClock, chainId })
  try {
    const coinWei = parseBigQuantity(
      await rpc.call('eth_getBalance', [account, 'latest'], { ...options, patienceMs: 0 })
    )
    const found = `${account} has ${formatCoins(coinWei)} coins`
    if (coinWei > 0n) return ok('key', found)
    return warn('key', found, isLocal ? '`lilynode wallet faucet` gives some' : 'send it coins for gas and escrow')
  } catch {
    options.signal?.throwIfAborted()
    return ok('key', `${account}, its coins are not known`)
  }
}

/** Whether the ports that a node is to listen on are free; a running node has them already. */
export function checkPorts(listen: readonly string[]): Promise<readonly Finding[]> {
  return Promise.all(
    listen.map(async address => {
      const [, host = '', port = ''] = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)/.exec(address) ?? []
      const check = `port ${port || address}`
      if (host === '') return warn(check, `${address} is no address with a TCP port`, 'give /ip4/0.0.0.0/tcp/4001')
      const reason = await tryListen(host, Number(port))
      if (reason === undefined) return ok(check, `${address} is free`)
      return fail(check, 'PORT_IN_USE', `${address}: ${reason}`, 'end what listens there, or take another port')
    })
  )
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', error => resolve(error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

/** Whether anybody is there to join through. */
export async function checkBootstrap({ bootstrap }: NetworkProfile): Promise<Finding> {
  const check = 'bootstrap'
  if (bootstrap.length === 0) return warn(check, 'the profile names no node', 'add one, or give --bootstrap at start')
  const reached = (await Promise.all(bootstrap.map(canDial))).filter(Boolean).length
  const found = `${reached} of ${bootstrap.length} addresses answer`
  return reached > 0 ? ok(check, found) : warn(check, found, 'without a node to join through you are alone')
}

function canDial(address: string): Promise<boolean> {
  const [, host, port] = /^\/(?:ip[46]|dns[46]?)\/([^/]+)\/tcp\/(\d+)/.exec(address) ?? []
  if (host === undefined) return Promise.resolve(false)
  const socket = dial({ host, port: Number(port), timeout: DIAL_TIMEOUT_MS })
  return new Promise<boolean>(resolve => {
    socket.once('connect', () => resolve(true))
    socket.once('timeout', () => resolve(false))
    socket.once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}

/** Whether each runtime works here. */
export function checkRuntimes(runners: readonly Runner[], options: AbortOptions): Promise<readonly Finding[]> {
  return Promise.all(
    runners.map(async runner => {
      const { isReady, reason = '' } = await runner.probe(options)
      const check = `runtime ${runner.runtime}`
      return isReady ? ok(check, 'ready') : warn(check, reason, 'only providers and mediators of such jobs need it')
    })
  )
}
