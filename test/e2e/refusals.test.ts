// What cannot work is refused in one clear line with a stable code and a non-zero exit, never with a stack trace.
// timeout: 900
//
// | what is wrong                           | code                   | exit |
// | --------------------------------------- | ---------------------- | ---- |
// | module.json with an unknown field       | MODULE_UNKNOWN_FIELD   | 65   |
// | a required input is missing             | MODULE_INPUT_MISSING   | 65   |
// | an input of the wrong type              | MODULE_INPUT_TYPE      | 65   |
// | no money                                | ..NO_FUNDS             | 77   |
// | no provider that fits                   | JOB_NO_PROVIDER        | 75   |
// | the chain is down                       | CHAIN_UNREACHABLE      | 69   |
// | another chain than the profile says     | CHAIN_WRONG_ID         | 78   |
// | a chain without the contracts           | CHAIN_NO_CONTRACTS     | 78   |
// | the port is in use                      | PORT_IN_USE            | 73   |
// | the data folder is corrupt              | DATA_FOLDER_CORRUPT    | 73   |
// | the data folder is another node's       | DATA_FOLDER_IN_USE     | 73   |
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatProfile, type NetworkProfile } from '../../node/host/profile.ts'
import { startAnvil } from '../../testnet/anvil.ts'
import { lilynode } from '../cli/spawn.ts'
import { freePort, tmp } from '../support.ts'
import { guestModule } from './guest.ts'
import { modulePath, stageFor } from './stage.ts'

const refusals = suite('refusals')

const onStage = stageFor(refusals, () => ({ cast: { providers: 1, mediators: 0, creators: 0 } }))

/** Runs a command on the stage's network and expects one line with this code. */
async function refused(args: readonly string[], code: string | RegExp, exitCode: number): Promise<string> {
  const ended = await lilynode(args, { home: onStage().testnet.paths.home })
  const errors = ended.stderr.split('\n').filter(line => line.startsWith('error '))
  assert.is(errors.length, 1, ended.stderr)
  const [line = ''] = errors
  assert.match(line, code)
  assert.is(ended.code, exitCode, line)
  assert.not.match(ended.stderr, /\n\s+at .*:\d+:\d+/)
  return line
}

/** A profile like the stage's, as a file. */
async function profileWith(change: Partial<NetworkProfile>): Promise<string> {
  const path = join(await tmp('lily-profile-'), 'network.json')
  await writeFile(path, formatProfile({ ...onStage().testnet.profile, ...change }))
  return path
}

const submit = (...args: readonly string[]) => ['submit', ...args]
const cowsay = (...args: readonly string[]) => submit(modulePath('cowsay'), '-i', 'Message=moo', ...args)

refusals('a module.json with an unknown field', async () => {
  const folder = await tmp('lily-module-')
  const module: unknown = JSON.parse(await readFile(modulePath('cowsay'), 'utf8'))
  await writeFile(join(folder, 'module.json'), JSON.stringify({ ...Object(module), colour: 'red' }))
  assert.match(await refused(submit(folder), 'MODULE_UNKNOWN_FIELD', 65), 'colour')
})

refusals('a required input that is missing', async () => {
  assert.match(await refused(submit(modulePath('cowsay')), 'MODULE_INPUT_MISSING', 65), 'Message')
})

refusals('an input of the wrong type', async () => {
  const path = await guestModule(['exit', '{{Code}}'], { inputs: { Code: { type: 'integer' } } })
  assert.match(await refused(submit(path, '-i', 'Code=three'), 'MODULE_INPUT_TYPE', 65), 'Code')
})

refusals('no money: an account that has nothing, on a network without a faucet', async () => {
  const { faucetKey: _, ...profile } = onStage().testnet.profile
  const path = join(await tmp('lily-profile-'), 'network.json')
  await writeFile(path, formatProfile(profile))
  await refused(cowsay('--network', path, '--data', await tmp('lily-poor-')), /NO_FUNDS|WALLET_EMPTY/, 77)
})

refusals('no provider that fits, with the requirement that nobody meets', async () => {
  const path = await guestModule(['hello'], { machine: { memoryMiB: 1 << 23 } })
  assert.match(await refused(submit(path, '--wait', '6'), 'JOB_NO_PROVIDER', 75), /memory/i)
})

refusals('no provider at that price', async () => {
  assert.match(await refused(cowsay('--max-price', '3gwei', '--wait', '6'), 'JOB_NO_PROVIDER', 75), /price|tick|asks/i)
})

refusals('a chain that is down', async () => {
  const network = await profileWith({ rpcUrls: [`http://127.0.0.1:${await freePort()}`] })
  await refused(cowsay('--network', network, '--data', await tmp('lily-down-')), 'CHAIN_UNREACHABLE', 69)
})

refusals('another chain than the profile says', async () => {
  const network = await profileWith({ chainId: 5n })
  await refused(cowsay('--network', network, '--data', await tmp('lily-chain-')), 'CHAIN_WRONG_ID', 78)
})

refusals('a chain without the contracts', async () => {
  const anvil = await startAnvil({ blockTimeSec: 1 })
  try {
    const network = await profileWith({ rpcUrls: [anvil.rpcUrl] })
    await refused(cowsay('--network', network, '--data', await tmp('lily-bare-')), 'CHAIN_NO_CONTRACTS', 78)
  } finally {
    await anvil.stop()
  }
})

refusals('a port in use', async () => {
  const bootstrap = onStage().testnet.profile.bootstrap.find(address => !address.includes('/ws'))
  const listen = bootstrap?.split('/p2p/')[0] ?? ''
  const args = ['start', '--role', 'rp', '--data', await tmp('lily-port-'), '--listen', listen]
  await refused(args, 'PORT_IN_USE', 73)
})

refusals("another node's data folder", async () => {
  const { dataDir } = onStage().testnet.member('provider-1')
  await refused(['start', '--role', 'rp', '--data', dataDir], 'DATA_FOLDER_IN_USE', 73)
})

refusals('a corrupt data folder', async () => {
  const { testnet } = onStage()
  const { dataDir } = testnet.member('provider-1')
  await testnet.stop('provider-1')
  const journals = (await readdir(dataDir, { recursive: true })).filter(name => name.endsWith('CURRENT'))
  assert.ok(journals.length > 0)
  // The file that names LevelDB's manifest: it names one that is not there.
  for (const name of journals) await writeFile(join(dataDir, name), 'MANIFEST-999999\n')
  await refused(['start', '--role', 'rp', '--data', dataDir], 'DATA_FOLDER_CORRUPT', 73)
})

refusals.run()
