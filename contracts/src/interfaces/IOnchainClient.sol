// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DealStatus} from "./Types.sol";

/// @title What a contract implements to have jobs run
/// @notice Called once per request, with the gas that the request asked for and no more; what it does with it, reverting
///   included, changes nothing for anybody else. Check that the caller is the OnchainJobs that you asked.
interface IOnchainClient {
    /// @notice The job ran, and its provider was paid.
    /// @param id of the request
    /// @param status how it ended; see `ResultStatus`
    /// @param cid of the result directory, as bytes; empty when there is none to rely on
    /// @param data what the request asked for: nothing, one byte of exit code, or the standard output
    function onResult(bytes32 id, ResultStatus status, bytes calldata cid, bytes calldata data) external;

    /// @notice The job did not run. `amount` wei are credited to this contract in the Market.
    /// @param ending of its deal; None when no provider took it
    function onRefund(bytes32 id, DealStatus ending, uint256 amount) external;
}

/// @notice How a job ended: the first five as the run did, the others as the delivery found it.
/// - TooLong: it exited, but what was asked for does not fit; its CID has it
/// - Missing: it exited, but the result has no such file
/// - Unverifiable: a committee found that nobody can tell what is right
enum ResultStatus {
    Exited,
    OutOfGas,
    StackOverflow,
    Trapped,
    OutputLimit,
    TooLong,
    Missing,
    Unverifiable
}
