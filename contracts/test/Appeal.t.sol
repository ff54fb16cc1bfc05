// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {ILedger} from "../src/interfaces/ILedger.sol";
import {Deal, DealStatus, Phase, Verdict} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice A unanimous verdict below the last round, and its loser.
contract AppealTest is MarketBase {
    event Appealed(bytes32 indexed id, uint8 round, address indexed appellant, uint256 deposit);

    uint256 private constant F = 0.01 ether;
    uint256 private constant P = 1 ether;
    uint256 private constant C = 10 ether;
    bytes32 private constant LIE = keccak256("lie");

    Deal private deal;
    bytes32 private id;
    bytes32 private right;

    function setUp() public override {
        appealTime = 600;
        super.setUp();
        _seat(17);
        deal = _terms();
        right = _digest(_result());
    }

    function test_verdict_waitsForAnAppeal() public {
        _round(3, right);
        _expectPhase(id, Phase.Appeal);
        _expectStatus(id, DealStatus.Disputed);
        uint256 end = court.disputeOf(id).appealEnd;
        eq(end, block.timestamp + appealTime, "end");
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Appeal, Phase.Tally));
        court.finalise(deal);
        vm.warp(end + 1);
        court.finalise(deal);
        _expectVerdict(id, Verdict.Correct);
        eq(_free(creator), FUNDS - P - 3 * F, "three seats");
        _expectNothingLocked();
    }

    function test_verdict_ofTheLastRoundDoesNotWait() public {
        deal.rounds = 1;
        _round(3, right);
        _expectVerdict(id, Verdict.Correct);
    }

    function test_appeal_onlyTheLoserAndInTime() public {
        _round(3, LIE);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtNotLoser.selector, id, creator, provider));
        vm.prank(creator);
        court.appeal(deal);
        vm.warp(court.disputeOf(id).appealEnd + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Tally, Phase.Appeal));
        vm.prank(provider);
        court.appeal(deal);
    }

    function test_appeal_byTheProviderWon() public {
        _round(3, LIE);
        vm.expectEmit();
        emit Appealed(id, 0, provider, 7 * F);
        vm.prank(provider);
        court.appeal(deal);
        eq(_free(provider), FUNDS - C - 7 * F, "deposit");
        _next(7, right);
        _expectVerdict(id, Verdict.Correct);
        eq(_free(provider), FUNDS + P - P / 100, "deposit back, and paid");
        eq(_free(creator), FUNDS - P - 7 * F, "the seats that were right");
        for (uint256 seat = 0; seat < 3; ++seat) {
            eq(court.slotOf(court.seatsOf(id, 0)[seat]).strikes, 1, "the overturned are struck");
        }
        _expectNothingLocked();
    }

    function test_appeal_byTheProviderLost() public {
        _round(3, LIE);
        vm.prank(provider);
        court.appeal(deal);
        _next(7, LIE);
        uint256 rest = C - 10 * F;
        eq(_free(provider), FUNDS - C - 7 * F, "collateral and deposit are gone");
        eq(_free(creator), FUNDS + rest / 10, "compensated");
        eq(_free(POOL), rest - rest / 10 + 7 * F, "the deposit went to the pool");
        _expectNothingLocked();
    }

    function test_appeal_byTheCreatorWon() public {
        _round(3, right);
        vm.prank(creator);
        court.appeal(deal);
        _next(7, LIE);
        _expectVerdict(id, Verdict.Wrong);
        uint256 rest = C - 7 * F;
        eq(_free(creator), FUNDS + rest / 10, "deposit and budget back, compensated");
        _expectNothingLocked();
    }

    function test_appeal_byTheCreatorLostPaysTheChallenger() public {
        address stranger = address(0x57A);
        _fund(stranger);
        id = _commit(deal);
        _submit(deal, _result());
        vm.prank(stranger);
        market.challenge(deal);
        _draw(deal);
        _runRound(deal, _all(3, right), _result());
        court.finalise(deal);
        vm.prank(creator);
        court.appeal(deal);
        _next(7, right);
        eq(_free(creator), FUNDS - P - 7 * F, "price and deposit");
        eq(_free(stranger), FUNDS - 10 * F + 7 * F, "its budget paid ten seats, the appeal seven of them");
    }

    function test_appeal_twiceByBothParties() public {
        (deal.seats, deal.rounds) = (1, 3);
        _round(1, LIE);
        vm.prank(provider);
        court.appeal(deal);
        _next(3, right);
        _expectPhase(id, Phase.Appeal);
        vm.prank(creator);
        court.appeal(deal);
        _next(7, right);
        _expectVerdict(id, Verdict.Correct);
        eq(_free(provider), FUNDS + P - P / 100, "its deposit came back");
        eq(_free(creator), FUNDS - P - 10 * F, "ten seats were right; its own deposit came back as the challenger's");
        _expectNothingLocked();
    }

    function test_appeal_withoutMoneyIsRefused() public {
        _round(3, LIE);
        uint256 free = _free(provider);
        vm.prank(provider);
        market.withdraw(address(0), free);
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerInsufficient.selector, address(0), provider, 0, 7 * F));
        vm.prank(provider);
        court.appeal(deal);
    }

    function _round(uint256 seats, bytes32 vote) private {
        id = _dispute(deal, _result());
        _draw(deal);
        _runRound(deal, _all(seats, vote), _result());
        court.finalise(deal);
    }

    function _next(uint256 seats, bytes32 vote) private {
        _draw(deal);
        _runRound(deal, _all(seats, vote), _result());
        court.finalise(deal);
    }
}
