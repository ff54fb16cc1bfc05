// `lilynode deploy`: what it puts on a chain is what `lilynode doctor` finds there.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quicknet } from '../../node/chain/drand-scheme.ts'
import { parseProfile } from '../../node/host/profile.ts'
import { type Anvil, startAnvil } from '../../testnet/anvil.ts'
import { inProcess, jsonLines, lilynode } from '../cli/spawn.ts'
import { freePort, tmp } from '../support.ts'

interface Bench {
  anvil: Anvil
  home: string
  env: Record<string, string>
}

const deploying = suite<Bench>('lilynode deploy')

deploying.before(async bench => {
  bench.anvil = await startAnvil({ blockTimeSec: 0.25 })
  bench.env = { LILYNODE_PRIVATE_KEY: bench.anvil.accounts[0]?.privateKey ?? '' }
})
deploying.before.each(async bench => {
  bench.home = await tmp()
})
deploying.after(({ anvil }) => anvil.stop())

/** Deploys and reads the profile that came of it. */
async function deployed({ home, env }: Bench, ...args: string[]) {
  const out = join(home, 'network.json')
  const { code, stderr } = await lilynode(['deploy', '--json', '--out', out, ...args], { home, env })
  assert.is(code, 0, stderr)
  return { out, profile: parseProfile(await readFile(out, 'utf8'), out) }
}

/** What the doctor says of the contracts of a profile. */
async function contractStates({ home, env }: Bench, out: string) {
  const { code, stdout } = await inProcess(['doctor', '--json', '--network', out], { home, env })
  assert.is(code, 0, stdout)
  const [line] = jsonLines(stdout)
  const findings = Array.isArray(line?.findings) ? line.findings : []
  return findings.filter(({ check }) => check.startsWith('contract ')).map(({ state }) => state)
}

deploying('makes a network that the doctor finds to be this build', async bench => {
  const { out, profile } = await deployed(bench, '--rpc', bench.anvil.rpcUrl, '--name', 'dev', '--local')
  assert.is(profile.name, 'dev')
  assert.is(profile.contracts.beaconKind, undefined)
  assert.equal(await contractStates(bench, out), ['ok', 'ok', 'ok', 'ok', 'ok', 'ok'])
})

deploying('goes on to the next endpoint, and leaves both in the profile', async bench => {
  const dead = `http://127.0.0.1:${await freePort()}`
  const { profile } = await deployed(bench, '--rpc', `${dead},${bench.anvil.rpcUrl}`, '--name', 'dev', '--local')
  assert.equal(profile.rpcUrls, [dead, bench.anvil.rpcUrl])
})

deploying('takes drand for its randomness, and the settings of a network that is there', async bench => {
  const first = await deployed(bench, '--rpc', bench.anvil.rpcUrl, '--name', 'dev', '--confirmations', '3')
  const args = ['--network', first.out, '--name', 'next', '--beacon', 'quicknet', '--drand-url', 'http://127.0.0.1:1/a']
  const { out, profile } = await deployed(bench, ...args)
  assert.is(profile.confirmations, 3)
  assert.is(profile.contracts.beaconKind, 'drand')
  assert.is(profile.drand?.key, quicknet().key)
  assert.equal(profile.drand?.urls, ['http://127.0.0.1:1/a'])
  assert.is.not(profile.contracts.market, first.profile.contracts.market)
  assert.equal(await contractStates(bench, out), ['ok', 'ok', 'ok', 'ok', 'ok', 'ok'])
})

deploying('refuses the chain of another network, and to guess', async bench => {
  const { home, env, anvil } = bench
  const { out } = await deployed(bench, '--rpc', anvil.rpcUrl, '--name', 'dev', '--local')
  const text = (await readFile(out, 'utf8')).replace('"chainId": "31337"', '"chainId": "5"')
  await writeFile(out, text)
  const other = await lilynode(['deploy', '--network', out, '--name', 'x'], { home, env })
  assert.is(other.code, 78)
  assert.match(other.stderr, /^error CHAIN_WRONG_ID/m)
  assert.is((await lilynode(['deploy', '--name', 'x'], { home, env })).code, 64)
})

deploying.run()
