// What a node hands to the page it serves: read back as it was, refused where it is not one, and without any key.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatLightProfile, type LightProfile, parseLightProfile } from '../../../node/peer/light-profile.ts'
import { throws } from '../../support.ts'

const profiles = suite('light profile')

const PROFILE: LightProfile = {
  version: 1,
  agent: 'lilynode/0.1.0',
  network: 'local',
  chainId: 31_337n,
  rpcUrls: ['http://127.0.0.1:8545'],
  contracts: {
    market: `0x${'11'.repeat(20)}`,
    court: `0x${'22'.repeat(20)}`,
    beacon: `0x${'33'.repeat(20)}`,
    registry: `0x${'44'.repeat(20)}`,
    fromBlock: 4
  },
  confirmations: 1,
  isLocal: true,
  hasFaucet: true,
  bootstrap: ['/ip4/127.0.0.1/tcp/1/ws'],
  modules: [],
  defaults: { maxPriceWei: 10n ** 17n, seatFeeWei: 10n ** 15n, collateralTimes: 10, windowSec: 60 }
}

profiles('is read back as it was', () => {
  assert.equal(parseLightProfile(formatLightProfile(PROFILE)), PROFILE)
})

profiles('drops what a newer node adds, a key least of all', () => {
  const text = formatLightProfile(PROFILE).replace('{', `{"faucetKey":"0x${'55'.repeat(32)}",`)
  assert.not('faucetKey' in parseLightProfile(text))
})

for (const [what, text] of [
  ['no JSON', 'hello'],
  ['another version', formatLightProfile(PROFILE).replace('"version":1', '"version":2')],
  ['an account that is none', formatLightProfile(PROFILE).replace('0x1111', '0x11')],
  ['no endpoint', formatLightProfile({ ...PROFILE, rpcUrls: [] })]
] as const)
  profiles(`refuses ${what}`, () => {
    throws(() => parseLightProfile(text), 'CONFIG_BAD_PROFILE')
  })

profiles.run()
