// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {Deal, DealStatus, Opening, Phase, Result, Verdict} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice The fast lane: one transaction commits all votes, one reveals them and tallies.
contract FastLaneTest is MarketBase {
    Deal private deal;
    bytes32 private id;
    bytes32 private right;
    address[] private members;

    function setUp() public override {
        super.setUp();
        _seat(14);
        deal = _terms();
        right = _digest(_result());
        id = _dispute(deal, _result());
        members = _draw(deal);
    }

    function test_commitVotes_endsTheCommitPhase() public {
        _seal(_all(3, right));
        _expectPhase(id, Phase.Reveal);
        ok(court.disputeOf(id).isSealed, "sealed");
    }

    function test_commitVotes_needsEverySeatsSignature() public {
        (bytes32[] memory commitments, bytes[] memory signatures) = _ballots(_all(3, right));
        signatures[1] = signatures[0];
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtBadSignature.selector, id, 1, members[1]));
        court.commitVotes(id, commitments, signatures);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtWrongCount.selector, id, 2, 3));
        court.commitVotes(id, new bytes32[](2), signatures);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtWrongCount.selector, id, 4, 3));
        court.commitVotes(id, commitments, new bytes[](4));
    }

    function test_commitVotes_notAfterASeatWentAlone() public {
        _vote(id, 0, right);
        (bytes32[] memory commitments, bytes[] memory signatures) = _ballots(_all(3, right));
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtSealed.selector, id, false));
        court.commitVotes(id, commitments, signatures);
    }

    function test_revealVotes_givesTheVerdict() public {
        _seal(_all(3, right));
        court.revealVotes(deal, _openings(_all(3, right)), _result(), SALT);
        _expectVerdict(id, Verdict.Correct);
        _expectStatus(id, DealStatus.Settled);
        eq(_free(members[0]), deal.seatFee, "seats are paid");
        _expectNothingLocked();
    }

    function test_revealVotes_afterTheResultWasOpened() public {
        _seal(_all(3, right));
        court.openResult(deal, _result(), SALT);
        Result memory ignored;
        court.revealVotes(deal, _openings(_all(3, right)), ignored, 0);
        _expectVerdict(id, Verdict.Correct);
    }

    function test_revealVotes_escalatesADissentAndKeepsTheVotes() public {
        bytes32[] memory votes = _all(3, right);
        votes[2] = keccak256("lie");
        _seal(votes);
        court.revealVotes(deal, _openings(votes), _result(), SALT);
        eq(court.disputeOf(id).round, 1, "second round");
        for (uint8 seat = 0; seat < 3; ++seat) {
            eq(court.voteOf(id, 0, seat), votes[seat], "kept for the judgement");
        }
        ok(court.disputeOf(id).isOpened, "opened");
        members = _draw(deal);
        _seal(_all(7, right));
        Result memory ignored;
        court.revealVotes(deal, _openings(_all(7, right)), ignored, 0);
        _expectVerdict(id, Verdict.Correct);
        eq(court.slotOf(court.seatsOf(id, 0)[2]).strikes, 1, "the liar is struck");
        eq(court.slotOf(court.seatsOf(id, 0)[1]).strikes, 0, "the others are not");
        _expectNothingLocked();
    }

    function test_revealVotes_refusesOtherOpenings() public {
        _seal(_all(3, right));
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.revealVotes(deal, _openings(_all(3, keccak256("other"))), _result(), SALT);
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.revealVotes(deal, _openings(_all(3, right)), _result(), 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtWrongCount.selector, id, 2, 3));
        court.revealVotes(deal, _openings(_all(2, right)), _result(), SALT);
    }

    function test_revealVotes_refusesSilenceAsAVote() public {
        _seal(_all(3, 0));
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.revealVotes(deal, _openings(_all(3, 0)), _result(), SALT);
    }

    function test_revealVotes_needsTheFastLane() public {
        for (uint8 seat = 0; seat < 3; ++seat) {
            _vote(id, seat, right);
        }
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtSealed.selector, id, false));
        court.revealVotes(deal, _openings(_all(3, right)), _result(), SALT);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtSealed.selector, id, false));
        court.unseal(id, new bytes32[](3));
    }

    function test_unseal_letsSeatsRevealAlone() public {
        _seal(_all(3, right));
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtSealed.selector, id, true));
        court.revealVote(id, 0, right, SALT);
        (bytes32[] memory commitments,) = _ballots(_all(3, right));
        court.unseal(id, commitments);
        for (uint8 seat = 0; seat < 3; ++seat) {
            court.revealVote(id, seat, right, SALT);
        }
        court.openResult(deal, _result(), SALT);
        court.finalise(deal);
        _expectVerdict(id, Verdict.Correct);
    }

    function test_unseal_refusesOtherCommitments() public {
        _seal(_all(3, right));
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.unseal(id, new bytes32[](3));
    }

    function test_finalise_aSealedRoundThatNobodyReveals() public {
        deal = _terms();
        (deal.nonce, deal.rounds) = (2, 1);
        id = _dispute(deal, _result());
        members = _draw(deal);
        _seal(_all(3, right));
        court.openResult(deal, _result(), SALT);
        vm.warp(court.disputeOf(id).revealEnd + 1);
        court.finalise(deal);
        _expectVerdict(id, Verdict.NoVerdict);
        eq(court.slotOf(court.seatsOf(id, 0)[0]).strikes, 1, "silence is struck");
    }

    function _seal(bytes32[] memory votes) private {
        (bytes32[] memory commitments, bytes[] memory signatures) = _ballots(votes);
        court.commitVotes(id, commitments, signatures);
    }

    function _ballots(bytes32[] memory votes)
        private
        view
        returns (bytes32[] memory commitments, bytes[] memory signatures)
    {
        uint8 round = court.disputeOf(id).round;
        (commitments, signatures) = (new bytes32[](votes.length), new bytes[](votes.length));
        bytes32 typehash = keccak256("Vote(bytes32 deal,uint8 round,bytes32 commitment)");
        for (uint256 i = 0; i < votes.length; ++i) {
            commitments[i] = _ballot(id, members[i], votes[i]);
            bytes32 structHash = keccak256(abi.encode(typehash, id, round, commitments[i]));
            bytes32 digest = keccak256(abi.encodePacked(hex"1901", court.domainSeparator(), structHash));
            signatures[i] = _sign(_keyOf(members[i]), digest);
        }
    }

    function _openings(bytes32[] memory votes) private pure returns (Opening[] memory openings) {
        openings = new Opening[](votes.length);
        for (uint256 i = 0; i < votes.length; ++i) {
            openings[i] = Opening(votes[i], SALT);
        }
    }
}
