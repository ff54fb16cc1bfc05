// The development chain as a process: it answers when started, dies with its parent, and outlives it when asked to.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startAnvil } from '../../testnet/anvil.ts'
import { refOf, stopProcess } from '../../testnet/process.ts'
import { rejects, tmp, until } from '../support.ts'

const run = promisify(execFile)
const MODULE = join(import.meta.dirname, '../../testnet/anvil.ts')

/** A program that starts a chain, prints its pid, and ends as told. */
const program = (options: string, end: string) =>
  `import { startAnvil } from ${JSON.stringify(MODULE)}; const a = await startAnvil(${options}); console.log(a.pid); ${end}`
const pidFrom = async (options: string, end: string) => {
  const ended = run(process.execPath, ['--input-type=module', '-e', program(options, end)]).catch(error => error)
  return Number((await ended).stdout)
}

const test = suite('startAnvil')

test('answers with the chain that was asked for, and stops', async () => {
  const anvil = await startAnvil({ chainId: 77, isManual: true })
  assert.is(await anvil.rpc('eth_chainId'), '0x4d')
  assert.is(anvil.accounts.length, 10)
  const [first] = anvil.accounts
  assert.is(await anvil.rpc('eth_getBalance', first?.address, 'latest'), '0x21e19e0c9bab2400000')
  await rejects(
    anvil.rpc('eth_noSuchMethod').catch(error => Promise.reject(Object.assign(error, { code: 'NO' }))),
    'NO'
  )
  await anvil.stop()
  await anvil.stop()
  assert.is(refOf(anvil.pid), undefined)
})

test('makes blocks by itself when given a block time', async () => {
  const anvil = await startAnvil({ blockTimeSec: 0.1 })
  await until(async () => Number(await anvil.rpc('eth_blockNumber')) >= 2)
  await anvil.stop()
})

test('goes on with the chain in its folder', async () => {
  const stateDir = await tmp()
  const anvil = await startAnvil({ stateDir })
  const [from, to] = anvil.accounts
  await anvil.rpc('eth_sendTransaction', { from: from?.address, to: to?.address, value: '0x1' })
  const genesis = await hashOf(anvil, '0x0')
  // Anvil answers a transaction before the block of it is made.
  const first = await until(() => hashOf(anvil, '0x1'), { what: 'the first block' })
  const file = join(stateDir, 'anvil.json')
  await until(async () => existsSync(file) && (await readFile(file, 'utf8')).includes(first), {
    what: 'the saved chain'
  })
  await anvil.stop()
  const again = await startAnvil({ stateDir })
  assert.is(await hashOf(again, '0x1'), first)
  assert.is(await hashOf(again, '0x0'), genesis)
  await again.stop()
})
const hashOf = async (
  anvil: { rpc(method: string, ...params: readonly unknown[]): Promise<unknown> },
  block: string
) => {
  const found = await anvil.rpc('eth_getBlockByNumber', block, false)
  return typeof found === 'object' && found !== null && 'hash' in found ? String(found.hash) : ''
}

test('says that a port is in use', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  await rejects(startAnvil({ port: address.port }), 'ANVIL_PORT_IN_USE')
  await new Promise(resolve => server.close(resolve))
})

test('dies with the process that started it, however that ends', async () => {
  for (const end of ['', 'process.exit(3)', "process.kill(process.pid, 'SIGKILL')"]) {
    const pid = await pidFrom('{}', end)
    assert.ok(pid > 0)
    await until(() => refOf(pid) === undefined, { what: `the end of anvil after "${end}"` })
  }
})

test('outlives the process that started it when detached, and prints to its log', async () => {
  const logPath = join(await tmp(), 'anvil.log')
  const pid = await pidFrom(`{ detached: true, logPath: ${JSON.stringify(logPath)} }`, '')
  const ref = refOf(pid)
  assert.ok(ref)
  assert.ok(existsSync(logPath))
  assert.ok(await stopProcess(ref))
})

test.run()
