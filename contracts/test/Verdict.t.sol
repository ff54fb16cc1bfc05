// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Deal, DealStatus, Phase, Result, Verdict} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Dispute to verdict, with the exact payouts of each.
contract VerdictTest is MarketBase {
    uint256 private constant P = 1 ether;
    uint256 private constant C = 10 ether;
    uint256 private constant F = 0.01 ether;
    uint256 private constant B = 10 * F;

    Deal private deal;
    bytes32 private id;
    bytes32 private right;
    bytes32 private wrong = keccak256("another result");

    function setUp() public override {
        super.setUp();
        _seat(14);
        deal = _terms();
        right = _digest(_result());
    }

    function test_correct_paysProviderFeesSeatsAndReturnsTheRestOfTheBudget() public {
        id = _dispute(deal, _result());
        eq(_free(creator), FUNDS - P - B, "creator paid price and budget");
        address[] memory members = _draw(deal);
        _runRound(deal, _all(3, right), _result());
        court.finalise(deal);
        _expectVerdict(id, Verdict.Correct);
        _expectStatus(id, DealStatus.Settled);
        eq(_free(provider), FUNDS + P - P / 100, "provider has the price less the fee, and its collateral");
        eq(_free(POOL), P / 100, "pool has the fee");
        eq(_free(creator), FUNDS - P - 3 * F, "creator paid three seats");
        for (uint256 i = 0; i < 3; ++i) {
            eq(_free(members[i]), F, "a seat's fee");
        }
        _expectNothingLocked();
    }

    function test_wrong_slashesProvider() public {
        id = _dispute(deal, _result());
        _draw(deal);
        _runRound(deal, _all(3, wrong), _result());
        court.finalise(deal);
        uint256 rest = C - 3 * F;
        _expectVerdict(id, Verdict.Wrong);
        _expectStatus(id, DealStatus.Slashed);
        eq(_free(provider), FUNDS - C, "provider lost its collateral");
        eq(_free(creator), FUNDS + rest / 10, "creator has all back and a tenth of the rest");
        eq(_free(POOL), rest - rest / 10, "pool has what remains");
        _expectNothingLocked();
    }
}
