// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CowsayClient} from "../src/examples/CowsayClient.sol";
import {ResultStatus} from "../src/interfaces/IOnchainClient.sol";
import {IOnchainJobs} from "../src/interfaces/IOnchainJobs.sol";
import {DealStatus} from "../src/interfaces/Types.sol";
import {JobsBase} from "./support/JobsBase.sol";

/// @notice The example does what its comments say.
contract CowsayClientTest is JobsBase {
    CowsayClient private cow;

    function setUp() public override {
        super.setUp();
        cow = new CowsayClient(jobs, MODULE);
        vm.deal(address(this), 10 ether);
    }

    function test_say_asksForAllThatWasSent() public {
        bytes32 id = cow.say{value: 1 ether}("moo", 10);
        (IOnchainJobs.OrderState state,) = jobs.stateOf(id);
        ok(state == IOnchainJobs.OrderState.Open, "open");
        eq(_free(address(jobs)), 1 ether, "money");
    }

    function test_onResult_onlyByJobs() public {
        vm.expectRevert(abi.encodeWithSelector(CowsayClient.NotJobs.selector, address(this)));
        cow.onResult(0, ResultStatus.Exited, "", "");
        vm.expectRevert(abi.encodeWithSelector(CowsayClient.NotJobs.selector, address(this)));
        cow.onRefund(0, DealStatus.None, 1);
    }

    function test_onResult_keepsWhatWasSaid() public {
        vm.prank(address(jobs));
        cow.onResult("id", ResultStatus.Exited, "", "moo");
        eq(keccak256(bytes(cow.said("id"))), keccak256("moo"), "said");
    }

    function test_collect_takesWhatCameBack() public {
        vm.prank(address(jobs));
        cow.onRefund("id", DealStatus.None, 3 ether);
        eq(cow.refunded("id"), 3 ether, "noted");
        market.depositFor{value: 3 ether}(address(cow));
        cow.collect();
        eq(address(cow).balance, 3 ether, "collected");
    }
}
