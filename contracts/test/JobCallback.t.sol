// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/interfaces/IMarket.sol";
import {Ending, IOnchainJobs, Order} from "../src/interfaces/IOnchainJobs.sol";
import {Deal} from "../src/interfaces/Types.sol";
import {TestClient} from "./support/Clients.sol";
import {JobsBase} from "./support/JobsBase.sol";

/// @notice The client's function harms nobody, and nobody can keep it from having its gas.
contract JobCallbackTest is JobsBase {
    function test_callback_thatReverts() public {
        _expectPaidWhile(TestClient.Mood.Reverts);
        eq(client.calls(), 0, "nothing of it stayed");
    }

    function test_callback_thatBurnsAllGas() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        client.setMood(TestClient.Mood.BurnsGas);
        uint256 before = gasleft();
        _deliver(order, deal, _ending());
        ok(before - gasleft() < CALLBACK_GAS + 300_000, "no more than it asked for");
        eq(_free(provider), FUNDS + 0.99 ether, "provider");
    }

    function test_callback_thatReturnsMuch() public {
        _expectPaidWhile(TestClient.Mood.ReturnsMuch);
    }

    function test_callback_thatRevertsOnARefund() public {
        Order memory order = _ask(_order());
        client.setMood(TestClient.Mood.Reverts);
        vm.roll(order.expiry + 1);
        jobs.refund(order);
        eq(_free(address(client)), PRICE, "its money is its own all the same");
    }

    function test_callback_cannotBeDeliveredTwiceFromWithin() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        client.setReentry(abi.encodeCall(IOnchainJobs.deliver, (order, deal, _ending())));
        _deliver(order, deal, _ending());
        ok(!client.reentered(), "refused");
        ok(client.lastError() == IOnchainJobs.OrderUnexpectedState.selector, "since it is over");
        _expectNothingHeld();
    }

    function test_callback_cannotRefundFromWithin() public {
        Order memory order = _ask(_order());
        client.setReentry(abi.encodeCall(IOnchainJobs.refund, (order)));
        client.giveUp(order);
        ok(!client.reentered(), "refused");
        eq(_free(address(client)), PRICE + REWARD, "once");
        _expectNothingHeld();
    }

    function test_callback_hasItsGas() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        _deliver(order, deal, _ending());
        ok(client.lastGas() > CALLBACK_GAS - 5_000, "all of it, but for the dispatch");
        ok(client.lastGas() <= CALLBACK_GAS, "and no more");
    }

    /// @notice With whatever gas a delivery is sent: the client has all it asked for, or nothing happens.
    function testFuzz_callback_isNotStarved(uint256 gas_) public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        gas_ = bound(gas_, 100_000, 900_000);
        bytes memory call = abi.encodeCall(IOnchainJobs.deliver, (order, deal, _ending()));
        vm.prank(KEEPER);
        (bool delivered,) = address(jobs).call{gas: gas_}(call);
        if (!delivered) return _expectState(order, IOnchainJobs.OrderState.Taken);
        eq(client.calls(), 1, "called");
        ok(client.lastGas() > CALLBACK_GAS - 5_000, "with its gas");
    }

    function test_callback_tooLittleGasIsTold() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        // Enough for everything but the client.
        bytes memory call = abi.encodeCall(IOnchainJobs.deliver, (order, deal, _ending()));
        (bool delivered, bytes memory answer) = address(jobs).call{gas: 400_000}(call);
        ok(!delivered, "refused");
        ok(bytes4(answer) == IOnchainJobs.DeliveryGas.selector, "for its gas");
    }

    function test_callback_mayAskAgain() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        Order memory next = _order();
        (next.price, next.reward) = (0, 0);
        client.setReentry(abi.encodeCall(IOnchainJobs.request, (next, _inputs())));
        _deliver(order, deal, _ending());
        ok(client.reentered(), "asked");
    }

    function _expectPaidWhile(TestClient.Mood mood) private {
        (Order memory order, Deal memory deal) = _ripe(_order());
        client.setMood(mood);
        _deliver(order, deal, _ending());
        eq(_free(provider), FUNDS + 0.99 ether, "provider");
        eq(_free(KEEPER), REWARD, "keeper");
        _expectState(order, IOnchainJobs.OrderState.Unknown);
        _expectNothingHeld();
    }
}
