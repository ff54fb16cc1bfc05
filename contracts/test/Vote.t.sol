// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {Deal, Phase, Result, Verdict} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice The slow lane: each seat commits and reveals for itself.
contract VoteTest is MarketBase {
    event VoteCommitted(bytes32 indexed id, uint8 round, uint8 seat, address indexed member, bytes32 commitment);
    event VoteRevealed(bytes32 indexed id, uint8 round, uint8 seat, address indexed member, bytes32 digest);
    event ResultOpened(bytes32 indexed id, Result result);

    Deal private deal;
    bytes32 private id;
    bytes32 private right;
    address[] private members;

    function setUp() public override {
        super.setUp();
        _seat(4);
        deal = _terms();
        right = _digest(_result());
        id = _dispute(deal, _result());
        members = _draw(deal);
    }

    function test_commitVote_onlyTheSeat() public {
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtNotSeat.selector, id, 0, members[1], members[0]));
        vm.prank(members[1]);
        court.commitVote(id, 0, right);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtNotSeat.selector, id, 3, members[1], address(0)));
        vm.prank(members[1]);
        court.commitVote(id, 3, right);
    }

    function test_commitVote_onlyOnce() public {
        _vote(id, 0, right);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtVotedAlready.selector, id, 0));
        vm.prank(members[0]);
        court.commitVote(id, 0, right);
    }

    function test_commitVote_untilTheEndOfItsPhase() public {
        vm.warp(court.disputeOf(id).commitEnd);
        bytes32 commitment = _ballot(id, members[0], right);
        vm.expectEmit();
        emit VoteCommitted(id, 0, 0, members[0], commitment);
        vm.prank(members[0]);
        court.commitVote(id, 0, commitment);
        eq(court.voteOf(id, 0, 0), commitment, "kept");
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Reveal, Phase.Commit));
        vm.prank(members[1]);
        court.commitVote(id, 1, commitment);
    }

    function test_commitVote_endsThePhaseWhenAllAreIn() public {
        _vote(id, 0, right);
        _vote(id, 1, right);
        _expectPhase(id, Phase.Commit);
        _vote(id, 2, right);
        _expectPhase(id, Phase.Reveal);
        eq(court.disputeOf(id).revealEnd, block.timestamp + REVEAL_TIME, "reveal begins now");
    }

    function test_revealVote_notBeforeItsPhase() public {
        _vote(id, 0, right);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Commit, Phase.Reveal));
        court.revealVote(id, 0, right, SALT);
    }

    function test_revealVote_byWhoeverKnowsTheSalt() public {
        _voteAll();
        vm.expectEmit();
        emit VoteRevealed(id, 0, 1, members[1], right);
        court.revealVote(id, 1, right, SALT);
        eq(court.disputeOf(id).revealed, 2, "seat 1");
        eq(court.voteOf(id, 0, 1), right, "the digest took the commitment's place");
    }

    function test_revealVote_refusesAnotherOpening() public {
        _voteAll();
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.revealVote(id, 0, keccak256("other"), SALT);
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.revealVote(id, 0, right, bytes32(0));
    }

    function test_revealVote_refusesACopiedCommitment() public {
        bytes32 copied = _ballot(id, members[0], right);
        for (uint8 seat = 0; seat < 3; ++seat) {
            vm.prank(members[seat]);
            court.commitVote(id, seat, copied);
        }
        court.revealVote(id, 0, right, SALT);
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.revealVote(id, 1, right, SALT);
    }

    function test_revealVote_refusesSilenceAsAVote() public {
        for (uint8 seat = 0; seat < 3; ++seat) {
            _vote(id, seat, 0);
        }
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.revealVote(id, 0, 0, SALT);
    }

    function test_revealVote_onlyOnce() public {
        _voteAll();
        court.revealVote(id, 0, right, SALT);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtVotedAlready.selector, id, 0));
        court.revealVote(id, 0, right, SALT);
    }

    function test_revealVote_notOfASeatThatDidNotCommit() public {
        _vote(id, 0, right);
        vm.warp(court.disputeOf(id).commitEnd + 1);
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.revealVote(id, 1, right, SALT);
        vm.expectPartialRevert(ICourt.CourtNotSeat.selector);
        court.revealVote(id, 3, right, SALT);
    }

    function test_revealVote_untilTheEndOfItsPhase() public {
        _voteAll();
        uint256 end = court.disputeOf(id).revealEnd;
        vm.warp(end);
        court.revealVote(id, 0, right, SALT);
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Tally, Phase.Reveal));
        court.revealVote(id, 1, right, SALT);
    }

    function test_openResult_byWhoeverKnowsTheSalt() public {
        _voteAll();
        vm.expectEmit();
        emit ResultOpened(id, _result());
        court.openResult(deal, _result(), SALT);
        ok(court.disputeOf(id).isOpened, "opened");
        eq(court.disputeOf(id).digest, right, "digest");
    }

    function test_openResult_refusesAnotherResultAndASecondTime() public {
        _voteAll();
        Result memory other = _result();
        other.status = 1;
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.openResult(deal, other, SALT);
        court.openResult(deal, _result(), SALT);
        vm.expectPartialRevert(ICourt.CourtBadOpening.selector);
        court.openResult(deal, _result(), SALT);
    }

    function test_openResult_notBeforeTheReveal() public {
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Commit, Phase.Reveal));
        court.openResult(deal, _result(), SALT);
    }

    function test_finalise_asSoonAsAllIsRevealed() public {
        _runRound(deal, _all(3, right), _result());
        _expectPhase(id, Phase.Tally);
        court.finalise(deal);
        _expectPhase(id, Phase.Closed);
        _expectVerdict(id, Verdict.Correct);
    }

    function test_finalise_notBefore() public {
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Commit, Phase.Tally));
        court.finalise(deal);
        _voteAll();
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Reveal, Phase.Tally));
        court.finalise(deal);
    }

    function test_finalise_neverTwice() public {
        _runRound(deal, _all(3, right), _result());
        court.finalise(deal);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Closed, Phase.Tally));
        court.finalise(deal);
    }

    function _voteAll() private {
        for (uint8 seat = 0; seat < 3; ++seat) {
            _vote(id, seat, right);
        }
    }
}
