// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRandomnessBeacon} from "../../src/interfaces/IRandomnessBeacon.sol";

/// @notice A beacon whose seeds a test hands out; a round is the number of the request.
contract MockBeacon is IRandomnessBeacon {
    mapping(uint64 round => bytes32) public seedOf;
    uint64 public nextRound = 1;
    uint256 private _lateAt = type(uint256).max;

    function give(bytes32 seed) external {
        seedOf[nextRound++] = seed;
    }

    function giveUp() external {
        ++nextRound;
    }

    function setLateAt(uint256 time) external {
        _lateAt = time;
    }

    function lateAt(uint64) external view returns (uint256) {
        return _lateAt;
    }

    function fulfil(uint64 round, bytes calldata) external view returns (bytes32) {
        return seedOf[round];
    }
}
