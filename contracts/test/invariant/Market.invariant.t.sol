// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

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
    }

    /// @notice Every coin in the Market is somebody's free balance or locked by a deal.
    function invariant_marketIsSolvent() public view {
        eq(address(market).balance, actors.free() + actors.locked() + _parties(), "free + locked");
    }

    /// @notice Every coin in the Court is a slot's stake or was taken by a strike.
    function invariant_courtIsSolvent() public {
        court.sweep();
        eq(address(court).balance, actors.stake(), "stake");
    }

    /// @notice No deal skips a status, comes back from its end or opens twice.
    function invariant_statusesFollowEachOther() public view {
        ok(!actors.madeIllegalMove(), "an illegal move");
    }

    /// @notice Whatever was done, time and calls that anyone may make end every deal, and all money is free again.
    function afterInvariant() public {
        actors.endAll();
        eq(actors.locked(), 0, "nothing is locked");
        eq(address(market).balance, actors.free() + _parties(), "all is free");
        ok(!actors.madeIllegalMove(), "an illegal move");
    }

    /// @dev The base's own parties hold money too, and do nothing with it.
    function _parties() private view returns (uint256) {
        return _free(creator) + _free(provider);
    }
}
