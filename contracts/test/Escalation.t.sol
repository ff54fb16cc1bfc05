// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deal, DealStatus, Phase, Verdict} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice From one round to the next, and what is judged in the end.
contract EscalationTest is MarketBase {
    event Escalated(bytes32 indexed id, uint8 round);
    event DisputeOpened(bytes32 indexed id, uint8 round, uint8 seats, uint64 seedRound, uint32 slots);

    uint256 private constant F = 0.01 ether;
    bytes32 private constant LIE = keccak256("lie");

    Deal private deal;
    bytes32 private id;
    bytes32 private right;

    function setUp() public override {
        super.setUp();
        deal = _terms();
        right = _digest(_result());
    }

    function test_escalate_toSevenNewSeats() public {
        _seat(10);
        _split();
        vm.expectEmit();
        emit Escalated(id, 0);
        vm.expectEmit();
        emit DisputeOpened(id, 1, 7, 2, 10);
        court.finalise(deal);
        _expectPhase(id, Phase.Seed);
        address[] memory first = court.committeeOf(id, 0);
        address[] memory second = _draw(deal);
        eq(second.length, 7, "seven");
        for (uint256 i = 0; i < 7; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                ok(second[i] != first[j], "nobody sits twice");
            }
        }
    }

    function test_escalate_judgesAnHonestMinorityByTheLastRound() public {
        _seat(12);
        bytes32[] memory votes = _all(3, LIE);
        votes[0] = right;
        _round(votes);
        _draw(deal);
        votes = _all(7, right);
        votes[6] = LIE;
        _runRound(deal, votes, _result());
        court.finalise(deal);
        _expectVerdict(id, Verdict.Correct);
        address[] memory first = court.committeeOf(id, 0);
        eq(_free(first[0]), F, "the honest seat is paid");
        eq(_strikes(0, 0), 0, "and not struck");
        eq(_strikes(0, 1) + _strikes(0, 2), 2, "its two colleagues are");
        eq(_strikes(1, 6), 1, "and the liar of the second round");
        eq(_free(creator), FUNDS - 1 ether - 7 * F, "seven seats were right");
        _expectNothingLocked();
    }

    function test_escalate_onSilenceToo() public {
        _seat(10);
        bytes32[] memory votes = _all(3, right);
        votes[1] = 0;
        _round(votes);
        _expectPhase(id, Phase.Seed);
        eq(court.voteOf(id, 0, 1), 0, "nothing is left of a vote that was not revealed");
    }

    function test_escalate_forgetsCommitmentsThatWereNeverRevealed() public {
        _seat(10);
        id = _dispute(deal, _result());
        _draw(deal);
        for (uint8 seat = 0; seat < 3; ++seat) {
            _vote(id, seat, right);
        }
        court.revealVote(id, 0, right, SALT);
        court.revealVote(id, 1, right, SALT);
        court.openResult(deal, _result(), SALT);
        vm.warp(court.disputeOf(id).revealEnd + 1);
        court.finalise(deal);
        eq(court.voteOf(id, 0, 2), 0, "forgotten");
        _draw(deal);
        _runRound(deal, _all(7, right), _result());
        court.finalise(deal);
        eq(_strikes(0, 2), 1, "and struck");
        _expectNothingLocked();
    }

    function test_escalate_goesToThirdRoundFromOneSeat() public {
        _seat(11);
        (deal.seats, deal.rounds) = (1, 3);
        bytes32[] memory votes = _all(1, LIE);
        votes[0] = 0;
        _round(votes);
        eq(court.disputeOf(id).seats, 3, "three");
        _draw(deal);
        votes = _all(3, right);
        votes[0] = LIE;
        _runRound(deal, votes, _result());
        court.finalise(deal);
        eq(court.disputeOf(id).seats, 7, "seven");
        _draw(deal);
        _runRound(deal, _all(7, right), _result());
        court.finalise(deal);
        _expectVerdict(id, Verdict.Correct);
        eq(_free(creator), FUNDS - 1 ether - 9 * F, "nine seats were right");
        _expectNothingLocked();
    }

    function test_unseated_anUndisputedMajorityDecides() public {
        _seat(5);
        bytes32[] memory votes = _all(3, right);
        votes[2] = 0;
        _round(votes);
        beacon.give(keccak256("next"));
        court.draw(deal);
        _expectVerdict(id, Verdict.Correct);
        _expectStatus(id, DealStatus.Settled);
        eq(_strikes(0, 2), 1, "the silent seat is struck");
        _expectNothingLocked();
    }

    function test_unseated_aDissentLeavesNoVerdict() public {
        _seat(5);
        _split();
        court.finalise(deal);
        beacon.give(keccak256("next"));
        court.draw(deal);
        _expectVerdict(id, Verdict.NoVerdict);
        _expectStatus(id, DealStatus.Void);
        eq(_strikes(0, 0) + _strikes(0, 1) + _strikes(0, 2), 0, "nobody can be blamed");
        _expectNothingLocked();
    }

    function test_unseated_whenItsSeedsNeverCame() public {
        _seat(10);
        bytes32[] memory votes = _all(3, LIE);
        votes[2] = 0;
        _round(votes);
        beacon.setLateAt(0);
        for (uint256 i = 0; i < 3; ++i) {
            court.rerequest(id);
        }
        court.finalise(deal);
        _expectVerdict(id, Verdict.Wrong);
        _expectNothingLocked();
    }

    /// @dev Two against one, ready to be tallied.
    function _split() private {
        id = _dispute(deal, _result());
        _draw(deal);
        bytes32[] memory votes = _all(3, right);
        votes[2] = LIE;
        _runRound(deal, votes, _result());
    }

    function _round(bytes32[] memory votes) private {
        id = _dispute(deal, _result());
        _draw(deal);
        _runRound(deal, votes, _result());
        court.finalise(deal);
    }

    function _strikes(uint8 round, uint256 seat) private view returns (uint256) {
        return court.slotOf(court.seatsOf(id, round)[seat]).strikes;
    }
}
