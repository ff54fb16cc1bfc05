// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "./interfaces/IMarket.sol";
import {ISlots} from "./interfaces/ISlots.sol";
import {Committee} from "./libraries/Committee.sol";

/// @title The part of the Court that holds the mediators' stake
/// @dev Stake is owned by its slot's owner; only a strike takes from it, and only for the pool.
abstract contract Slots is ISlots {
    uint8 internal constant MAX_STRIKES = 4;

    IMarket internal immutable MARKET;
    uint256 internal immutable UNIT;
    uint256 internal immutable COOLDOWN;

    Slot[] internal _slots;
    uint32[] private _freed;
    uint256 private _reused; // how many of _freed were taken again
    uint256 private _forfeited; // wei taken by strikes, not yet swept

    constructor(address market, uint256 unitWei, uint256 cooldown) {
        MARKET = IMarket(market);
        UNIT = unitWei;
        COOLDOWN = cooldown;
    }

    /// @inheritdoc ISlots
    function join(uint32 count) external payable returns (uint32[] memory slots) {
        if (count == 0 || msg.value != count * UNIT) revert SlotWrongStake(msg.value, count * UNIT);
        slots = new uint32[](count);
        for (uint256 i = 0; i < count; ++i) {
            slots[i] = _take(Slot(msg.sender, uint40(block.timestamp), 0, 0));
        }
        emit Joined(msg.sender, slots);
    }

    /// @inheritdoc ISlots
    function leave(uint32[] calldata slots) external {
        for (uint256 i = 0; i < slots.length; ++i) {
            Slot storage slot = _own(slots[i]);
            if (slot.exitAt != 0) revert SlotNotActive(slots[i]);
            slot.exitAt = uint40(block.timestamp);
            emit Left(msg.sender, slots[i]);
        }
    }

    /// @inheritdoc ISlots
    function claim(uint32[] calldata slots) external {
        uint256 total;
        for (uint256 i = 0; i < slots.length; ++i) {
            Slot storage slot = _own(slots[i]);
            uint256 releasedAt = slot.exitAt == 0 ? type(uint256).max : slot.exitAt + COOLDOWN;
            if (block.timestamp <= releasedAt) revert SlotNotReleased(slots[i], block.timestamp, releasedAt);
            uint256 amount = UNIT - slot.strikes * _strikeWei();
            delete _slots[slots[i]];
            _freed.push(slots[i]);
            total += amount;
            emit Claimed(msg.sender, slots[i], amount);
        }
        (bool sent,) = msg.sender.call{value: total}("");
        if (!sent) revert SlotTransferFailed(msg.sender, total);
    }

    /// @inheritdoc ISlots
    function sweep() external returns (uint256 amount) {
        address pool = MARKET.params().pool;
        amount = _forfeited;
        _forfeited = 0;
        emit Swept(pool, amount);
        MARKET.depositFor{value: amount}(pool);
    }

    /// @inheritdoc ISlots
    function slotCount() external view returns (uint256) {
        return _slots.length;
    }

    /// @inheritdoc ISlots
    function slotOf(uint32 slot) external view returns (Slot memory) {
        return _slots[slot];
    }

    /// @dev Takes a quarter of a unit; the last quarter makes the slot leave. Eligibility for requests already made
    ///   depends on `exitAt` only, which is now at the earliest.
    function _strike(bytes32 id, uint32 index) internal {
        Slot storage slot = _slots[index];
        if (slot.strikes == MAX_STRIKES) return;
        uint8 strikes = ++slot.strikes;
        if (strikes == MAX_STRIKES && slot.exitAt == 0) slot.exitAt = uint40(block.timestamp);
        _forfeited += _strikeWei();
        emit Struck(id, slot.owner, index, strikes);
    }

    /// @dev The owner of a seat's slot; 0 when the slot changed hands since the request of `time`, which takes longer
    ///   than a dispute unless nobody sent its steps for a whole cool-down.
    function _tenantOf(uint32 index, uint256 time) internal view returns (address) {
        Slot memory slot = _slots[index];
        return Committee.isEligible(slot, time) ? slot.owner : address(0);
    }

    function _take(Slot memory slot) private returns (uint32 index) {
        if (_reused < _freed.length) {
            index = _freed[_reused];
            delete _freed[_reused++];
            _slots[index] = slot;
        } else {
            index = uint32(_slots.length);
            _slots.push(slot);
        }
    }

    function _own(uint32 index) private view returns (Slot storage slot) {
        slot = _slots[index];
        if (slot.owner != msg.sender) revert SlotNotOwner(index, msg.sender, slot.owner);
    }

    function _strikeWei() private view returns (uint256) {
        return UNIT / MAX_STRIKES;
    }
}
