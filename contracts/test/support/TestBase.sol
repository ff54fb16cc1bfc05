// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @notice What forge needs of a test contract: cheat codes, assertions, targets of invariants.
abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public constant IS_TEST = true;

    error NotEqual(uint256 found, uint256 expected, string what);
    error NotTrue(string what);

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targets;
    FuzzSelector[] private _excluded;

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function excludeSelectors() public view returns (FuzzSelector[] memory) {
        return _excluded;
    }

    /// @notice Keeps the fuzzer from calling a function of a target.
    function _exclude(address handler, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        _excluded.push(FuzzSelector(handler, selectors));
    }

    function _target(address handler) internal {
        _targets.push(handler);
    }

    function eq(uint256 found, uint256 expected, string memory what) internal pure {
        if (found != expected) revert NotEqual(found, expected, what);
    }

    function eq(address found, address expected, string memory what) internal pure {
        eq(uint256(uint160(found)), uint256(uint160(expected)), what);
    }

    function eq(bytes32 found, bytes32 expected, string memory what) internal pure {
        eq(uint256(found), uint256(expected), what);
    }

    function ok(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    /// @notice Folds a fuzzed value into `low..high`.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        if (value >= low && value <= high) return value;
        return low + value % (high - low + 1);
    }
}
