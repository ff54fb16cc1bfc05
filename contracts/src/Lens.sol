// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "./interfaces/ICourt.sol";
import {ILens} from "./interfaces/ILens.sol";
import {IMarket} from "./interfaces/IMarket.sol";

/// @title Lens
/// @dev Has no state: it can be deployed anew at any time, for any deployment of the market.
contract Lens is ILens {
    /// @inheritdoc ILens
    function deals(IMarket market, bytes32[] calldata ids) external view returns (DealView[] memory views) {
        ICourt court = ICourt(market.params().court);
        views = new DealView[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            (views[i].status, views[i].since, views[i].commitment) = market.stateOf(ids[i]);
            views[i].challenger = market.challengerOf(ids[i]);
            views[i].dispute = court.disputeOf(ids[i]);
            views[i].members = court.committeeOf(ids[i], views[i].dispute.round);
        }
    }

    /// @inheritdoc ILens
    function slots(ICourt court, uint32 from, uint32 count) external view returns (ICourt.Slot[] memory page) {
        uint256 total = court.slotCount();
        uint256 end = uint256(from) + count < total ? uint256(from) + count : total;
        page = new ICourt.Slot[](end > from ? end - from : 0);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = court.slotOf(from + uint32(i));
        }
    }

    /// @inheritdoc ILens
    function balances(IMarket market, address token, address[] calldata accounts)
        external
        view
        returns (uint256[] memory amounts)
    {
        amounts = new uint256[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            amounts[i] = market.balanceOf(token, accounts[i]);
        }
    }
}
