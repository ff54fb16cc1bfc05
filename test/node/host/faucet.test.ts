// The faucet of a local network on a real chain: fills accounts up, also when many draw at once with one nonce in mind.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { coinsOf, drawFromFaucet } from '../../../node/host/faucet.ts'
import type { NetworkProfile } from '../../../node/host/profile.ts'
import { type Address, ZERO_ADDRESS } from '../../../protocols/core/account.ts'
import { type Anvil, startAnvil } from '../../../testnet/anvil.ts'
import { freePort, rejects } from '../../support.ts'

const CHAIN_ID = 31_337

let anvil: Anvil

function profile(change: Partial<NetworkProfile> = {}): NetworkProfile {
  const nobody = ZERO_ADDRESS
  const faucetKey = anvil.accounts[0]?.privateKey
  return {
    name: 'test',
    chainId: BigInt(CHAIN_ID),
    rpcUrls: [anvil.rpcUrl],
    contracts: { market: nobody, court: nobody, beacon: nobody, registry: nobody, fromBlock: 0 },
    bootstrap: [],
    confirmations: 1,
    isLocal: true,
    defaults: { maxPriceWei: 1n, askWei: 1n, seatFeeWei: 1n, collateralTimes: 1, windowSec: 1 },
    ...(faucetKey === undefined ? {} : { faucetKey }),
    ...change
  }
}

/** Accounts that nobody has used. */
function account(number: number): Address {
  return `0x${number.toString(16).padStart(40, 'e')}`
}

const draws = suite('drawFromFaucet')

draws.before(async () => {
  anvil = await startAnvil({ chainId: CHAIN_ID })
})

draws.after(() => anvil.stop())

draws('fills an account up, and gives nothing to one that has enough', async () => {
  assert.is(await drawFromFaucet(profile(), account(1), 100n), 100n)
  assert.is(await coinsOf(profile(), account(1)), 100n)
  assert.is(await drawFromFaucet(profile(), account(1), 100n), 0n)
  assert.is(await drawFromFaucet(profile(), account(1), 150n), 50n)
  assert.is(await coinsOf(profile(), account(1)), 150n)
})

draws('serves many at once', async () => {
  const accounts = Array.from({ length: 6 }, (_, i) => account(100 + i))
  await Promise.all(accounts.map(one => drawFromFaucet(profile(), one, 7n)))
  for (const one of accounts) assert.is(await coinsOf(profile(), one), 7n)
})

draws('says why it gives nothing', async () => {
  const { faucetKey: _, ...without } = profile()
  await rejects(drawFromFaucet(without, account(2), 1n), 'FAUCET_NONE')
  await rejects(drawFromFaucet(profile({ isLocal: false }), account(2), 1n), 'FAUCET_NONE')
  await rejects(drawFromFaucet(profile(), account(2), 10n ** 30n), 'FAUCET_FAILED')
  await rejects(drawFromFaucet(profile({ chainId: 5n }), account(2), 1n), 'CHAIN_WRONG_ID')
  const rpcUrls = [`http://127.0.0.1:${await freePort()}`]
  await rejects(drawFromFaucet(profile({ rpcUrls }), account(2), 1n), 'CHAIN_UNREACHABLE')
})

draws('ends when it is told to', async () => {
  const signal = AbortSignal.abort()
  const error = await drawFromFaucet(profile(), account(3), 1n, { signal }).then(
    () => undefined,
    failed => failed
  )
  assert.is(error, signal.reason)
})

draws.run()
