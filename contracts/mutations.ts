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
    from: '        _expectAfter(id, uint256(state.since) + (isMetered ? 2 * uint256(deal.window) : deal.window));\n',
    to: ''
  },
  {
    rule: 'a metered deal pays for what was opened',
    file: 'Market.sol',
    from: 'isMetered ? 0 : deal.totalPrice()',
    to: 'deal.totalPrice()'
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
    from: '        _end(id, DealStatus.Settled);\n',
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
    from: '        _end(id, DealStatus.Void);\n        uint256 unspent = deal.budget() - ruling.voters.length * deal.seatFee;',
    to: '        _end(id, DealStatus.Void);\n        uint256 unspent = deal.budget();'
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
  }
]
