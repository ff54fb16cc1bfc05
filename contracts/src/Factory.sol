// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Spawner} from "./Spawner.sol";

/// @title Contracts at addresses that can be known before, the same on every chain
/// @notice An address depends on this factory's, on who asks and on the salt, and on nothing else: so contracts that name
///   each other in their constructors can be made, and nobody can be first at another's address.
/// @dev The factory itself is made by the deterministic deployer that most chains have (contracts/deploy.ts).
contract Factory {
    /// @notice `made` came to be.
    event Made(address indexed by, bytes32 indexed salt, address made);

    error FactoryFailed(bytes32 salt);

    /// @notice Makes a contract from its creation code with its arguments. Once per caller and salt.
    function make(bytes32 salt, bytes calldata code) external returns (address made) {
        made = new Spawner{salt: keccak256(abi.encode(msg.sender, salt))}().spawn(code);
        if (made == address(0)) revert FactoryFailed(salt);
        emit Made(msg.sender, salt, made);
    }
}
