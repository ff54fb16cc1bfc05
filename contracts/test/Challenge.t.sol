// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {ILedger} from "../src/interfaces/ILedger.sol";
import {IMarket} from "../src/interfaces/IMarket.sol";
import {Deal, DealStatus, Phase, Ruling} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Submitted -> Disputed, and what only the Court may do.
contract ChallengeTest is MarketBase {
    event Challenged(bytes32 indexed id, address indexed challenger, uint256 budget);
    event DisputeOpened(bytes32 indexed id, uint8 round, uint8 seats, uint64 seedRound, uint32 slots);

    function test_challenge_locksTheBudgetOfAllRounds() public {
        _seat(4);
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        vm.warp(block.timestamp + deal.window);
        vm.expectEmit();
        emit Challenged(id, creator, 0.1 ether);
        vm.expectEmit();
        emit DisputeOpened(id, 0, 3, 1, 4);
        _challenge(deal);
        eq(_free(creator), FUNDS - 1.1 ether, "price and (3 + 7) seats");
        _expectStatus(id, DealStatus.Disputed);
        _expectPhase(id, Phase.Seed);
        eq(market.challengerOf(id), address(0), "the creator");
    }

    function test_challenge_notAfterTheWindow() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        uint256 end = block.timestamp + deal.window;
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealTooLate.selector, id, end + 1, end));
        _challenge(deal);
    }

    function test_challenge_byAnyoneWhoPays() public {
        address stranger = address(0x57A);
        _fund(stranger);
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        vm.prank(stranger);
        market.challenge(deal);
        eq(_free(stranger), FUNDS - 0.1 ether, "budget");
        eq(_free(creator), FUNDS - 1 ether, "price only");
        eq(market.challengerOf(id), stranger, "remembered");
    }

    function test_challenge_byAStrangerIsNeverFree() public {
        Deal memory deal = _terms();
        deal.seatFee = 0;
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnfundedChallenge.selector, id));
        market.challenge(deal);
        _challenge(deal);
    }

    function test_challenge_needsTheMoney() public {
        Deal memory deal = _terms();
        _commit(deal);
        _submit(deal, _result());
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.LedgerInsufficient.selector, address(0), address(this), 0, 0.1 ether)
        );
        market.challenge(deal);
    }

    function test_challenge_needsASubmission() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Committed, 1 << 2));
        _challenge(deal);
    }

    function test_open_onlyTheMarket() public {
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtNotMarket.selector, address(this)));
        court.open(bytes32(0), 3);
    }

    function test_resolve_onlyTheCourt() public {
        Deal memory deal = _terms();
        _dispute(deal, _result());
        Ruling memory ruling;
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealNotParty.selector, address(this), address(court)));
        market.resolve(deal, ruling);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealNotParty.selector, address(this), address(court)));
        market.lockDeposit(deal, creator, 1);
    }

    function test_resolve_onlyADispute() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        Ruling memory ruling;
        vm.startPrank(address(court));
        bytes memory reason =
            abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Committed, 1 << 3);
        vm.expectRevert(reason);
        market.resolve(deal, ruling);
        vm.expectRevert(reason);
        market.lockDeposit(deal, creator, 1);
        vm.stopPrank();
    }
}
