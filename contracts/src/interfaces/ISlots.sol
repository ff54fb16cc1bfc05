// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Mediator stake in equal slots
/// @notice One slot = one fixed stake unit of the native coin; more stake = more slots, so a draw is stake-weighted. A
///   slot is active -> exiting (left, or four strikes) -> free again after the cool-down, when its owner claims.
/// @dev A draw sees only facts frozen at its request: a slot counts iff it became active before the request and had
///   not left before it. A freed index is used again first in, first out.
interface ISlots {
    /// @notice One slot, as stored.
    struct Slot {
        address owner; // 0 = free
        uint40 activeFrom; // when it was taken
        uint40 exitAt; // when it left; 0 = active
        uint8 strikes; // quarters of the unit lost, 4 = all
    }

    /// @notice `owner` staked the slots `slots`.
    event Joined(address indexed owner, uint32[] slots);
    /// @notice `slot` left: no later request may draw it.
    event Left(address indexed owner, uint32 indexed slot);
    /// @notice `slot` was emptied and `amount` paid back.
    event Claimed(address indexed owner, uint32 indexed slot, uint256 amount);
    /// @notice `slot` lost a quarter of its unit in dispute `id`; the fourth strike makes it leave.
    event Struck(bytes32 indexed id, address indexed owner, uint32 indexed slot, uint8 strikes);
    /// @notice What strikes took went to the pool.
    event Swept(address indexed pool, uint256 amount);

    error SlotWrongStake(uint256 found, uint256 expected);
    error SlotNotOwner(uint32 slot, address caller, address owner);
    error SlotNotActive(uint32 slot);
    error SlotNotReleased(uint32 slot, uint256 time, uint256 after_);
    error SlotTransferFailed(address to, uint256 amount);

    /// @notice Stakes `count` slots for the caller; the call carries `count` units.
    function join(uint32 count) external payable returns (uint32[] memory slots);

    /// @notice Takes the caller's `slots` out of all later draws and starts their cool-down.
    function leave(uint32[] calldata slots) external;

    /// @notice Pays back what is left of the caller's `slots`. After exit time + cool-down.
    function claim(uint32[] calldata slots) external;

    /// @notice Credits what strikes took to the pool's balance in the Market. Anyone.
    function sweep() external returns (uint256 amount);

    /// @notice How many slots were ever opened; indexes below it are valid.
    function slotCount() external view returns (uint256);

    /// @notice A slot by its index.
    function slotOf(uint32 slot) external view returns (Slot memory);
}
