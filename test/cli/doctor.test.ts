// `lilynode doctor` against a real chain: what is right, and each thing that can be wrong with what to do about it.
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type NetworkProfile, saveProfile } from '../../node/host/profile.ts'
import { startTestChain, type TestChain } from '../node/chain/support.ts'
import { freePort, tmp } from '../support.ts'
import { inProcess, jsonLines } from './spawn.ts'

interface Bench {
  home: string
  chain: TestChain
}

const doctor = suite<Bench>('doctor')

doctor.before(async bench => {
  bench.chain = await startTestChain({ blockTimeSec: 1 })
})
doctor.before.each(async bench => {
  bench.home = await tmp()
})
doctor.after(({ chain }) => chain.anvil.stop())

function profileOf({ anvil, deployment }: TestChain, change: Partial<NetworkProfile> = {}): NetworkProfile {
  const { chainId, ...contracts } = deployment
  return {
    name: 'local',
    chainId,
    rpcUrls: [anvil.rpcUrl],
    contracts,
    bootstrap: [],
    confirmations: 1,
    isLocal: true,
    defaults: { maxPriceWei: 1n, askWei: 1n, seatFeeWei: 1n, collateralTimes: 1, windowSec: 1 },
    ...change
  }
}

/** Runs it on a profile; gives the exit code and the findings by name. */
async function examine({ home }: Bench, profile: NetworkProfile, ...args: string[]) {
  await saveProfile(profile, { LILYNODE_HOME: home })
  const ended = await inProcess(['doctor', '--json', ...args], { home })
  const [line] = jsonLines(ended.stdout)
  const findings = line?.findings
  assert.ok(Array.isArray(findings), ended.stderr)
  const byName = new Map(findings.map(finding => [finding.check, finding]))
  return { code: ended.code, find: (check: string) => byName.get(check) ?? assert.unreachable(`no ${check}`) }
}

doctor('finds nothing wrong where nothing is', async bench => {
  const { code, find } = await examine(bench, profileOf(bench.chain))
  assert.is(code, 0)
  for (const check of ['node', 'rpc 1', 'contract Market', 'contract Court', 'data folder', 'runtime lily-wasi/1'])
    assert.is(find(check).state, 'ok', check)
  assert.is(find('key').state, 'warn')
  assert.match(find('key').todo, 'wallet new')
})

doctor('prints a table with what to do', async bench => {
  await saveProfile(profileOf(bench.chain), { LILYNODE_HOME: bench.home })
  const { stdout, code } = await inProcess(['doctor'], bench)
  assert.is(code, 0)
  assert.match(stdout, /^ok +rpc 1 +http:\/\/127\.0\.0\.1:\d+ at block/m)
  assert.match(stdout, /^warn +key +none yet: the first start makes one/m)
  assert.match(stdout, /\d+ ok, \d+ warnings, 0 failures/)
})

doctor('makes no key, and none of the folders', async bench => {
  await examine(bench, profileOf(bench.chain))
  const { stdout } = await inProcess(['doctor', '--json', '--data', join(bench.home, 'new', 'folder')], bench)
  assert.match(stdout, 'will be made')
  const { code } = await inProcess(['doctor', '--json', '--data', join(bench.home, 'new', 'folder')], bench)
  assert.is(code, 0)
})

doctor('shows the account and its coins', async bench => {
  await inProcess(['wallet', 'new'], bench)
  const { find } = await examine(bench, profileOf(bench.chain))
  assert.match(find('key').found, /^0x[0-9a-f]{40} has 0 coins$/)
  assert.match(find('key').todo, 'faucet')
})

doctor('tells an endpoint of another chain, and looks at no contract there', async bench => {
  const { code, find } = await examine(bench, profileOf(bench.chain, { chainId: 5n }))
  assert.is(code, 78)
  assert.is(find('rpc 1').code, 'CHAIN_WRONG_ID')
})

doctor('is content with one endpoint of two, and tells the other', async bench => {
  const dead = `http://user:secret@127.0.0.1:${await freePort()}/key`
  const { code, find } = await examine(bench, profileOf(bench.chain, { rpcUrls: [dead, bench.chain.anvil.rpcUrl] }))
  assert.is(code, 69)
  assert.is(find('rpc 1').code, 'CHAIN_UNREACHABLE')
  assert.not.match(JSON.stringify(find('rpc 1')), /secret|\/key/)
  assert.is(find('contract Market').state, 'ok')
})

doctor('tells contracts that are not there', async bench => {
  const { contracts } = profileOf(bench.chain)
  const gone = { ...contracts, market: `0x${'ee'.repeat(20)}` as const }
  const { code, find } = await examine(bench, profileOf(bench.chain, { contracts: gone }))
  assert.is(code, 78)
  assert.is(find('contract Market').state, 'fail')
})

doctor('tells a port that is taken', async bench => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  try {
    const { code, find } = await examine(bench, profileOf(bench.chain), '--listen', `/ip4/127.0.0.1/tcp/${port}`)
    assert.is(code, 73)
    assert.is(find(`port ${port}`).state, 'fail')
  } finally {
    server.close()
  }
})

doctor('tells a folder that cannot be used', async bench => {
  const { find } = await examine(bench, profileOf(bench.chain), '--data', '/dev/null/folder')
  assert.is(find('data folder').state, 'fail')
})

doctor.run()
