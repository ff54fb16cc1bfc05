// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Docket} from "./Docket.sol";
import {ICourt} from "./interfaces/ICourt.sol";
import {IRandomnessBeacon} from "./interfaces/IRandomnessBeacon.sol";
import {Deal, Opening, Phase, Result, Ruling, Verdict} from "./interfaces/Types.sol";
import {Committee} from "./libraries/Committee.sol";
import {DealLib} from "./libraries/DealLib.sol";
import {Dispute} from "./libraries/Dispute.sol";
import {Sig} from "./libraries/Sig.sol";
import {Tally} from "./libraries/Tally.sol";

/// @title Court
/// @dev The steps of a dispute. Votes of a round are kept only when a later round may have to judge them.
contract Court is Docket {
    using DealLib for Deal;
    using DealLib for Result;

    /// @dev A round whose votes are counted.
    struct Case {
        bytes32 id;
        Dispute d;
        bytes32[] votes; // by seat, 0 = silent
        Opened opened;
    }

    /// @param market that this court serves; need not exist yet
    constructor(address market, IRandomnessBeacon beacon, CourtParams memory p) Docket(market, beacon, p) {}

    /// @inheritdoc ICourt
    function open(bytes32 id, uint8 seats) external {
        if (msg.sender != address(MARKET)) revert CourtNotMarket(msg.sender);
        Dispute memory d;
        _request(id, d, seats);
    }

    /// @inheritdoc ICourt
    function rerequest(bytes32 id) external {
        Dispute memory d = _expect(id, Phase.Seed);
        _expectLate(id, d.seedRound);
        if (d.tries == MAX_TRIES) revert CourtUnexpectedPhase(id, Phase.Tally, Phase.Seed);
        ++d.tries;
        d.seedRound = BEACON.nextRound();
        _save(id, d);
        emit Rerequested(id, d.round, d.seedRound);
    }

    /// @inheritdoc ICourt
    function draw(Deal calldata deal) external {
        bytes32 id = deal.id(MARKET_DOMAIN);
        Dispute memory d = _expect(id, Phase.Seed);
        bytes32 seed = BEACON.seedOf(d.seedRound);
        if (seed == bytes32(0)) revert CourtSeedUnknown(id, d.seedRound);
        (uint256 word, address[] memory members) = Committee.draw(
            _slots, Committee.Request(id, seed, d.requestedAt, d.slots, d.round, d.seats), _excluded(deal, id, d.round)
        );
        if (members.length < d.seats) return _endUnseated(deal, id, d);
        d.phase = Phase.Commit;
        d.deadline = uint40(block.timestamp + _voteTime(deal.runTime));
        _save(id, d);
        _committees[id][d.round] = word;
        emit Drawn(id, d.round, d.deadline, members);
    }

    /// @inheritdoc ICourt
    function commitVote(bytes32 id, uint8 seat, bytes32 commitment) external {
        Dispute memory d = _expect(id, Phase.Commit);
        address member = _memberOf(id, d, seat);
        if (msg.sender != member) revert CourtNotSeat(id, seat, msg.sender, member);
        uint8 bit = uint8(1 << seat);
        if (d.committed & bit != 0) revert CourtVotedAlready(id, seat);
        d.committed |= bit;
        if (d.committed == _allOf(d.seats)) d.deadline = uint40(block.timestamp);
        _save(id, d);
        _votes[id][d.round][seat] = commitment;
        emit VoteCommitted(id, d.round, seat, member, commitment);
    }

    /// @inheritdoc ICourt
    function commitVotes(bytes32 id, bytes32[] calldata commitments, bytes[] calldata signatures) external {
        Dispute memory d = _expect(id, Phase.Commit);
        if (d.committed != 0) revert CourtSealed(id, d.isSealed);
        if (commitments.length != d.seats) revert CourtWrongCount(id, commitments.length, d.seats);
        if (signatures.length != d.seats) revert CourtWrongCount(id, signatures.length, d.seats);
        address[] memory members = _membersOf(id, d);
        for (uint8 seat = 0; seat < d.seats; ++seat) {
            bytes32 ballot = DealLib.ballot(id, d.round, commitments[seat], DOMAIN);
            if (!Sig.isBy(members[seat], ballot, signatures[seat])) {
                revert CourtBadSignature(id, seat, members[seat]);
            }
            emit VoteCommitted(id, d.round, seat, members[seat], commitments[seat]);
        }
        d.committed = _allOf(d.seats);
        d.isSealed = true;
        d.deadline = uint40(block.timestamp);
        _save(id, d);
        _seals[id] = keccak256(abi.encode(commitments));
    }

    /// @inheritdoc ICourt
    function revealVote(bytes32 id, uint8 seat, bytes32 digest, bytes32 salt) external {
        Dispute memory d = _expect(id, Phase.Reveal);
        if (d.isSealed) revert CourtSealed(id, true);
        address member = _memberOf(id, d, seat);
        uint8 bit = uint8(1 << seat);
        if (d.revealed & bit != 0) revert CourtVotedAlready(id, seat);
        bytes32 expected = _votes[id][d.round][seat];
        bytes32 found = _commitment(id, d.round, member, digest, salt);
        if (found != expected || digest == bytes32(0)) revert CourtBadOpening(id, found, expected);
        d.revealed |= bit;
        _save(id, d);
        _votes[id][d.round][seat] = digest;
        emit VoteRevealed(id, d.round, seat, member, digest);
    }

    /// @inheritdoc ICourt
    function openResult(Deal calldata deal, Result calldata result, bytes32 salt) external {
        bytes32 id = deal.id(MARKET_DOMAIN);
        Dispute memory d = _expect(id, Phase.Reveal);
        Opened memory opened = _openResult(deal, id, d, result, salt);
        _save(id, d);
        _keepOpened(id, opened);
    }

    /// @inheritdoc ICourt
    function revealVotes(Deal calldata deal, Opening[] calldata openings, Result calldata result, bytes32 salt)
        external
    {
        bytes32 id = deal.id(MARKET_DOMAIN);
        Dispute memory d = _expect(id, Phase.Reveal);
        bytes32[] memory votes = _openVotes(id, d, openings);
        Opened memory opened = d.isOpened ? _opened[id] : _openResult(deal, id, d, result, salt);
        _count(deal, Case(id, d, votes, opened), false);
    }

    /// @inheritdoc ICourt
    function unseal(bytes32 id, bytes32[] calldata commitments) external {
        Dispute memory d = _expect(id, Phase.Reveal);
        if (!d.isSealed) revert CourtSealed(id, false);
        _expectSeal(id, keccak256(abi.encode(commitments)));
        d.isSealed = false;
        _save(id, d);
        for (uint256 seat = 0; seat < commitments.length; ++seat) {
            _votes[id][d.round][seat] = commitments[seat];
        }
        emit Unsealed(id, d.round);
    }

    /// @inheritdoc ICourt
    function appeal(Deal calldata deal) external {
        bytes32 id = deal.id(MARKET_DOMAIN);
        Dispute memory d = _expect(id, Phase.Appeal);
        bool isByProvider = _verdictOn(_votes[id][d.round][0], _opened[id].digest) == Verdict.Wrong;
        address loser = isByProvider ? deal.provider : deal.creator;
        if (msg.sender != loser) revert CourtNotLoser(id, msg.sender, loser);
        uint256 deposit = _appealFee(deal, d.round);
        d.appeals |= uint8(1 << (2 * d.round + (isByProvider ? 0 : 1)));
        emit Appealed(id, d.round, loser, deposit);
        _escalate(deal, id, d);
        MARKET.lockDeposit(deal, loser, deposit);
    }

    /// @inheritdoc ICourt
    function finalise(Deal calldata deal) external {
        bytes32 id = deal.id(MARKET_DOMAIN);
        Dispute memory d = _load(id);
        if (d.phase == Phase.Seed && d.tries == MAX_TRIES) {
            _expectLate(id, d.seedRound);
            return _endUnseated(deal, id, d);
        }
        d = _expect(id, Phase.Tally);
        bool isAppealOver = d.phase == Phase.Appeal;
        _count(deal, Case(id, d, _votesOf(id, d.round, d.seats, d.revealed), _opened[id]), isAppealOver);
    }

    // --- rounds

    function _request(bytes32 id, Dispute memory d, uint8 seats) private {
        d.phase = Phase.Seed;
        d.seats = seats;
        d.slots = uint32(_slots.length);
        d.requestedAt = uint40(block.timestamp);
        d.seedRound = BEACON.nextRound();
        _save(id, d);
        emit DisputeOpened(id, d.round, seats, d.seedRound, d.slots);
    }

    function _escalate(Deal calldata deal, bytes32 id, Dispute memory d) private {
        emit Escalated(id, d.round);
        ++d.round;
        (d.committed, d.revealed, d.tries, d.deadline, d.isSealed) = (0, 0, 0, 0, false);
        _request(id, d, DealLib.seatsIn(deal.seats, d.round));
    }

    /// @dev Decides, or keeps what later rounds need and goes on.
    function _count(Deal calldata deal, Case memory c, bool isAppealOver) private {
        // A provider that hides its result cannot be right; nothing was found, so whoever voted did its work.
        if (!c.d.isOpened) return _close(deal, c, Verdict.Wrong, bytes32(0));
        bool isLast = c.d.round + 1 == deal.rounds;
        bytes32 found = Tally.decide(c.votes, isLast);
        if (isLast || (found != bytes32(0) && (isAppealOver || APPEAL_TIME == 0))) {
            return _close(deal, c, _verdictOn(found, c.opened.digest), found);
        }
        _keepVotes(c.id, c.d.round, c.votes);
        _keepOpened(c.id, c.opened);
        if (found == bytes32(0)) return _escalate(deal, c.id, c.d);
        c.d.phase = Phase.Appeal;
        c.d.deadline = uint40(block.timestamp + APPEAL_TIME);
        _save(c.id, c.d);
        emit Appealable(c.id, c.d.round, _verdictOn(found, c.opened.digest), found, c.d.deadline);
    }

    /// @dev No committee can be had for this round: the round before decides if nobody in it was against.
    function _endUnseated(Deal calldata deal, bytes32 id, Dispute memory d) private {
        Case memory c = Case(id, d, new bytes32[](0), _opened[id]);
        bytes32 found;
        if (d.round > 0) {
            uint8 seats = DealLib.seatsIn(deal.seats, d.round - 1);
            found = Tally.decideAlone(_votesOf(id, d.round - 1, seats, _allOf(seats)));
        }
        _close(deal, c, _verdictOn(found, c.opened.digest), found);
    }

    function _close(Deal calldata deal, Case memory c, Verdict verdict, bytes32 found) private {
        c.d.phase = Phase.Closed;
        c.d.verdict = verdict;
        _save(c.id, c.d);
        Ruling memory ruling = Ruling(verdict, found, c.opened.used, _judge(c, deal.seats, found), 0, 0);
        for (uint8 round = 0; round < c.d.round; ++round) {
            uint256 fee = _appealFee(deal, round);
            if (c.d.appeals & (1 << (2 * round)) != 0) ruling.providerDeposit += fee;
            if (c.d.appeals & (2 << (2 * round)) != 0) ruling.creatorDeposit += fee;
        }
        emit Finalised(c.id, verdict, found);
        MARKET.resolve(deal, ruling);
    }

    /// @dev Judges the seats of all rounds by what was found in the end.
    /// @return voters who earned a seat's fee
    function _judge(Case memory c, uint8 seats, bytes32 found) private returns (address[] memory voters) {
        voters = new address[](uint256(DealLib.MAX_SEATS) * DealLib.MAX_ROUNDS);
        uint256 earned;
        for (uint8 round = 0; round <= c.d.round; ++round) {
            uint256 word = _committees[c.id][round];
            if (word == 0) break; // the last round found no committee
            uint8 size = DealLib.seatsIn(seats, round);
            bytes32[] memory votes = round == c.d.round ? c.votes : _votesOf(c.id, round, size, _allOf(size));
            for (uint256 seat = 0; seat < size; ++seat) {
                uint32 slot = Committee.slotAt(word, seat);
                address member = _tenantOf(slot, Committee.timeOf(word));
                if (member == address(0)) continue;
                if (Tally.isCoherent(votes[seat], found)) voters[earned++] = member;
                else _strike(c.id, slot);
            }
        }
        assembly ("memory-safe") {
            mstore(voters, earned) // shrinks only
        }
    }

    // --- openings

    function _openResult(Deal calldata deal, bytes32 id, Dispute memory d, Result calldata result, bytes32 salt)
        private
        returns (Opened memory opened)
    {
        (,, bytes26 expected) = MARKET.stateOf(id);
        opened.digest = result.digest();
        bytes26 found = bytes26(DealLib.blind(opened.digest, salt, deal.provider));
        if (d.isOpened || found != expected) revert CourtBadOpening(id, found, expected);
        if (deal.unitPrice != 0) opened.used = result.used;
        d.isOpened = true;
        emit ResultOpened(id, result);
    }

    function _openVotes(bytes32 id, Dispute memory d, Opening[] calldata openings)
        private
        returns (bytes32[] memory votes)
    {
        if (!d.isSealed) revert CourtSealed(id, false);
        if (openings.length != d.seats) revert CourtWrongCount(id, openings.length, d.seats);
        votes = new bytes32[](d.seats);
        bytes32[] memory commitments = new bytes32[](d.seats);
        address[] memory members = _membersOf(id, d);
        for (uint8 seat = 0; seat < d.seats; ++seat) {
            votes[seat] = openings[seat].digest;
            if (votes[seat] == bytes32(0)) revert CourtBadOpening(id, 0, 0);
            commitments[seat] = _commitment(id, d.round, members[seat], votes[seat], openings[seat].salt);
            emit VoteRevealed(id, d.round, seat, members[seat], votes[seat]);
        }
        _expectSeal(id, keccak256(abi.encode(commitments)));
        d.revealed = d.committed;
    }

    function _keepOpened(bytes32 id, Opened memory opened) private {
        if (_opened[id].digest == opened.digest) return;
        _opened[id].digest = opened.digest;
        if (opened.used != 0) _opened[id].used = opened.used;
    }

    /// @dev Leaves exactly `votes` behind: what the fast lane never wrote comes in, what was never revealed goes.
    function _keepVotes(bytes32 id, uint8 round, bytes32[] memory votes) private {
        for (uint256 seat = 0; seat < votes.length; ++seat) {
            if (_votes[id][round][seat] != votes[seat]) _votes[id][round][seat] = votes[seat];
        }
    }

    function _expectSeal(bytes32 id, bytes32 found) private view {
        bytes32 expected = _seals[id];
        if (found != expected) revert CourtBadOpening(id, found, expected);
    }

    function _verdictOn(bytes32 found, bytes32 opened) private pure returns (Verdict) {
        if (found == bytes32(0)) return Verdict.NoVerdict;
        if (found == Tally.UNVERIFIABLE) return Verdict.Unverifiable;
        return found == opened ? Verdict.Correct : Verdict.Wrong;
    }

    /// @dev What an appeal of `round` costs: the fees of the seats of the next one.
    function _appealFee(Deal calldata deal, uint8 round) private pure returns (uint256) {
        return uint256(deal.seatFee) * DealLib.seatsIn(deal.seats, round + 1);
    }
}
