// The bugs that mutate.ts seeds: one per rule of the contracts and per payout.

/** A bug: in `file` (below src), `from`, which stands there once, becomes `to`. */
export interface Mutation {
  /** The rule that it breaks. */
  readonly rule: string
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Every seeded bug. */
export const MUTATIONS: readonly Mutation[] = [
  // deals
  {
    rule: 'a deal id never opens again',
    file: 'Market.sol',
    from: '(id,) = _expect(deal, _in(DealStatus.None));',
    to: '(id,) = _expect(deal, _in(DealStatus.None) | _in(DealStatus.Refunded));'
  },
  {
    rule: 'a deal needs its creator',
    file: 'Market.sol',
    from: '        _expectSignature(deal.creator, id, creatorSig);\n',
    to: ''
  },
  {
    rule: 'a signature has one form',
    file: 'libraries/Sig.sol',
    from: 's > MAX_S ? address(0) : ',
    to: ''
  },
  {
    rule: 'a result comes in time',
    file: 'Market.sol',
    from: '        _expectBy(id, uint256(state.since) + deal.runTime);\n',
    to: ''
  },
  {
    rule: 'a window runs out before it pays',
    file: 'Market.sol',
    from: '        _expectAfter(id, uint256(state.since) + (isFlat ? deal.window : 2 * uint256(deal.window)));\n',
    to: ''
  },
  {
    rule: 'a metered deal pays for what was opened',
    file: 'Market.sol',
    from: 'isFlat ? deal.totalPrice() : 0, 0',
    to: 'deal.totalPrice(), 0'
  },
  {
    rule: 'a challenge is paid for',
    file: 'Market.sol',
    from: '        _debit(deal.token, msg.sender, budget);\n',
    to: ''
  },
  {
    rule: 'a deal pays once',
    file: 'Market.sol',
    from: '        _end(id, DealStatus.Settled, digest, shares.refund + alsoToCreator);\n',
    to: ''
  },
  {
    rule: 'only the Court resolves',
    file: 'Market.sol',
    from: '        _expectCaller(address(COURT));\n        (bytes32 id,) = _expect(deal, _in(DealStatus.Disputed));\n        for',
    to: '        (bytes32 id,) = _expect(deal, _in(DealStatus.Disputed));\n        for'
  },
  // payouts
  {
    rule: 'payout: fees come off what the provider earns',
    file: 'libraries/Payouts.sol',
    from: 'earned - shares.fee - shares.author',
    to: 'earned - shares.author'
  },
  {
    rule: 'payout: half of a penalty is the creator’s',
    file: 'libraries/Payouts.sol',
    from: 'toCreator = penalty / 2;',
    to: 'toCreator = penalty;'
  },
  {
    rule: 'payout: compensation is capped by the price',
    file: 'libraries/Payouts.sol',
    from: '        if (compensation > price) compensation = price;\n',
    to: ''
  },
  {
    rule: 'payout: seats beyond the collateral come off the budget',
    file: 'libraries/Payouts.sol',
    from: 'returned = budget - (seatPay - fromCollateral);',
    to: 'returned = budget;'
  },
  {
    rule: 'payout: a right provider’s deposit comes back',
    file: 'Market.sol',
    from: '        _pay(deal, id, deal.provider, Payee.Provider, ruling.providerDeposit);\n',
    to: ''
  },
  {
    rule: 'payout: without a verdict the seats come off the budget',
    file: 'Market.sol',
    from: 'uint256 unspent = deal.budget() - ruling.voters.length * deal.seatFee;\n        uint256 toCreator = deal.totalPrice()',
    to: 'uint256 unspent = deal.budget();\n        uint256 toCreator = deal.totalPrice()'
  },
  // ledger
  {
    rule: 'ledger: foreign code does not come back in',
    file: 'Ledger.sol',
    from: '_entered = true;',
    to: '_entered = false;'
  },
  {
    rule: 'ledger: a payout address is not to be gone around',
    file: 'Ledger.sol',
    from: '        if (_payouts[msg.sender] != address(0)) _expectPayout(msg.sender, to);\n',
    to: ''
  },
  // committees
  {
    rule: 'draw: slots of the request’s own second do not count',
    file: 'libraries/Committee.sol',
    from: 'slot.activeFrom < time',
    to: 'slot.activeFrom <= time'
  },
  {
    rule: 'draw: who leaves after the request still counts',
    file: 'libraries/Committee.sol',
    from: '(slot.exitAt == 0 || slot.exitAt >= time)',
    to: 'slot.exitAt == 0'
  },
  {
    rule: 'draw: parties and earlier members do not sit',
    file: 'libraries/Committee.sol',
    from: ' || _has(excluded, excluded.length, slot.owner)',
    to: ''
  },
  {
    rule: 'draw: a known seed is not given up',
    file: 'Docket.sol',
    from: 'BEACON.seedOf(seedRound) != bytes32(0) || ',
    to: ''
  },
  {
    rule: 'vote: only by the seat',
    file: 'Court.sol',
    from: '        if (msg.sender != member) revert CourtNotSeat(id, seat, msg.sender, member);\n',
    to: ''
  },
  {
    rule: 'vote: opens as it was committed',
    file: 'Court.sol',
    from: 'if (found != expected || digest == bytes32(0)) revert',
    to: 'if (digest == bytes32(0)) revert'
  },
  {
    rule: 'vote: the fast lane opens as it was committed',
    file: 'Court.sol',
    from: '        if (found != expected) revert CourtBadOpening(id, found, expected);\n    }\n\n    function _verdictOn',
    to: '    }\n\n    function _verdictOn'
  },
  {
    rule: 'verdict: a hidden result is wrong',
    file: 'Court.sol',
    from: '        if (!c.d.isOpened) return _close(deal, c, Verdict.Wrong, bytes32(0));\n',
    to: ''
  },
  {
    rule: 'verdict: the last round needs more than half',
    file: 'libraries/Tally.sol',
    from: 'isLast ? 2 * most > votes.length',
    to: 'isLast ? 2 * most >= votes.length'
  },
  {
    rule: 'verdict: earlier rounds need all seats',
    file: 'libraries/Tally.sol',
    from: 'most == votes.length',
    to: '2 * most > votes.length'
  },
  {
    rule: 'verdict: only the loser appeals',
    file: 'Court.sol',
    from: '        if (msg.sender != loser) revert CourtNotLoser(id, msg.sender, loser);\n',
    to: ''
  },
  {
    rule: 'strike: votes against the verdict lose',
    file: 'libraries/Tally.sol',
    from: 'found == bytes32(0) ? vote != bytes32(0) : vote == found',
    to: 'vote != bytes32(0)'
  },
  {
    rule: 'strike: the fourth makes the slot leave',
    file: 'Slots.sol',
    from: '        if (strikes == MAX_STRIKES && slot.exitAt == 0) slot.exitAt = uint40(block.timestamp);\n',
    to: ''
  },
  {
    rule: 'strike: what it takes is not paid out again',
    file: 'Slots.sol',
    from: 'UNIT - slot.strikes * _strikeWei()',
    to: 'UNIT'
  },
  // beacons and pool
  {
    rule: 'beacon: a header is the chain’s own',
    file: 'PrevrandaoBeacon.sol',
    from: '        if (keccak256(proof) != _hashOf(round)) revert BeaconBadProof(round);\n',
    to: ''
  },
  {
    rule: 'beacon: the greater y is marked',
    file: 'libraries/Bls12381.sol',
    from: '(isGreater ? GREATER : 0)',
    to: 'GREATER'
  },
  {
    rule: 'audit: costs no more than the fee',
    file: 'VerificationPool.sol',
    from: '        _expectWorth(deal, id);\n',
    to: ''
  },
  // jobs of contracts
  {
    rule: 'outcome: tells what the creator has as the challenger',
    file: 'Market.sol',
    from: '_settle(deal, id, ruling.digest, deal.earned(ruling.used), toCreator);',
    to: '_settle(deal, id, ruling.digest, deal.earned(ruling.used), 0);'
  },
  {
    rule: 'outcome: silence pays nothing where only acceptance does',
    file: 'Market.sol',
    from: 'if (deal.unitPrice == 0 || deal.unitPrice == DealLib.IF_ACCEPTED) revert',
    to: 'if (deal.unitPrice == 0) revert'
  },
  {
    rule: 'job: a request is taken once',
    file: 'OnchainJobs.sol',
    from: '        _save(id, OrderState.Taken, dealId);\n',
    to: ''
  },
  {
    rule: 'job: a deal costs no more than is offered',
    file: 'OnchainJobs.sol',
    from: '        if (deal.price > most) revert OrderDealTerms("price", deal.price, most);\n',
    to: ''
  },
  {
    rule: 'job: nothing is approved but the deal that is being taken',
    file: 'OnchainJobs.sol',
    from: 'digest != bytes32(0) && digest == _approved ? ERC1271_MAGIC',
    to: 'digest != bytes32(0) ? ERC1271_MAGIC'
  },
  {
    rule: 'job: a request is over once',
    file: 'OnchainJobs.sol',
    from: '        delete _requests[id];\n        DealStatus status',
    to: '        DealStatus status'
  },
  {
    rule: 'job: a window runs out before it is accepted',
    file: 'OnchainJobs.sol',
    from: '            if (block.timestamp <= windowEnd) revert OrderNotYet(deal.jobOffer, block.timestamp, windowEnd);\n',
    to: ''
  },
  {
    rule: 'job: what is accepted opens the commitment',
    file: 'OnchainJobs.sol',
    from: '            if (opened != commitment) revert DeliveryBadOpening(dealId, opened, commitment);\n',
    to: ''
  },
  {
    rule: 'job: an end is as the Market says',
    file: 'OnchainJobs.sol',
    from: '        if (outcome != commitment) revert DeliveryBadOutcome(dealId, outcome, commitment);\n',
    to: ''
  },
  {
    rule: 'job: what is left is the client’s',
    file: 'OnchainJobs.sol',
    from: 'order.price - deal.price + ending.toCreator',
    to: 'ending.toCreator'
  },
  {
    rule: 'job: a check that was not asked for comes back',
    file: 'OnchainJobs.sol',
    from: '        if (order.isChecked && state != OrderState.Checked) left += _checkPrice(order);\n',
    to: ''
  },
  {
    rule: 'job: what was to be checked is not accepted unchecked',
    file: 'OnchainJobs.sol',
    from: '            if (order.isChecked) revert OrderUnchecked(deal.jobOffer);\n',
    to: ''
  },
  {
    rule: 'job: the client has all its gas',
    file: 'OnchainJobs.sol',
    from: '        if (found < needed) revert DeliveryGas(found, needed);\n',
    to: ''
  },
  {
    rule: 'job: the client has no more than its gas',
    file: 'OnchainJobs.sol',
    from: 'call(callbackGas, client',
    to: 'call(mul(callbackGas, 2), client'
  },
  {
    rule: 'job: a file is the one that the directory names',
    file: 'OnchainJobs.sol',
    from: '        if (found != link.digest) revert DeliveryBadFile(found, link.digest);\n',
    to: ''
  },
  {
    rule: 'job: a directory is the one of the result',
    file: 'libraries/ResultFile.sol',
    from: '        if (found != root) revert IOnchainJobs.DeliveryBadFile(found, root);\n',
    to: ''
  },
  {
    rule: 'job: a name stands once among the inputs',
    file: 'libraries/JobBlock.sol',
    from: 'rank < last || (rank == last && !_isGreater(inputs, i))',
    to: 'rank < last'
  },
  {
    rule: 'a deal’s last block is a number that clients can hold',
    file: 'Market.sol',
    from: '        if (deal.validUntil > MAX_BLOCK) revert DealTerms("validUntil", deal.validUntil, MAX_BLOCK);\n',
    to: ''
  },
  {
    rule: 'factory: an address is its caller’s',
    file: 'Factory.sol',
    from: 'keccak256(abi.encode(msg.sender, salt))',
    to: 'salt'
  }
]
