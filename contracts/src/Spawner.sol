// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Stands between the Factory and what it makes
/// @notice An address made here does not depend on the code: only on this contract's own, and that it is its first. What
///   others make with it later is of no meaning to anybody.
contract Spawner {
    /// @return made 0 when the constructor reverted
    function spawn(bytes calldata code) external returns (address made) {
        assembly ("memory-safe") {
            let free := mload(0x40) // scratch beyond the free pointer
            calldatacopy(free, code.offset, code.length)
            made := create(0, free, code.length)
        }
    }
}
