// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Court} from "../src/Court.sol";
import {Market} from "../src/Market.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";
import {IMarket} from "../src/interfaces/IMarket.sol";
import {IRandomnessBeacon} from "../src/interfaces/IRandomnessBeacon.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice What a deployment refuses, and what it tells of itself.
contract ParamsTest is MarketBase {
    function test_params_areTold() public view {
        eq(keccak256(abi.encode(court.params())), keccak256(abi.encode(_courtParams())), "court");
        eq(keccak256(abi.encode(market.params())), keccak256(abi.encode(_marketParams(address(court)))), "market");
        ok(market.domainSeparator() != court.domainSeparator(), "each its own domain");
    }

    function test_market_refusesBadParams() public {
        IMarket.MarketParams memory p = _marketParams(address(0));
        _expectMarketRefused(p);
        p = _marketParams(address(court));
        p.pool = address(0);
        _expectMarketRefused(p);
        p = _marketParams(address(court));
        p.feeBps = 1_001;
        _expectMarketRefused(p);
        p.feeBps = 1_000;
        new Market(p);
    }

    function test_market_refusesDisputesLongerThanTheCooldown() public {
        // 3 * (600 + 2 * runTime + 600) < 604800
        IMarket.MarketParams memory p = _marketParams(address(court));
        p.maxRunTime = 100_200;
        _expectMarketRefused(p);
        p.maxRunTime = 100_199;
        new Market(p);
    }

    function test_market_takesNoRegistry() public {
        IMarket.MarketParams memory p = _marketParams(address(court));
        p.registry = address(0);
        eq(new Market(p).params().registry, address(0), "none");
    }

    function test_court_refusesBadParams() public {
        _expectCourtRefused(address(0), beacon, _courtParams());
        _expectCourtRefused(address(market), IRandomnessBeacon(address(0)), _courtParams());
        ICourt.CourtParams memory p = _courtParams();
        p.revealTime = 0;
        _expectCourtRefused(address(market), beacon, p);
        p = _courtParams();
        p.unitWei = 0;
        _expectCourtRefused(address(market), beacon, p);
        p.unitWei = 6;
        _expectCourtRefused(address(market), beacon, p);
        p.unitWei = 4;
        new Court(address(market), beacon, p);
    }

    function _expectMarketRefused(IMarket.MarketParams memory p) private {
        vm.expectRevert(IMarket.MarketBadParams.selector);
        new Market(p);
    }

    function _expectCourtRefused(address market_, IRandomnessBeacon beacon_, ICourt.CourtParams memory p) private {
        vm.expectRevert(ICourt.CourtBadParams.selector);
        new Court(market_, beacon_, p);
    }
}
