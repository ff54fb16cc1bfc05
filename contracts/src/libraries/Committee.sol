// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISlots} from "../interfaces/ISlots.sol";

/// @title A drawn committee in one word, and how it is drawn
/// @notice Word: bits 0..195 the slots of seats 0..6 (28 bits each), bits 196..199 the number of seats, bits 200..239 the
///   time of the request in seconds.
library Committee {
    /// @dev Enough that a draw of 7 out of 10 slots fails once in 1e11, and one of 7 out of 7 among 20 once in 1e5.
    uint256 internal constant MAX_ATTEMPTS = 256;
    uint256 private constant SLOT_BITS = 28;
    uint256 private constant SIZE_SHIFT = 7 * SLOT_BITS;
    uint256 private constant TIME_SHIFT = SIZE_SHIFT + 4;
    /// @dev The greatest index of a slot that a word has room for.
    uint256 internal constant MAX_SLOT = (1 << SLOT_BITS) - 1;

    /// @notice What a draw depends on; all of it known or frozen before anybody can know the seed.
    struct Request {
        bytes32 id; // of the deal
        bytes32 seed;
        uint40 time; // slots count as they were before this second
        uint32 slots; // indexes below this one take part
        uint8 round;
        uint8 seats;
    }

    /// @notice The slot of `seat`.
    function slotAt(uint256 word, uint256 seat) internal pure returns (uint32) {
        return uint32((word >> (SLOT_BITS * seat)) & MAX_SLOT);
    }

    /// @notice How many seats were drawn; 0 for no committee.
    function sizeOf(uint256 word) internal pure returns (uint256) {
        return (word >> SIZE_SHIFT) & 0xf;
    }

    /// @notice The time of the request that the committee was drawn for.
    function timeOf(uint256 word) internal pure returns (uint256) {
        return word >> TIME_SHIFT;
    }

    /// @notice Draws distinct owners by rejection: candidate n is `keccak256(seed, id, round, n) mod slots`.
    /// @param excluded owners that may not sit
    /// @return word the committee, packed
    /// @return members its owners by seat; fewer than `request.seats` when not enough were found
    function draw(ISlots.Slot[] storage slots, Request memory request, address[] memory excluded)
        internal
        view
        returns (uint256 word, address[] memory members)
    {
        members = new address[](request.seats);
        uint256 found;
        word = uint256(request.time) << TIME_SHIFT | uint256(request.seats) << SIZE_SHIFT;
        for (uint256 attempt = 0; attempt < MAX_ATTEMPTS && found < request.seats && request.slots > 0; ++attempt) {
            uint32 index = candidate(request, attempt);
            ISlots.Slot memory slot = slots[index];
            if (!isEligible(slot, request.time)) continue;
            if (_has(members, found, slot.owner) || _has(excluded, excluded.length, slot.owner)) continue;
            word |= uint256(index) << (SLOT_BITS * found);
            members[found++] = slot.owner;
        }
        assembly ("memory-safe") {
            mstore(members, found) // shrinks only
        }
    }

    /// @notice The slot that attempt number `attempt` looks at.
    function candidate(Request memory request, uint256 attempt) internal pure returns (uint32) {
        return uint32(uint256(keccak256(abi.encode(request.seed, request.id, request.round, attempt))) % request.slots);
    }

    /// @notice Whether a slot counts for a request of `time`: active before it, and not gone before it.
    function isEligible(ISlots.Slot memory slot, uint256 time) internal pure returns (bool) {
        return slot.owner != address(0) && slot.activeFrom < time && (slot.exitAt == 0 || slot.exitAt >= time);
    }

    function _has(address[] memory list, uint256 length, address account) private pure returns (bool) {
        for (uint256 i = 0; i < length; ++i) {
            if (list[i] == account) return true;
        }
        return false;
    }
}
