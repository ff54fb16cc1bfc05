// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ResultStatus} from "../src/interfaces/IOnchainClient.sol";
import {Ending, IOnchainJobs, Order} from "../src/interfaces/IOnchainJobs.sol";
import {Deal, DealStatus} from "../src/interfaces/Types.sol";
import {JobsBase} from "./support/JobsBase.sol";

/// @notice Taken -> Checked, and what verdicts give a request.
contract JobCheckTest is JobsBase {
    function test_check_isPaidByTheRequest() public {
        (Order memory order, Deal memory deal) = _checked();
        bytes32 id = market.hashDeal(deal);
        eq(_free(KEEPER), REWARD, "whoever asks");
        eq(market.challengerOf(id), address(0), "as the creator");
        Ending memory ending = _ending();
        _draw(deal);
        _runRound(deal, _all(3, ending.digest), ending.result);
        court.finalise(deal);
        _expectStatus(id, DealStatus.Settled);
        ending.toCreator = 7 * 0.01 ether; // three of ten seats were paid
        _deliver(order, deal, ending);
        eq(uint256(client.lastStatus()), uint256(ResultStatus.Exited), "status");
        eq(_free(address(client)), 7 * 0.01 ether, "the rest of the budget");
        eq(_free(KEEPER), 2 * REWARD, "both rewards");
        _expectNothingHeld();
    }

    function test_check_findsItWrong() public {
        (Order memory order, Deal memory deal) = _checked();
        bytes32 found = keccak256("right");
        _draw(deal);
        _runRound(deal, _all(3, found), _resultOf("small"));
        court.finalise(deal);
        Ending memory ending;
        ending.digest = found;
        // The price, a tenth of the collateral less the seats, and the whole budget.
        ending.toCreator = PRICE + (10 ether - 0.03 ether) / 10 + 0.1 ether;
        _deliver(order, deal, ending);
        eq(uint256(client.lastEnding()), uint256(DealStatus.Slashed), "ending");
        eq(_free(address(client)), ending.toCreator, "client");
        _expectNothingHeld();
    }

    function test_check_findsItUnverifiable() public {
        (Order memory order, Deal memory deal) = _checked();
        _draw(deal);
        _runRound(deal, _all(3, UNVERIFIABLE), _resultOf("small"));
        court.finalise(deal);
        Ending memory ending;
        (ending.digest, ending.toCreator) = (UNVERIFIABLE, 0.07 ether);
        _deliver(order, deal, ending);
        eq(uint256(client.lastStatus()), uint256(ResultStatus.Unverifiable), "status");
        eq(client.lastCid().length, 0, "no CID to rely on");
        eq(_free(provider), FUNDS + 0.99 ether, "the provider is paid");
        _expectNothingHeld();
    }

    function test_check_withoutItNothingIsAccepted() public {
        Order memory order = _order();
        order.isChecked = true;
        Deal memory deal;
        (order, deal) = _ripe(order);
        Ending memory ending = _ending();
        vm.expectRevert(abi.encodeWithSelector(IOnchainJobs.OrderUnchecked.selector, jobs.idOf(order)));
        _deliver(order, deal, ending);
        vm.warp(block.timestamp + deal.window);
        (ending.digest, ending.toCreator) = (0, PRICE);
        _deliver(order, deal, ending);
        eq(_free(provider), FUNDS, "the provider, which did not ask for it, is not paid");
        eq(_free(address(client)), PRICE + 0.1 ether + REWARD, "price, budget and second reward");
        _expectNothingHeld();
    }

    function test_check_onlyOfWhoPaidForIt() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        _submit(deal, _resultOf("small"));
        vm.expectRevert(abi.encodeWithSelector(IOnchainJobs.OrderUnchecked.selector, jobs.idOf(order)));
        jobs.check(order, deal);
    }

    function test_check_onlyOnce() public {
        (Order memory order, Deal memory deal) = _checked();
        vm.expectRevert(
            abi.encodeWithSelector(
                IOnchainJobs.OrderUnexpectedState.selector,
                jobs.idOf(order),
                IOnchainJobs.OrderState.Checked,
                IOnchainJobs.OrderState.Taken
            )
        );
        jobs.check(order, deal);
    }

    function test_dispute_byAStranger() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        _submit(deal, _resultOf("small"));
        _seat(5);
        vm.prank(creator);
        market.challenge(deal);
        Ending memory ending = _ending();
        vm.expectRevert(
            abi.encodeWithSelector(IOnchainJobs.DeliveryNotOver.selector, market.hashDeal(deal), DealStatus.Disputed)
        );
        _deliver(order, deal, ending);
        _draw(deal);
        _runRound(deal, _all(3, ending.digest), ending.result);
        court.finalise(deal);
        _deliver(order, deal, ending);
        eq(client.calls(), 1, "calls");
        _expectNothingHeld();
    }

    // --- helpers

    function _checked() private returns (Order memory order, Deal memory deal) {
        order = _order();
        order.isChecked = true;
        order = _ask(order);
        deal = _take(order);
        _submit(deal, _resultOf("small"));
        _seat(5);
        vm.prank(KEEPER);
        jobs.check(order, deal);
    }
}
