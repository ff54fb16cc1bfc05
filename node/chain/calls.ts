/** From what the market asks for to a transaction of a contract. One case per call; nothing is decided here. */

import { type Address, ZERO_ADDRESS } from '../../protocols/core/account.ts'
import type { Hex } from '../../protocols/core/bytes.ts'
import type { Deal } from '../../protocols/deal/deal.ts'
import type { ChainCall } from '../market/ports.ts'
import type { Contracts } from './contracts.ts'

/** What a transaction does. */
export interface Action {
  readonly to: Address
  readonly data: Hex
  readonly valueWei: bigint
  /** What it commits; several such actions may go as one. */
  readonly commit?: { readonly deal: Deal; readonly signature: Hex }
}

/** The deal as the contracts take it. */
function termsOf(deal: Deal) {
  return { ...deal, validUntil: BigInt(deal.validUntil) }
}

/** The transaction of a call. */
export function actionOf(contracts: Contracts, call: ChainCall): Action {
  const { market, court, beacon, registry } = contracts
  const toMarket = (data: Hex, valueWei = 0n): Action => ({ to: market.address, data, valueWei })
  const toCourt = (data: Hex, valueWei = 0n): Action => ({ to: court.address, data, valueWei })
  switch (call.name) {
    case 'deposit':
      return toMarket(
        call.account === undefined ? market.encode('deposit') : market.encode('depositFor', call.account),
        call.valueWei
      )
    case 'setPayout':
      return toMarket(market.encode('setPayout', call.account, call.payout))
    case 'withdraw':
      return toMarket(market.encode('withdraw', ZERO_ADDRESS, call.amountWei))
    case 'commit': {
      const { deal, signature } = call
      return { ...toMarket(market.encode('commit', termsOf(deal), signature)), commit: { deal, signature } }
    }
    case 'commitSigned': {
      const { deal, signature, providerSignature } = call
      return toMarket(market.encode('commitSigned', termsOf(deal), signature, providerSignature))
    }
    case 'submit':
      return toMarket(market.encode('submit', termsOf(call.deal), call.commitment))
    case 'settleAccepted':
      return toMarket(market.encode('settleAccepted', termsOf(call.deal), call.result, call.signature))
    case 'settle':
      return toMarket(market.encode('settle', termsOf(call.deal)))
    case 'timeout':
      return toMarket(market.encode('timeout', termsOf(call.deal)))
    case 'challenge':
      return toMarket(market.encode('challenge', termsOf(call.deal)))
    case 'fulfilBeacon':
      return { to: beacon.address, data: beacon.encode('fulfil', call.round, call.proof), valueWei: 0n }
    case 'rerequest':
      return toCourt(court.encode('rerequest', call.id))
    case 'draw':
      return toCourt(court.encode('draw', termsOf(call.deal)))
    case 'commitVote':
      return toCourt(court.encode('commitVote', call.id, call.seat, call.vote))
    case 'revealVote':
      return toCourt(court.encode('revealVote', call.id, call.seat, call.digest, call.salt))
    case 'openResult':
      return toCourt(court.encode('openResult', termsOf(call.deal), call.result, call.salt))
    case 'appeal':
      return toCourt(court.encode('appeal', termsOf(call.deal)))
    case 'finalise':
      return toCourt(court.encode('finalise', termsOf(call.deal)))
    case 'join':
      return toCourt(court.encode('join', call.slots), call.valueWei)
    case 'takeRequest': {
      const { order, deal, signature } = call
      return toJobs(contracts, jobs => jobs.encode('take', order, termsOf(deal), signature))
    }
    case 'checkRequest':
      return toJobs(contracts, jobs => jobs.encode('check', call.order, termsOf(call.deal)))
    case 'deliverRequest': {
      const { order, deal, ending } = call
      return toJobs(contracts, jobs => jobs.encode('deliver', order, termsOf(deal), ending))
    }
    case 'refundRequest':
      return toJobs(contracts, jobs => jobs.encode('refund', call.order))
    case 'publish': {
      const { title, version, module, feeBps } = call
      return { to: registry.address, data: registry.encode('publish', title, version, module, feeBps), valueWei: 0n }
    }
    case 'attest': {
      const data = registry.encode('attest', call.module, call.isDeterministic, call.runs)
      return { to: registry.address, data, valueWei: 0n }
    }
  }
}

/** The one transaction of several commits; it reverts where any of them does. */
export function commitMany({ market }: Contracts, actions: readonly Action[]): Action {
  const commits = actions.flatMap(({ commit }) => (commit === undefined ? [] : [commit]))
  const data = market.encode(
    'commitMany',
    commits.map(({ deal }) => termsOf(deal)),
    commits.map(({ signature }) => signature)
  )
  return { to: market.address, data, valueWei: 0n }
}

function toJobs({ jobs }: Contracts, encode: (jobs: NonNullable<Contracts['jobs']>) => Hex): Action {
  if (jobs === undefined) throw new TypeError('this deployment takes no jobs of contracts')
  return { to: jobs.address, data: encode(jobs), valueWei: 0n }
}
