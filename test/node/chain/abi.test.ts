// Calls, answers and errors by the contracts' own ABIs: what goes in comes out, in the types that the ABI promises.
import { Interface } from 'ethers/abi'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CourtAbi, MarketAbi, PrevrandaoBeaconAbi } from '../../../contracts/generated/index.ts'
import { actionOf } from '../../../node/chain/calls.ts'
import { Contracts } from '../../../node/chain/contracts.ts'
import type { ChainCall, Deployment } from '../../../node/market/ports.ts'
import { type Address, ZERO_ADDRESS } from '../../../protocols/core/account.ts'
import type { Hex } from '../../../protocols/core/bytes.ts'
import type { Result } from '../../../protocols/result/result.ts'
import { bytes32, dealOf } from './support.ts'

const MARKET: Address = `0x${'11'.repeat(20)}`
const COURT: Address = `0x${'22'.repeat(20)}`
const BEACON: Address = `0x${'33'.repeat(20)}`
const DEPLOYMENT: Deployment = {
  chainId: 1n,
  market: MARKET,
  court: COURT,
  beacon: BEACON,
  registry: ZERO_ADDRESS,
  fromBlock: 0
}
const ABIS = new Map([
  [MARKET, new Interface(MarketAbi)],
  [COURT, new Interface(CourtAbi)],
  [BEACON, new Interface(PrevrandaoBeaconAbi)]
])
const contracts = new Contracts(DEPLOYMENT)
const deal = dealOf(`0x${'aa'.repeat(20)}`, `0x${'bb'.repeat(20)}`, { nonce: 2n ** 255n, validUntil: 2 ** 40 })
const result: Result = { root: bytes32(1), status: 3, used: 2n ** 63n }
const [id, signature, salt]: readonly [Hex, Hex, Hex] = [bytes32(5), `0x${'77'.repeat(65)}`, bytes32(6)]

const CALLS: readonly (readonly [ChainCall, Address, string, bigint])[] = [
  [{ name: 'deposit', valueWei: 5n }, MARKET, 'deposit', 5n],
  [{ name: 'deposit', valueWei: 5n, account: COURT }, MARKET, 'depositFor', 5n],
  [{ name: 'withdraw', amountWei: 5n }, MARKET, 'withdraw', 0n],
  [{ name: 'commit', deal, signature }, MARKET, 'commit', 0n],
  [{ name: 'submit', deal, commitment: id }, MARKET, 'submit', 0n],
  [{ name: 'settleAccepted', deal, result, signature }, MARKET, 'settleAccepted', 0n],
  [{ name: 'settle', deal }, MARKET, 'settle', 0n],
  [{ name: 'timeout', deal }, MARKET, 'timeout', 0n],
  [{ name: 'challenge', deal }, MARKET, 'challenge', 0n],
  [{ name: 'fulfilBeacon', round: 9n, proof: signature }, BEACON, 'fulfil', 0n],
  [{ name: 'rerequest', id }, COURT, 'rerequest', 0n],
  [{ name: 'draw', deal }, COURT, 'draw', 0n],
  [{ name: 'commitVote', id, seat: 2, vote: salt }, COURT, 'commitVote', 0n],
  [{ name: 'revealVote', id, seat: 2, digest: id, salt }, COURT, 'revealVote', 0n],
  [{ name: 'openResult', deal, result, salt }, COURT, 'openResult', 0n],
  [{ name: 'finalise', deal }, COURT, 'finalise', 0n],
  [{ name: 'join', slots: 3, valueWei: 9n }, COURT, 'join', 9n]
]

const calls = suite('actionOf')

for (const [call, to, name, valueWei] of CALLS) {
  calls(`${call.name} is ${name}, with the money that goes along`, () => {
    const action = actionOf(contracts, call)
    assert.is(action.to, to)
    assert.is(action.valueWei, valueWei)
    assert.is(ABIS.get(to)?.parseTransaction({ data: action.data })?.name, name)
  })
}

calls('puts every term of a deal in its place', () => {
  const { data } = actionOf(contracts, { name: 'commit', deal, signature })
  const [terms] = ABIS.get(MARKET)?.parseTransaction({ data })?.args ?? []
  for (const [name, value] of Object.entries(deal))
    assert.is(String(terms[name]).toLowerCase(), String(value), `the deal's ${name}`)
})

calls.run()

// ---

const reverts = suite('Contracts.reasonOf')

reverts('names the error of whichever contract made it, with its values', () => {
  const data = ABIS.get(COURT)?.encodeErrorResult('CourtNotSeat', [id, 2, MARKET, COURT])
  const reason = contracts.reasonOf(data as Hex)
  assert.is(reason.error, 'CourtNotSeat')
  assert.equal(reason.args, { id, seat: 2, caller: MARKET, member: COURT })
})

reverts('never fails, whatever a contract reverted with', () => {
  assert.is(contracts.reasonOf('0x').error, 'none')
  assert.is(contracts.reasonOf('0x12').error, '0x12')
  assert.is(contracts.reasonOf('0x12345678').error, '0x12345678')
  const cut = ABIS.get(COURT)?.encodeErrorResult('CourtNotSeat', [id, 2, MARKET, COURT]).slice(0, 74)
  assert.is(contracts.reasonOf(cut as Hex).error, cut?.slice(0, 10))
})

reverts.run()
