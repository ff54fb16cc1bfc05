// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Slots} from "./Slots.sol";
import {ICourt} from "./interfaces/ICourt.sol";
import {IRandomnessBeacon} from "./interfaces/IRandomnessBeacon.sol";
import {Deal, Phase, Verdict} from "./interfaces/Types.sol";
import {Committee} from "./libraries/Committee.sol";
import {DealLib} from "./libraries/DealLib.sol";
import {Dispute, DisputeLib} from "./libraries/Dispute.sol";

/// @title The part of the Court that knows where each dispute stands
/// @dev Phases are derived from stored facts and the time; nothing here changes money or stake.
abstract contract Docket is ICourt, Slots {
    using DealLib for Deal;

    /// @dev The provider's result, as far as the tally and a metered price need it.
    struct Opened {
        bytes32 digest;
        uint64 used; // kept for metered deals only
    }

    uint8 internal constant MAX_TRIES = 3;

    IRandomnessBeacon internal immutable BEACON;
    uint32 internal immutable VOTE_BASE;
    uint32 internal immutable VOTE_FACTOR;
    uint32 internal immutable REVEAL_TIME;
    uint32 internal immutable APPEAL_TIME;
    bytes32 internal immutable MARKET_DOMAIN;
    bytes32 internal immutable DOMAIN;

    mapping(bytes32 id => uint256) private _disputes; // see DisputeLib
    mapping(bytes32 id => Opened) internal _opened;
    mapping(bytes32 id => mapping(uint256 round => uint256)) internal _committees;
    mapping(bytes32 id => mapping(uint256 round => mapping(uint256 seat => bytes32))) internal _votes;
    mapping(bytes32 id => bytes32) internal _seals; // of the fast lane's commitments

    constructor(address market, IRandomnessBeacon beacon, CourtParams memory p) Slots(market, p.unitWei, p.cooldown) {
        if (market == address(0) || address(beacon) == address(0) || p.revealTime == 0) revert CourtBadParams();
        if (p.unitWei == 0 || p.unitWei % MAX_STRIKES != 0) revert CourtBadParams();
        BEACON = beacon;
        VOTE_BASE = p.voteBase;
        VOTE_FACTOR = p.voteFactor;
        REVEAL_TIME = p.revealTime;
        APPEAL_TIME = p.appealTime;
        MARKET_DOMAIN = DealLib.domain(market);
        DOMAIN = DealLib.domain(address(this));
    }

    /// @inheritdoc ICourt
    function disputeOf(bytes32 id) external view returns (DisputeView memory v) {
        Dispute memory d = _load(id);
        (v.phase, v.verdict, v.round, v.seats, v.tries) = (_phaseOf(d), d.verdict, d.round, d.seats, d.tries);
        (v.committed, v.revealed, v.isOpened, v.isSealed) = (d.committed, d.revealed, d.isOpened, d.isSealed);
        (v.slots, v.requestedAt, v.seedRound, v.digest) = (d.slots, d.requestedAt, d.seedRound, _opened[id].digest);
        if (d.phase == Phase.Appeal) v.appealEnd = d.deadline;
        if (d.phase == Phase.Commit) (v.commitEnd, v.revealEnd) = (d.deadline, d.deadline + REVEAL_TIME);
    }

    /// @inheritdoc ICourt
    function committeeOf(bytes32 id, uint8 round) external view returns (address[] memory members) {
        uint32[] memory slots = seatsOf(id, round);
        uint256 time = Committee.timeOf(_committees[id][round]);
        members = new address[](slots.length);
        for (uint256 seat = 0; seat < slots.length; ++seat) {
            members[seat] = _tenantOf(slots[seat], time);
        }
    }

    /// @inheritdoc ICourt
    function voteOf(bytes32 id, uint8 round, uint8 seat) external view returns (bytes32) {
        return _votes[id][round][seat];
    }

    /// @inheritdoc ICourt
    function verdictOf(bytes32 id) external view returns (Verdict) {
        return _load(id).verdict;
    }

    /// @inheritdoc ICourt
    function longestDispute(uint32 runTime) external view returns (uint256) {
        return DealLib.MAX_ROUNDS * (_voteTime(runTime) + REVEAL_TIME + APPEAL_TIME);
    }

    /// @inheritdoc ICourt
    function domainSeparator() external view returns (bytes32) {
        return DOMAIN;
    }

    /// @inheritdoc ICourt
    function params() external view returns (CourtParams memory) {
        return CourtParams(uint128(UNIT), uint32(COOLDOWN), VOTE_BASE, VOTE_FACTOR, REVEAL_TIME, APPEAL_TIME);
    }

    /// @inheritdoc ICourt
    function seatsOf(bytes32 id, uint8 round) public view returns (uint32[] memory slots) {
        uint256 word = _committees[id][round];
        slots = new uint32[](Committee.sizeOf(word));
        for (uint256 seat = 0; seat < slots.length; ++seat) {
            slots[seat] = Committee.slotAt(word, seat);
        }
    }

    // --- where a dispute stands

    function _load(bytes32 id) internal view returns (Dispute memory) {
        return DisputeLib.unpack(_disputes[id]);
    }

    function _save(bytes32 id, Dispute memory d) internal {
        _disputes[id] = DisputeLib.pack(d);
    }

    function _phaseOf(Dispute memory d) internal view returns (Phase) {
        bool isInTime = block.timestamp <= d.deadline;
        if (d.phase == Phase.Appeal) return isInTime ? Phase.Appeal : Phase.Tally;
        if (d.phase != Phase.Commit) return d.phase;
        if (isInTime && d.committed != _allOf(d.seats)) return Phase.Commit;
        bool isComplete = d.isOpened && d.revealed == d.committed;
        return isComplete || block.timestamp > d.deadline + REVEAL_TIME ? Phase.Tally : Phase.Reveal;
    }

    /// @dev The only way to a dispute's state: refuses a phase other than `expected`.
    function _expect(bytes32 id, Phase expected) internal view returns (Dispute memory d) {
        d = _load(id);
        Phase current = _phaseOf(d);
        if (current != expected) revert CourtUnexpectedPhase(id, current, expected);
    }

    function _expectLate(bytes32 id, uint64 seedRound) internal view {
        uint256 lateAt = BEACON.lateAt(seedRound);
        if (BEACON.seedOf(seedRound) != bytes32(0) || block.timestamp <= lateAt) {
            revert CourtSeedNotLate(id, seedRound, block.timestamp, lateAt);
        }
    }

    function _voteTime(uint32 runTime) internal view returns (uint256) {
        return VOTE_BASE + uint256(VOTE_FACTOR) * runTime;
    }

    function _allOf(uint8 seats) internal pure returns (uint8) {
        return uint8((1 << seats) - 1);
    }

    // --- who sits and how they voted

    /// @dev The member in a seat of the present round.
    function _memberOf(bytes32 id, Dispute memory d, uint8 seat) internal view returns (address member) {
        if (seat >= d.seats) revert CourtNotSeat(id, seat, msg.sender, address(0));
        uint256 word = _committees[id][d.round];
        return _tenantOf(Committee.slotAt(word, seat), Committee.timeOf(word));
    }

    /// @dev All members of the present round, by seat.
    function _membersOf(bytes32 id, Dispute memory d) internal view returns (address[] memory members) {
        uint256 word = _committees[id][d.round];
        members = new address[](d.seats);
        for (uint256 seat = 0; seat < members.length; ++seat) {
            members[seat] = _tenantOf(Committee.slotAt(word, seat), Committee.timeOf(word));
        }
    }

    /// @dev Who may not sit: the parties, and the members of earlier rounds.
    function _excluded(Deal calldata deal, bytes32 id, uint8 round) internal view returns (address[] memory list) {
        list = new address[](2 + uint256(round) * DealLib.MAX_SEATS);
        (list[0], list[1]) = (deal.creator, deal.provider);
        uint256 length = 2;
        for (uint8 r = 0; r < round; ++r) {
            uint256 word = _committees[id][r];
            for (uint256 seat = 0; seat < DealLib.seatsIn(deal.seats, r); ++seat) {
                list[length++] = _tenantOf(Committee.slotAt(word, seat), Committee.timeOf(word));
            }
        }
    }

    /// @dev Votes by seat; 0 for a seat that is not in `mask`.
    function _votesOf(bytes32 id, uint8 round, uint8 seats, uint8 mask) internal view returns (bytes32[] memory votes) {
        votes = new bytes32[](seats);
        for (uint256 seat = 0; seat < seats; ++seat) {
            if (mask & (1 << seat) != 0) votes[seat] = _votes[id][round][seat];
        }
    }

    function _commitment(bytes32 id, uint8 round, address member, bytes32 digest, bytes32 salt)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), id, round, member, digest, salt));
    }
}
