// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "./ICourt.sol";
import {IMarket} from "./IMarket.sol";
import {DealStatus} from "./Types.sol";

/// @title Lens: many views in one call, for light clients
interface ILens {
    /// @notice All that the chain stores of a deal.
    // solhint-disable-next-line gas-struct-packing
    struct DealView {
        DealStatus status;
        uint40 since; // seconds
        bytes26 commitment;
        address challenger; // 0 = the creator
        ICourt.DisputeView dispute;
        address[] members; // of the dispute's present round, by seat
    }

    /// @notice Deals by their ids; one that is unknown has status None.
    function deals(IMarket market, bytes32[] calldata ids) external view returns (DealView[] memory views);

    /// @notice At most `count` slots, beginning with index `from`.
    function slots(ICourt court, uint32 from, uint32 count) external view returns (ICourt.Slot[] memory page);

    /// @notice Free balances of accounts, in the order given.
    function balances(IMarket market, address token, address[] calldata accounts)
        external
        view
        returns (uint256[] memory amounts);
}
