// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Court} from "../../src/Court.sol";
import {Market} from "../../src/Market.sol";
import {ISlots} from "../../src/interfaces/ISlots.sol";
import {Deal, DealStatus, Opening, Phase, Result} from "../../src/interfaces/Types.sol";
import {MockBeacon} from "../support/MockBeacon.sol";
import {Cast} from "./Cast.sol";

/// @notice Creators, providers and mediators that do whatever the fuzzer says, honest or not, in any order and at any
///   time. It keeps book of what is locked, so that the invariants can compare.
contract Actors is Cast {
    uint256 private constant FUNDS = 1_000 ether;

    Market private immutable MARKET;
    Court private immutable COURT;
    MockBeacon private immutable BEACON;

    Deal[] private _deals;
    mapping(bytes32 id => DealStatus) private _last;
    mapping(bytes32 id => mapping(uint256 round => mapping(uint256 seat => bytes32))) private _votes;
    mapping(bytes32 id => uint256) private _depositsOf;
    uint256 private _nonce;
    uint256 private _now;

    uint256 public deposits; // of appeals under way
    bool public madeIllegalMove; // a deal went from a status to one that does not follow it
    mapping(bytes32 what => uint256) public reached; // how often something interesting happened

    constructor(Market market, Court court, MockBeacon beacon) {
        (MARKET, COURT, BEACON, _now) = (market, court, beacon, block.timestamp);
        for (uint256 i = 0; i < PARTIES; ++i) {
            vm.deal(address(this), FUNDS);
            market.depositFor{value: FUNDS}(party(i));
        }
        for (uint256 i = 0; i < MEDIATORS; ++i) {
            join(i);
        }
        pass(1);
    }

    // --- time and randomness

    function pass(uint256 secondsLater) public {
        _now += secondsLater % 16 == 0 ? secondsLater % 3 hours : secondsLater % 10 minutes;
        vm.warp(_now);
    }

    function giveSeed(bytes32 seed) external {
        BEACON.give(seed);
        BEACON.setLateAt(type(uint256).max);
    }

    function loseSeed(bool isLate) external {
        BEACON.giveUp();
        BEACON.setLateAt(isLate ? 0 : type(uint256).max);
    }

    // --- deals

    function commit(uint256 creator, uint256 provider, uint256 terms) external {
        Deal memory deal;
        (deal.creator, deal.provider) = (party(creator), party(creator + 1 + provider % PARTIES)); // at times the same
        (deal.price, deal.collateral) = (uint96(terms % 7 ether), uint96((terms >> 8) % 9 ether));
        (deal.seatFee, deal.unitPrice) = (uint96((terms >> 16) % 0.3 ether), terms % 3 == 0 ? 0.1 ether : 0);
        (deal.jobs, deal.runTime, deal.window) = (uint32(1 + terms % 3), 1 hours, 1 hours);
        (deal.seats, deal.rounds) = (uint8(1 + (terms >> 24) % 7), uint8(1 + (terms >> 32) % 3));
        (deal.validUntil, deal.nonce) = (2 ** 53 - 1, terms % 5 == 0 ? _nonce : ++_nonce);
        bytes32 id = MARKET.hashDeal(deal);
        bool isNew = _last[id] == DealStatus.None;
        bytes memory signature = _sign(_partyKey(creator), id);
        vm.prank(deal.provider);
        MARKET.commit(deal, signature);
        if (!isNew) madeIllegalMove = true; // an id was opened again
        _deals.push(deal);
        _track(id);
    }

    function submit(uint256 which) external {
        Deal memory deal = _pick(which, DealStatus.Committed);
        vm.prank(deal.provider);
        MARKET.submit(deal, keccak256(abi.encode(_digest(deal), SALT, deal.provider)));
        _track(MARKET.hashDeal(deal));
    }

    function accept(uint256 which) external {
        Deal memory deal = _pick(which, DealStatus.Committed);
        vm.prank(deal.creator);
        MARKET.accept(deal, _result(deal));
        _track(MARKET.hashDeal(deal));
    }

    function settle(uint256 which) external {
        Deal memory deal = _pick(which, DealStatus.Submitted);
        if (deal.unitPrice == 0) MARKET.settle(deal);
        else MARKET.settleMetered(deal, _result(deal), SALT);
        _track(MARKET.hashDeal(deal));
    }

    function timeout(uint256 which) external {
        Deal memory deal = _pick(which, DealStatus.Committed);
        MARKET.timeout(deal);
        _track(MARKET.hashDeal(deal));
    }

    function cancel(uint256 which) external {
        Deal memory deal = _pick(which, DealStatus.Committed);
        bytes32 structHash = keccak256(abi.encode(keccak256("Cancel(bytes32 deal)"), MARKET.hashDeal(deal)));
        bytes memory signature = _signTyped(deal.creator, MARKET.domainSeparator(), structHash);
        vm.prank(deal.provider);
        MARKET.cancel(deal, signature, "");
        _track(MARKET.hashDeal(deal));
    }

    function challenge(uint256 which, uint256 by) external {
        Deal memory deal = _pick(which, DealStatus.Submitted);
        vm.prank(by % 3 == 0 ? party(by) : deal.creator);
        MARKET.challenge(deal);
        _track(MARKET.hashDeal(deal));
    }

    // --- disputes

    function rerequest(uint256 which) external {
        COURT.rerequest(MARKET.hashDeal(_pick(which, DealStatus.Disputed)));
        ++reached["rerequest"];
    }

    function draw(uint256 which) external {
        Deal memory deal = _pick(which, DealStatus.Disputed);
        COURT.draw(deal);
        _track(MARKET.hashDeal(deal));
    }

    /// @notice Takes a dispute one sensible step on, so that deep states are reached often.
    function advance(uint256 which, uint256 choices, uint256 lane) external {
        Deal memory deal = _pick(which | 1, DealStatus.Disputed);
        bytes32 id = MARKET.hashDeal(deal);
        Phase phase = COURT.disputeOf(id).phase;
        if (phase == Phase.Seed) {
            if (BEACON.seedOf(COURT.disputeOf(id).seedRound) == 0) BEACON.give(keccak256(abi.encode(choices)));
            COURT.draw(deal);
        } else if (phase == Phase.Commit) {
            _voteAll(deal, choices, lane);
            if (COURT.disputeOf(id).phase == Phase.Commit) _skipTo(COURT.disputeOf(id).commitEnd);
        } else if (phase == Phase.Reveal) {
            _revealEach(deal, id, choices);
        } else if (phase == Phase.Appeal && choices % 2 == 0) {
            _appeal(deal, choices / 2);
        } else {
            if (phase == Phase.Appeal) _skipTo(COURT.disputeOf(id).appealEnd);
            COURT.finalise(deal);
        }
        _track(id);
    }

    /// @dev Seats vote by two bits each: right, wrong, unverifiable, silent; `lane` odd: in one transaction.
    function vote(uint256 which, uint256 choices, uint256 lane) external {
        _voteAll(_pick(which, DealStatus.Disputed), choices, lane);
    }

    function reveal(uint256 which, uint256 seat) external {
        bytes32 id = MARKET.hashDeal(_pick(which, DealStatus.Disputed));
        uint8 round = COURT.disputeOf(id).round;
        seat = bound(seat, 0, 6);
        COURT.revealVote(id, uint8(seat), _votes[id][round][seat], SALT);
    }

    function openResult(uint256 which) external {
        Deal memory deal = _pick(which, DealStatus.Disputed);
        COURT.openResult(deal, _result(deal), SALT);
    }

    function revealAll(uint256 which) external {
        this.revealAllOf(_pick(which, DealStatus.Disputed));
    }

    function revealAllOf(Deal memory deal) external {
        if (msg.sender != address(this)) revert NotTrue("called by itself");
        bytes32 id = MARKET.hashDeal(deal);
        uint8 round = COURT.disputeOf(id).round;
        Opening[] memory openings = new Opening[](COURT.disputeOf(id).seats);
        for (uint256 seat = 0; seat < openings.length; ++seat) {
            openings[seat] = Opening(_votes[id][round][seat], SALT);
        }
        COURT.revealVotes(deal, openings, _result(deal), SALT);
        ++reached["fast lane"];
        _track(id);
    }

    function finalise(uint256 which) external {
        Deal memory deal = _pick(which, DealStatus.Disputed);
        COURT.finalise(deal);
        _track(MARKET.hashDeal(deal));
    }

    function appeal(uint256 which, uint256 by) external {
        _appeal(_pick(which, DealStatus.Disputed), by);
    }

    // --- stake and money

    function join(uint256 who) public {
        if (COURT.slotCount() > 3 * MEDIATORS) return;
        address owner = mediator(who);
        vm.deal(owner, 1 ether);
        vm.prank(owner);
        COURT.join{value: 1 ether}(1);
    }

    function leave(uint256 which) external {
        uint32[] memory slots = _slot(which);
        vm.prank(COURT.slotOf(slots[0]).owner);
        COURT.leave(slots);
    }

    function claim(uint256 which) external {
        uint32[] memory slots = _slot(which);
        ISlots.Slot memory slot = COURT.slotOf(slots[0]);
        if (slot.exitAt != 0 && which % 64 == 0) _skipTo(slot.exitAt + COURT.params().cooldown);
        vm.prank(slot.owner);
        COURT.claim(slots);
        ++reached["claim"];
    }

    function sweep() external {
        COURT.sweep();
    }

    function withdraw(uint256 who, uint256 amount) external {
        address account = party(who);
        amount = bound(amount, 0, MARKET.balanceOf(address(0), account) / 8);
        vm.prank(account);
        MARKET.withdraw(address(0), amount);
    }

    // --- what the invariants ask

    /// @notice All free balances there can be.
    function free() public view returns (uint256 total) {
        total = MARKET.balanceOf(address(0), MARKET.params().pool);
        for (uint256 i = 0; i < PARTIES; ++i) {
            total += MARKET.balanceOf(address(0), party(i));
        }
        for (uint256 i = 0; i < MEDIATORS; ++i) {
            total += MARKET.balanceOf(address(0), mediator(i));
        }
    }

    /// @notice What the deals lock by their terms and statuses, appeals included.
    function locked() external view returns (uint256 total) {
        total = deposits;
        for (uint256 i = 0; i < _deals.length; ++i) {
            Deal memory deal = _deals[i];
            DealStatus status = _statusOf(MARKET.hashDeal(deal));
            if (uint8(status) > uint8(DealStatus.Disputed)) continue;
            total += uint256(deal.price) * deal.jobs + uint256(deal.collateral) * deal.jobs;
            if (status == DealStatus.Disputed) total += _budget(deal);
        }
    }

    /// @notice What the slots' owners could claim if all left.
    function stake() external view returns (uint256 total) {
        for (uint32 i = 0; i < COURT.slotCount(); ++i) {
            ISlots.Slot memory slot = COURT.slotOf(i);
            if (slot.owner != address(0)) total += 1 ether - slot.strikes * 0.25 ether;
        }
    }

    /// @notice Brings every deal to its end by exits alone: only the passing of time and calls that anyone may make.
    function endAll() external {
        BEACON.setLateAt(0);
        for (uint256 i = 0; i < _deals.length; ++i) {
            for (uint256 step = 0; step < 32 && !_isOver(i); ++step) {
                _now += 8 days;
                vm.warp(_now);
                _exit(_deals[i]);
            }
            ok(_isOver(i), "a deal is stuck");
            _track(MARKET.hashDeal(_deals[i]));
        }
    }

    function count() external view returns (uint256) {
        return _deals.length;
    }

    // --- steps

    function _voteAll(Deal memory deal, uint256 choices, uint256 lane) private {
        bytes32 id = MARKET.hashDeal(deal);
        uint8 round = COURT.disputeOf(id).round;
        address[] memory members = COURT.committeeOf(id, round);
        (bytes32[] memory commitments, bytes[] memory signatures) =
            (new bytes32[](members.length), new bytes[](members.length));
        for (uint8 seat = 0; seat < members.length; ++seat) {
            // Half of the committees agree on something.
            bytes32 digest = _choice(deal, choices % 2 == 0 ? choices >> 1 : choices >> (2 * seat));
            commitments[seat] =
                keccak256(abi.encode(block.chainid, address(COURT), id, round, members[seat], digest, SALT));
            signatures[seat] = _signBallot(members[seat], COURT.domainSeparator(), id, round, commitments[seat]);
            _votes[id][round][seat] = digest;
            if (lane % 2 == 1 || (choices >> (2 * seat + 16)) & 7 == 7) continue; // a silent seat
            vm.prank(members[seat]);
            COURT.commitVote(id, seat, commitments[seat]);
        }
        if (lane % 2 == 0) return;
        COURT.commitVotes(id, commitments, signatures);
        if (lane % 4 == 1) COURT.unseal(id, commitments);
    }

    function _revealEach(Deal memory deal, bytes32 id, uint256 choices) private {
        if (COURT.disputeOf(id).isSealed && choices % 4 != 0) return this.revealAllOf(deal);
        uint8 round = COURT.disputeOf(id).round;
        for (uint8 seat = 0; seat < COURT.disputeOf(id).seats; ++seat) {
            if ((choices >> (32 + seat)) & 15 == 15) continue; // a seat that forgot its salt
            try COURT.revealVote(id, seat, _votes[id][round][seat], SALT) {} catch {}
        }
        if (choices % 16 != 1) try COURT.openResult(deal, _result(deal), SALT) {} catch {}
        if (COURT.disputeOf(id).phase == Phase.Reveal) _skipTo(COURT.disputeOf(id).revealEnd);
    }

    function _appeal(Deal memory deal, uint256 by) private {
        bytes32 id = MARKET.hashDeal(deal);
        uint256 before = free();
        vm.prank(by % 2 == 0 ? deal.creator : deal.provider);
        COURT.appeal(deal);
        deposits += before - free();
        _depositsOf[id] += before - free();
        ++reached["appeal"];
    }

    function _skipTo(uint256 lastSecond) private {
        _now = lastSecond + 1;
        vm.warp(_now);
    }

    // --- helpers

    function _exit(Deal memory deal) private {
        bytes32 id = MARKET.hashDeal(deal);
        DealStatus status = _statusOf(id);
        if (status == DealStatus.Committed) return MARKET.timeout(deal);
        if (status == DealStatus.Submitted) return MARKET.settle(deal);
        if (COURT.disputeOf(id).phase != Phase.Seed) return COURT.finalise(deal);
        if (BEACON.seedOf(COURT.disputeOf(id).seedRound) != 0) return COURT.draw(deal);
        if (COURT.disputeOf(id).tries < 3) return COURT.rerequest(id);
        COURT.finalise(deal);
    }

    function _track(bytes32 id) private {
        (DealStatus from, DealStatus to) = (_last[id], _statusOf(id));
        if (from == to) return;
        _last[id] = to;
        ++reached[bytes32(uint256(to))];
        if (!_mayFollow(from, to)) madeIllegalMove = true;
        if (from == DealStatus.Disputed) {
            deposits -= _depositsOf[id];
            delete _depositsOf[id];
        }
    }

    function _mayFollow(DealStatus from, DealStatus to) private pure returns (bool) {
        if (from == DealStatus.None) return to == DealStatus.Committed;
        if (from == DealStatus.Submitted) return to == DealStatus.Settled || to == DealStatus.Disputed;
        if (from == DealStatus.Disputed) {
            return to == DealStatus.Settled || to == DealStatus.Slashed || to == DealStatus.Void;
        }
        return from == DealStatus.Committed
            && (to == DealStatus.Submitted
                || to == DealStatus.Settled
                || to == DealStatus.Refunded
                || to == DealStatus.Cancelled);
    }

    function _isOver(uint256 i) private view returns (bool) {
        return uint8(_statusOf(MARKET.hashDeal(_deals[i]))) > uint8(DealStatus.Disputed);
    }

    function _statusOf(bytes32 id) private view returns (DealStatus status) {
        (status,,) = MARKET.stateOf(id);
    }

    /// @dev Mostly a deal of that status, else whichever.
    function _pick(uint256 which, DealStatus status) private view returns (Deal memory) {
        uint256 length = _deals.length;
        for (uint256 i = 0; i < length && which % 8 != 0; ++i) {
            Deal memory deal = _deals[(which + i) % length];
            if (_statusOf(MARKET.hashDeal(deal)) == status) return deal;
        }
        return _deals[which % length];
    }

    function _slot(uint256 which) private view returns (uint32[] memory slots) {
        slots = new uint32[](1);
        slots[0] = uint32(which % COURT.slotCount());
    }
}
