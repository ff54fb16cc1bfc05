// Network profiles: found by name, by path and by environment; what is written is read back; what is wrong is named.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quicknet } from '../../../node/chain/drand-scheme.ts'
import {
  formatProfile,
  homeFolder,
  loadProfile,
  type NetworkProfile,
  networkName,
  parseProfile,
  removeProfile,
  saveProfile
} from '../../../node/host/profile.ts'
import { rejects, throws, tmp } from '../../support.ts'

const PROFILE: NetworkProfile = {
  name: 'test-1',
  chainId: 31_337n,
  rpcUrls: ['http://127.0.0.1:8545'],
  contracts: {
    market: `0x${'01'.repeat(20)}`,
    court: `0x${'02'.repeat(20)}`,
    beacon: `0x${'03'.repeat(20)}`,
    registry: `0x${'04'.repeat(20)}`,
    fromBlock: 7
  },
  bootstrap: ['/ip4/127.0.0.1/tcp/4001'],
  confirmations: 1,
  isLocal: true,
  faucetKey: `0x${'05'.repeat(32)}`,
  defaults: {
    maxPriceWei: 2n ** 80n,
    askWei: 1n,
    seatFeeWei: 10n ** 15n,
    collateralTimes: 2,
    windowSec: 60
  }
}

/** The profile's file with one field changed. */
function changed(path: readonly string[], value: unknown): string {
  const json = JSON.parse(formatProfile(PROFILE))
  const last = path.at(-1) ?? ''
  const parent = path.slice(0, -1).reduce((at, key) => at[key], json)
  parent[last] = value
  return JSON.stringify(json)
}

const formats = suite('formatProfile and parseProfile')

formats('read back what they wrote, amounts beyond 53 bits too', () => {
  assert.equal(parseProfile(formatProfile(PROFILE), 'x.json'), PROFILE)
})

formats('take accounts in any case', () => {
  const upper = `0x${'AB'.repeat(20)}`
  const found = parseProfile(changed(['contracts', 'market'], upper), 'x.json')
  assert.is(found.contracts.market, upper.toLowerCase())
})

formats('name the field that is wrong', () => {
  const wrong: readonly (readonly [readonly string[], unknown])[] = [
    [['chainId'], 31_337],
    [['chainId'], '0'],
    [['rpcUrls'], []],
    [['rpcUrls'], ['not a url']],
    [['contracts', 'court'], '0x12'],
    [['contracts', 'fromBlock'], -1],
    [['defaults', 'askWei'], 5],
    [['defaults', 'askWei'], '-5'],
    [['isLocal'], 'yes'],
    [['faucetKey'], '0x12'],
    [['typo'], 1]
  ]
  for (const [path, value] of wrong) {
    const error = throws(() => parseProfile(changed(path, value), 'x.json'), 'CONFIG_BAD_NETWORK')
    assert.match(error.message, path.at(-1) ?? '', error.message)
  }
})

formats('refuse text that is not JSON', () => {
  throws(() => parseProfile('{', 'x.json'), 'CONFIG_BAD_NETWORK')
})

formats('refuse a faucet key on a network that others share', () => {
  throws(() => parseProfile(changed(['isLocal'], false), 'x.json'), 'CONFIG_BAD_NETWORK')
})

formats.run()

// ---

const beacons = suite('beacons of a profile')

const DRAND: NonNullable<NetworkProfile['drand']> = {
  ...quicknet(),
  marginSec: 12,
  lateAfterSec: 3_600,
  urls: ['http://127.0.0.1:8600/a']
}

beacons('are of block headers where nothing is said', () => {
  assert.is(parseProfile(formatProfile(PROFILE), 'x.json').contracts.beaconKind, undefined)
})

beacons('of drand say of which network they are', () => {
  const profile: NetworkProfile = {
    ...PROFILE,
    contracts: { ...PROFILE.contracts, beaconKind: 'drand' },
    drand: DRAND
  }
  assert.equal(parseProfile(formatProfile(profile), 'x.json'), profile)
})

beacons('and their network go together', () => {
  throws(() => parseProfile(changed(['contracts', 'beaconKind'], 'drand'), 'x.json'), 'CONFIG_BAD_NETWORK')
  throws(() => parseProfile(changed(['drand'], DRAND), 'x.json'), 'CONFIG_BAD_NETWORK')
  throws(() => parseProfile(changed(['contracts', 'beaconKind'], 'dice'), 'x.json'), 'CONFIG_BAD_NETWORK')
})

beacons('of drand have a key that is one', () => {
  const bad = { ...PROFILE, contracts: { ...PROFILE.contracts, beaconKind: 'drand' as const } }
  for (const key of [`0x${'00'.repeat(256)}`, `0x${'01'.repeat(256)}`, '0x01'] as const)
    throws(() => parseProfile(formatProfile({ ...bad, drand: { ...DRAND, key } }), 'x.json'), 'CONFIG_BAD_NETWORK')
})

beacons.run()

// ---

const loads = suite('loadProfile')

loads('finds a saved profile by its name, and no longer when it is removed', async () => {
  const env = { LILYNODE_HOME: await tmp() }
  await saveProfile(PROFILE, env)
  assert.equal(await loadProfile('test-1', env), PROFILE)
  await removeProfile('test-1', env)
  await rejects(loadProfile('test-1', env), 'CONFIG_NO_NETWORK')
  await removeProfile('test-1', env)
})

loads('takes LILYNODE_NETWORK, else local', async () => {
  const LILYNODE_HOME = await tmp()
  await saveProfile(PROFILE, { LILYNODE_HOME })
  await saveProfile({ ...PROFILE, name: 'local' }, { LILYNODE_HOME })
  assert.is((await loadProfile(undefined, { LILYNODE_HOME })).name, 'local')
  assert.is((await loadProfile(undefined, { LILYNODE_HOME, LILYNODE_NETWORK: 'test-1' })).name, 'test-1')
})

loads('takes the path of a file', async () => {
  const folder = await tmp()
  const file = join(folder, 'net.json')
  await writeFile(file, formatProfile(PROFILE))
  assert.equal(await loadProfile(file, { LILYNODE_HOME: folder }), PROFILE)
})

loads('says what to do when there is none', async () => {
  const error = await rejects(loadProfile(undefined, { LILYNODE_HOME: await tmp() }), 'CONFIG_NO_NETWORK')
  assert.match(error.message, 'lilynode testnet up')
})

loads.run()

// ---

const names = suite('networkName and homeFolder')

names('a network is called as its file', () => {
  assert.is(networkName('./some/net.json', {}), 'net')
  assert.is(networkName('public', {}), 'public')
  assert.is(networkName(undefined, { LILYNODE_NETWORK: 'other' }), 'other')
  assert.is(networkName(undefined, { LILYNODE_NETWORK: '' }), 'local')
})

names('the home folder is in the environment, else below the user', () => {
  assert.is(homeFolder({ LILYNODE_HOME: '/somewhere' }), '/somewhere')
  assert.match(homeFolder({}), /\.lilynode$/)
})

names.run()
