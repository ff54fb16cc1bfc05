// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deal, DealStatus, Phase, Result, Verdict} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Disputed -> Settled | Slashed | Void, with the exact payouts and strikes of each.
contract VerdictTest is MarketBase {
    event Slashed(bytes32 indexed id, bytes32 digest, uint256 compensation, uint256 forfeited);
    event Voided(bytes32 indexed id);
    event Finalised(bytes32 indexed id, Verdict verdict, bytes32 digest);

    uint256 private constant P = 1 ether;
    uint256 private constant C = 10 ether;
    uint256 private constant F = 0.01 ether;
    uint256 private constant B = 10 * F;
    bytes32 private constant LIE = keccak256("another result");

    Deal private deal;
    bytes32 private id;
    bytes32 private right;
    address[] private members;

    function setUp() public override {
        super.setUp();
        _seat(14);
        deal = _terms();
        right = _digest(_result());
    }

    function test_correct_paysProviderFeesAndSeats() public {
        _judge(_all(3, right));
        _expectVerdict(id, Verdict.Correct);
        _expectStatus(id, DealStatus.Settled);
        eq(_free(provider), FUNDS + P - P / 100, "provider has the price less the fee, and its collateral");
        eq(_free(POOL), P / 100, "pool has the fee");
        eq(_free(creator), FUNDS - P - 3 * F, "creator paid three seats");
        _expectSeats(3, F, 0);
    }

    function test_correct_ofAMeteredDealPaysTheGasUsed() public {
        deal.unitPrice = 0.1 ether;
        _judge(_all(3, right));
        eq(_free(creator), FUNDS - 0.25 ether - 3 * F, "2.5e6 units");
        _expectNothingLocked();
    }

    function test_wrong_slashesTheProvider() public {
        uint256 rest = C - 3 * F;
        _prepare(_all(3, LIE));
        vm.expectEmit();
        emit Finalised(id, Verdict.Wrong, LIE);
        vm.expectEmit();
        emit Slashed(id, LIE, rest / 10, rest - rest / 10);
        court.finalise(deal);
        _expectVerdict(id, Verdict.Wrong);
        _expectStatus(id, DealStatus.Slashed);
        eq(_free(provider), FUNDS - C, "provider lost its collateral");
        eq(_free(creator), FUNDS + rest / 10, "creator has all back and a tenth of the rest");
        eq(_free(POOL), rest - rest / 10, "pool has what remains");
        _expectSeats(3, F, 0);
    }

    function test_wrong_whenTheProviderHidesItsResult() public {
        id = _dispute(deal, _result());
        members = _draw(deal);
        for (uint8 seat = 0; seat < 2; ++seat) {
            _vote(id, seat, seat == 0 ? right : LIE);
        }
        vm.warp(court.disputeOf(id).commitEnd + 1);
        court.revealVote(id, 0, right, SALT);
        court.revealVote(id, 1, LIE, SALT);
        vm.warp(court.disputeOf(id).revealEnd + 1);
        court.finalise(deal);
        _expectVerdict(id, Verdict.Wrong);
        eq(_free(provider), FUNDS - C, "provider lost its collateral");
        eq(_free(members[0]), F, "whoever voted is paid");
        eq(_free(members[1]), F, "whatever it voted");
        eq(_free(members[2]), 0, "who did not is not");
        eq(_strikes(2), 1, "and is struck");
        eq(_strikes(0) + _strikes(1), 0, "only that one");
        _expectNothingLocked();
    }

    function test_unverifiable_paysTheProviderAndSlashesNobody() public {
        _judge(_all(3, UNVERIFIABLE));
        _expectVerdict(id, Verdict.Unverifiable);
        _expectStatus(id, DealStatus.Settled);
        eq(_free(provider), FUNDS + P - P / 100, "provider");
        eq(_free(creator), FUNDS - P - 3 * F, "creator");
        _expectSeats(3, F, 0);
    }

    function test_noVerdict_givesEverybodyTheirOwn() public {
        deal.rounds = 1;
        bytes32[] memory votes = _all(3, right);
        (votes[1], votes[2]) = (LIE, 0);
        _prepare(votes);
        vm.expectEmit();
        emit Voided(id);
        court.finalise(deal);
        _expectVerdict(id, Verdict.NoVerdict);
        _expectStatus(id, DealStatus.Void);
        eq(_free(provider), FUNDS, "provider");
        eq(_free(creator), FUNDS - 2 * F, "creator paid the seats that voted");
        eq(_free(members[0]) + _free(members[1]), 2 * F, "they have it");
        eq(_strikes(2), 1, "the silent seat is struck");
        eq(_strikes(0) + _strikes(1), 0, "the others are not");
        _expectNothingLocked();
    }

    function test_lastRound_decidesByMoreThanHalf() public {
        deal.rounds = 1;
        bytes32[] memory votes = _all(3, right);
        votes[0] = LIE;
        _judge(votes);
        _expectVerdict(id, Verdict.Correct);
        eq(_free(members[0]), 0, "the dissenter is not paid");
        eq(_strikes(0), 1, "but struck");
        eq(_free(creator), FUNDS - P - 2 * F, "two seats");
    }

    function test_lastRound_decidesWithoutADeadSeat() public {
        deal.rounds = 1;
        bytes32[] memory votes = _all(3, right);
        votes[1] = 0;
        _judge(votes);
        _expectVerdict(id, Verdict.Correct);
        eq(_strikes(1), 1, "the dead seat is struck");
    }

    function test_challenger_getsItsBudgetBack() public {
        address stranger = address(0x57A);
        _fund(stranger);
        _commit(deal);
        _submit(deal, _result());
        vm.prank(stranger);
        market.challenge(deal);
        id = market.hashDeal(deal);
        members = _draw(deal);
        _runRound(deal, _all(3, LIE), _result());
        court.finalise(deal);
        eq(_free(stranger), FUNDS, "all of it: the provider paid the seats");
    }

    function test_settled_byASingleSeat() public {
        deal.seats = 1;
        _judge(_all(1, right));
        _expectVerdict(id, Verdict.Correct);
        eq(_free(creator), FUNDS - P - F, "one seat");
    }

    function testFuzz_everyVotePaysExactlyWhatWasLocked(uint256 choices, uint96 collateral, uint96 fee) public {
        deal.rounds = 1;
        deal.seats = 7;
        deal.collateral = uint96(bound(collateral, 0, FUNDS));
        deal.seatFee = uint96(bound(fee, 0, 10 ether));
        bytes32[4] memory options = [bytes32(0), right, LIE, UNVERIFIABLE];
        bytes32[] memory votes = new bytes32[](7);
        for (uint256 i = 0; i < 7; ++i) {
            votes[i] = options[choices >> (2 * i) & 3];
        }
        _judge(votes);
        _expectPhase(id, Phase.Closed);
        _expectNothingLocked();
    }

    function _prepare(bytes32[] memory votes) private {
        id = _dispute(deal, _result());
        eq(_free(creator), FUNDS - P - _budget(), "creator paid price and budget");
        members = _draw(deal);
        _runRound(deal, votes, _result());
    }

    function _judge(bytes32[] memory votes) private {
        _prepare(votes);
        court.finalise(deal);
    }

    function _budget() private view returns (uint256) {
        uint256 seats = deal.seats;
        if (deal.rounds > 1) seats += seats < 3 ? 2 * seats + 1 : 7;
        return seats * deal.seatFee;
    }

    function _strikes(uint256 seat) private view returns (uint256) {
        return court.slotOf(court.seatsOf(id, 0)[seat]).strikes;
    }

    function _expectSeats(uint256 seats, uint256 fee, uint256 strikes) private view {
        for (uint256 i = 0; i < seats; ++i) {
            eq(_free(members[i]), fee, "a seat's fee");
            eq(_strikes(i), strikes, "a seat's strikes");
        }
        _expectNothingLocked();
    }
}
