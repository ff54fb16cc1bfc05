// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Who gets what when a deal ends
/// @notice Pure arithmetic on wei. In each function the parts add up to what was locked, to the wei; divisions round
///   down and the remainder stays with the last part.
library Payouts {
    uint256 internal constant BPS = 10_000;
    /// @dev Of min(P, C), for a provider that hands in nothing in time.
    uint256 internal constant PENALTY_BPS = 1_000;
    /// @dev Of what is left of a slashed collateral, for the creator; more would reward framing.
    uint256 internal constant COMPENSATION_BPS = 1_000;

    /// @notice The parts of a settled price, in wei.
    struct Shares {
        uint256 provider; // besides its collateral
        uint256 refund; // to the creator
        uint256 fee; // to the pool
        uint256 author; // to the module's author
    }

    /// @notice Divides the price P of a settled deal.
    /// @param earned by the provider before fees, <= price
    function settled(uint256 price, uint256 earned, uint256 feeBps, uint256 authorBps)
        internal
        pure
        returns (Shares memory shares)
    {
        shares.fee = earned * feeBps / BPS;
        shares.author = earned * authorBps / BPS;
        shares.provider = earned - shares.fee - shares.author;
        shares.refund = price - earned;
    }

    /// @notice What a provider without a result loses of its collateral.
    /// @return penalty in all
    /// @return toCreator its half; the pool has the other
    function timedOut(uint256 price, uint256 collateral) internal pure returns (uint256 penalty, uint256 toCreator) {
        penalty = (price < collateral ? price : collateral) * PENALTY_BPS / BPS;
        toCreator = penalty / 2;
    }

    /// @notice Divides the collateral C and the budget B of a slashed deal. Seats are paid from C, and from B only for
    ///   what C does not cover.
    /// @return compensation to the creator, <= P
    /// @return forfeited to the pool
    /// @return returned of B to who paid it
    function slashed(uint256 price, uint256 collateral, uint256 seatPay, uint256 budget)
        internal
        pure
        returns (uint256 compensation, uint256 forfeited, uint256 returned)
    {
        uint256 fromCollateral = seatPay < collateral ? seatPay : collateral;
        uint256 rest = collateral - fromCollateral;
        compensation = rest * COMPENSATION_BPS / BPS;
        if (compensation > price) compensation = price;
        forfeited = rest - compensation;
        returned = budget - (seatPay - fromCollateral);
    }
}
