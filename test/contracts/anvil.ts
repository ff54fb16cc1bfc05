// A real anvil for a test, and the few things that are asked of it by RPC.
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { JsonRpcProvider, Wallet } from 'ethers'
import { freePort, until } from '../support.ts'

/** A running anvil that mines a block per transaction. */
export interface Anvil {
  readonly rpcUrl: string
  readonly provider: JsonRpcProvider
  readonly deployer: Wallet
  /** Moves the chain's clock on and mines a block. */
  passTime(seconds: number): Promise<void>
  mine(blocks: number): Promise<void>
  /** A new account with coins. */
  newAccount(coinsWei: bigint): Promise<Wallet>
  stop(): Promise<void>
}

/** Starts anvil on a free port and waits until it answers. */
export async function startAnvil(): Promise<Anvil> {
  const port = await freePort()
  const args = ['--port', String(port), '--hardfork', 'prague', '--prune-history', '--silent']
  const child = spawn(findAnvil(), args, { stdio: 'ignore' })
  const rpcUrl = `http://127.0.0.1:${port}`
  await until(() => answers(rpcUrl), { what: 'anvil' })
  const provider = new JsonRpcProvider(rpcUrl, undefined, {
    cacheTimeout: -1,
    pollingInterval: 10,
    staticNetwork: true
  })
  const newAccount = async (coinsWei: bigint): Promise<Wallet> => {
    const wallet = new Wallet(Wallet.createRandom().privateKey, provider)
    await provider.send('anvil_setBalance', [wallet.address, `0x${coinsWei.toString(16)}`])
    return wallet
  }
  return {
    rpcUrl,
    provider,
    deployer: await newAccount(10n ** 21n),
    async passTime(seconds) {
      await provider.send('evm_increaseTime', [seconds])
      await provider.send('evm_mine', [])
    },
    async mine(blocks) {
      await provider.send('anvil_mine', [`0x${blocks.toString(16)}`])
    },
    newAccount,
    async stop() {
      provider.destroy()
      await stop(child)
    }
  }
}

function findAnvil(): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }
  const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
  return require.resolve(`@foundry-rs/anvil-${platform()}-${names[arch()] ?? arch()}/bin/anvil`)
}

async function answers(rpcUrl: string): Promise<boolean> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  return await fetch(rpcUrl, request).then(
    response => response.ok,
    () => false
  )
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}
