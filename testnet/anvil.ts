/**
 * A development chain: anvil as a process of its own. By default it dies with the process that started it, however that
 * ends; detached it outlives it, for a testnet that is left running.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HDNodeWallet } from 'ethers/wallet'
import type { AbortOptions } from '../node/market/ports.ts'
import { type Address, parseAddress } from '../protocols/core/account.ts'
import { type Hex, isHex } from '../protocols/core/bytes.ts'
import { LilyError } from '../protocols/core/errors.ts'
import { type ProcessRef, refOf } from './process.ts'

/** What the chain is to be like. */
export interface AnvilOptions extends AbortOptions {
  /** Seconds between two blocks, fractions too. Without it each transaction makes a block of its own. */
  readonly blockTimeSec?: number
  /** Blocks come only when asked for by `evm_mine`. */
  readonly isManual?: boolean
  /** @default a free one */
  readonly port?: number
  /** @default 31337 */
  readonly chainId?: number
  /** Older states that are kept, so that many blocks can be reorganised. @default 0 */
  readonly keepStates?: number
  /** Keeps the chain in this folder, written every second; a chain that is there is gone on with. */
  readonly stateDir?: string
  /** Outlives this process. */
  readonly detached?: boolean
  /** Takes what anvil prints; needed when detached. */
  readonly logPath?: string
}

/** An account that has coins from the start. */
export interface DevAccount {
  readonly address: Address
  readonly privateKey: Hex
}

/** A running development chain. */
export interface Anvil {
  readonly rpcUrl: string
  readonly port: number
  readonly pid: number
  readonly process: ProcessRef
  /** The ten accounts that every anvil gives 10,000 coins; everybody has their keys. */
  readonly accounts: readonly DevAccount[]
  /** Asks the chain anything. @throws Error when it refuses */
  rpc(method: string, ...params: readonly unknown[]): Promise<unknown>
  /** Ends the process at once; safe twice. */
  stop(): Promise<void>
}

/** Why a chain could not be started. */
export type AnvilErrorCode = 'ANVIL_NOT_INSTALLED' | 'ANVIL_PORT_IN_USE' | 'ANVIL_FAILED'

const READY_TIMEOUT_MS = 20_000
const LOOK_MS = 20
const ACCOUNTS = 10
const PHRASE = 'test test test test test test test test test test test junk'
const ARCH_NAMES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** Runs anvil, and beside it a reader of our pipe that ends it when the pipe breaks, which it does even if we are killed. */
const DIE_WITH_PARENT = 'exec 3<&0; (cat <&3 >/dev/null; kill -9 $$ 2>/dev/null) & exec 3<&-; exec "$0" "$@" </dev/null'

/**
 * Starts a chain and waits until it answers.
 *
 * @throws ANVIL_NOT_INSTALLED, ANVIL_PORT_IN_USE, ANVIL_FAILED
 * @example const anvil = await startAnvil({ blockTimeSec: 1 })
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const port = await claimPort(options.port ?? 0)
  const program = findAnvil()
  const { child, said } = launch(program, argsOf(options, port), options)
  const rpcUrl = `http://127.0.0.1:${port}`
  try {
    await untilReady(child, rpcUrl, said, options)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  const { pid } = child
  const ref = pid === undefined ? undefined : refOf(pid)
  if (ref === undefined) throw new LilyError<AnvilErrorCode>('ANVIL_FAILED', `anvil ended at once: ${said()}`)
  if (options.detached === true) child.unref()
  return {
    rpcUrl,
    port,
    pid: ref.pid,
    process: ref,
    accounts: devAccounts(),
    rpc: async (method, ...params) => await ask(rpcUrl, method, params),
    stop: async () => await end(child)
  }
}

function argsOf(options: AnvilOptions, port: number): string[] {
  const { blockTimeSec, isManual, chainId = 31_337, keepStates = 0, stateDir } = options
  return [
    ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId), '--silent'],
    ...['--hardfork', 'prague', '--gas-limit', '300000000'],
    // Without it anvil writes 80 KB a block to the home folder and leaves them there.
    ...(keepStates === 0 ? ['--prune-history'] : ['--prune-history', String(keepStates)]),
    ...(isManual === true ? ['--no-mining'] : []),
    ...(blockTimeSec === undefined ? [] : ['--block-time', String(blockTimeSec)]),
    ...(stateDir === undefined ? [] : ['--state', join(stateDir, 'anvil.json'), '--state-interval', '1'])
  ]
}

/** The binary itself: npm's wrapper would be one more process between us and it. */
function findAnvil(): string {
  const exe = platform() === 'win32' ? '.exe' : ''
  const file = `@foundry-rs/anvil-${platform()}-${ARCH_NAMES[arch()] ?? arch()}/bin/anvil${exe}`
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
    return require.resolve(file)
  } catch (cause) {
    throw new LilyError<AnvilErrorCode>('ANVIL_NOT_INSTALLED', `no anvil for this machine: ${file} is missing`, {
      cause
    })
  }
}

function launch(program: string, args: readonly string[], { detached = false, logPath }: AnvilOptions) {
  const log = logPath === undefined ? undefined : openSync(logPath, 'a', 0o600)
  try {
    const [command, ...rest] = detached ? [program, ...args] : ['/bin/sh', '-c', DIE_WITH_PARENT, program, ...args]
    const child = spawn(command ?? program, rest, {
      detached,
      stdio: [detached ? 'ignore' : 'pipe', log ?? 'ignore', log ?? (detached ? 'ignore' : 'pipe')]
    })
    let errors = ''
    child.stderr?.on('data', chunk => {
      errors = (errors + String(chunk)).slice(-2000)
    })
    child.on('error', error => {
      errors += error.message
    })
    // The reader beside anvil ends with our end of the pipe.
    child.once('exit', () => child.stdin?.destroy())
    unrefAll(child, detached)
    return { child, said: () => errors.trim() }
  } finally {
    if (log !== undefined) closeSync(log)
  }
}

/** A forgotten chain must not keep a process alive: when that ends, so does the chain. */
function unrefAll(child: ChildProcess, isDetached: boolean): void {
  if (isDetached) return
  child.unref()
  for (const pipe of [child.stdin, child.stderr])
    if (pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
}

async function untilReady(child: ChildProcess, rpcUrl: string, said: () => string, options: AbortOptions) {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadlineMs) {
    options.signal?.throwIfAborted()
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) break
    const isUp = await ask(rpcUrl, 'eth_chainId', []).then(
      () => true,
      () => false
    )
    if (isUp) return
    await delay(LOOK_MS)
  }
  throw new LilyError<AnvilErrorCode>('ANVIL_FAILED', `anvil did not start: ${said() || 'no answer'}`)
}

/** A port of this machine that is free now; 0 takes any. @throws ANVIL_PORT_IN_USE when the one that was asked for is not */
export async function claimPort(wanted: number): Promise<number> {
  const server = createServer()
  try {
    return await new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(wanted, '127.0.0.1', () => {
        const address = server.address()
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('no port'))
      })
    })
  } catch (cause) {
    throw new LilyError<AnvilErrorCode>('ANVIL_PORT_IN_USE', `port ${wanted} is in use`, { cause, details: { wanted } })
  } finally {
    await new Promise(resolve => server.close(resolve))
  }
}

async function ask(rpcUrl: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  })
  const reply: unknown = await response.json()
  if (typeof reply === 'object' && reply !== null && 'result' in reply) return reply.result
  throw new Error(`${method}: ${JSON.stringify(reply)}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise(resolve => child.once('exit', resolve))
  child.ref()
  child.kill('SIGKILL')
  await exited
}

function devAccounts(): readonly DevAccount[] {
  const root = HDNodeWallet.fromPhrase(PHRASE, '', "m/44'/60'/0'/0")
  return Array.from({ length: ACCOUNTS }, (_, i) => {
    const { address, privateKey } = root.deriveChild(i)
    if (!isHex(privateKey, 32)) throw new TypeError('a private key has 32 bytes')
    return { address: parseAddress(address), privateKey }
  })
}
