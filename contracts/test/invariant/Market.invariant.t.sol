// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DealStatus} from "../../src/interfaces/Types.sol";
import {MarketBase} from "../support/MarketBase.sol";
import {Actors} from "./Actors.sol";

/// @notice What holds whatever anybody does, for Market and Court together.
contract MarketInvariantTest is MarketBase {
    Actors private actors;

    function setUp() public override {
        appealTime = 600;
        super.setUp();
        actors = Actors(vm.deployCode("Actors.sol:Actors", abi.encode(market, court, beacon)));
        _target(address(actors));
        _exclude(address(actors), Actors.endAll.selector);
        _exclude(address(actors), Actors.revealAllOf.selector);
    }

    /// @dev One function, so that one campaign asks for all of it.
    function invariant_books() public {
        _marketIsSolvent();
        _courtIsSolvent();
        ok(!actors.madeIllegalMove(), "a deal skipped a status, came back from its end or opened twice");
    }

    /// @notice Every coin in the Market is somebody's free balance or locked by a deal.
    function _marketIsSolvent() private view {
        eq(address(market).balance, actors.free() + actors.locked() + _parties(), "free + locked");
    }

    /// @notice Every coin in the Court is a slot's stake or was taken by a strike.
    function _courtIsSolvent() private {
        court.sweep();
        eq(address(court).balance, actors.stake(), "stake");
    }

    /// @notice Whatever was done, time and calls that anyone may make end every deal, and all money is free again.
    function afterInvariant() public {
        actors.endAll();
        eq(actors.locked(), 0, "nothing is locked");
        eq(address(market).balance, actors.free() + _parties(), "all is free");
        ok(!actors.madeIllegalMove(), "an illegal move");
    }

    /// @notice The actors reach every end of a deal, and the rarer ways to it: what holds above is not held by idleness.
    function test_actorsReachEverything() public {
        vm.setSeed(1);
        for (uint256 i = 0; i < 3_000; ++i) {
            _act(vm.randomUint());
        }
        for (uint256 status = uint256(DealStatus.Committed); status <= uint256(DealStatus.Void); ++status) {
            ok(actors.reached(bytes32(status)) > 0, string.concat("status ", vm.toString(status)));
        }
        bytes32[4] memory others = [bytes32("appeal"), "fast lane", "rerequest", "claim"];
        for (uint256 i = 0; i < others.length; ++i) {
            ok(actors.reached(others[i]) > 0, string.concat("reached ", vm.toString(i)));
        }
        invariant_books();
        afterInvariant();
    }

    function _act(uint256 x) private {
        uint256 kind = x % 12;
        x >>= 8;
        if (kind < 2) {
            try actors.commit(x, x >> 8, x >> 16) {} catch {}
        } else if (kind == 2) {
            try actors.submit(x) {} catch {}
        } else if (kind == 3) {
            try actors.challenge(x, x >> 8) {} catch {}
        } else if (kind < 8) {
            try actors.advance(x, x >> 8, x >> 80) {} catch {}
        } else if (kind == 8) {
            actors.pass(x);
        } else if (kind == 9) {
            _actOnDeal(x >> 8, x % 5);
        } else if (kind == 10) {
            _actOnStake(x >> 8, x % 4);
        } else {
            _actOnSeed(x >> 8, x % 3);
        }
    }

    function _actOnDeal(uint256 x, uint256 kind) private {
        if (kind == 0) {
            try actors.accept(x) {} catch {}
        } else if (kind == 1) {
            try actors.settle(x) {} catch {}
        } else if (kind == 2) {
            try actors.timeout(x) {} catch {}
        } else if (kind == 3) {
            try actors.cancel(x) {} catch {}
        } else {
            try actors.withdraw(x, x >> 8) {} catch {}
        }
    }

    function _actOnStake(uint256 x, uint256 kind) private {
        if (kind == 0) {
            actors.join(x);
        } else if (kind == 1) {
            try actors.leave(x) {} catch {}
        } else if (kind == 2) {
            try actors.claim(x) {} catch {}
        } else {
            actors.sweep();
        }
    }

    function _actOnSeed(uint256 x, uint256 kind) private {
        if (kind == 0) actors.giveSeed(bytes32(x));
        else if (kind == 1) actors.loseSeed(x % 2 == 0);
        else try actors.rerequest(x) {} catch {}
    }

    /// @dev The base's own parties hold money too, and do nothing with it.
    function _parties() private view returns (uint256) {
        return _free(creator) + _free(provider);
    }
}
