// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TestBase} from "../support/TestBase.sol";
import {JobActors} from "./JobActors.sol";

/// @notice What holds for the requests of contracts, whatever anybody does.
contract JobsInvariantTest is TestBase {
    JobActors private actors;

    function setUp() public {
        actors = new JobActors();
        actors.open();
        _target(address(actors));
        _exclude(address(actors), JobActors.endAll.selector);
        _exclude(address(actors), bytes4(keccak256("open()")));
        _exclude(address(actors), bytes4(keccak256("open(bytes32,uint8)")));
    }

    /// @notice The contract has what its open requests were paid and did not spend: to the wei, whoever ended what.
    function invariant_jobsAreSolvent() public view {
        eq(actors.held(), actors.owed(), "held for requests");
    }

    /// @notice Time and calls that anyone may make end every request, and nothing is left with the contract.
    function afterInvariant() public {
        actors.endAll();
        eq(actors.held(), 0, "nothing is held");
        eq(address(actors.jobs()).balance, 0, "no coins");
    }

    function test_actorsReachEverything() public {
        vm.setSeed(2);
        for (uint256 i = 0; i < 3_000; ++i) {
            _act(vm.randomUint());
        }
        bytes32[5] memory steps = [bytes32("ask"), "take", "check", "deliver", "refund"];
        for (uint256 i = 0; i < steps.length; ++i) {
            ok(actors.reached(steps[i]) > 0, string.concat("step ", vm.toString(i)));
        }
        for (uint256 verdict = 1; verdict <= 4; ++verdict) {
            ok(actors.reached(bytes32(verdict)) > 0, string.concat("verdict ", vm.toString(verdict)));
        }
        invariant_jobsAreSolvent();
        afterInvariant();
    }

    function _act(uint256 x) private {
        uint256 kind = x % 10;
        x >>= 8;
        if (kind == 0) {
            actors.ask(x, x >> 8);
        } else if (kind < 3) {
            try actors.take(x, x >> 8) {} catch {}
        } else if (kind < 6) {
            try actors.advance(x, x >> 8) {} catch {}
        } else if (kind == 6) {
            try actors.check(x) {} catch {}
        } else if (kind == 7) {
            try actors.deliver(x, x % 3 != 0) {} catch {}
        } else if (kind == 8) {
            actors.pass(x, x >> 16);
        } else {
            _actOnOthers(x >> 8, x % 4);
        }
    }

    function _actOnOthers(uint256 x, uint256 kind) private {
        if (kind == 0) {
            actors.moods(x, uint8(x >> 8));
        } else if (kind == 1) {
            try actors.refund(x, x % 16 == 1) {} catch {}
        } else if (kind == 2) {
            try actors.end(x) {} catch {}
        } else {
            try actors.submit(x) {} catch {}
        }
    }
}
